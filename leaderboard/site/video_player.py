"""Videos side by side that play as one: a component of our own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).resolve().parent


def _part(suffix: str) -> str:
    return (_FOLDER / f"video_player.{suffix}").read_text(encoding="utf-8")


def play_in_step(videos: Sequence[tuple[str, str]], *, key: str) -> None:
    """Play videos side by side, with one button and one slider for all.

    Args:
        videos: Name and `data:` URI of each.
        key: Of the element.
    """
    # Registered anew on each run: the registry is the running server's.
    mount = st.components.v2.component(
        "omiti2v_together", html=_part("html"), css=_part("css"), js=_part("js")
    )
    mount(data={"videos": [{"name": name, "uri": uri} for name, uri in videos]}, key=key)
