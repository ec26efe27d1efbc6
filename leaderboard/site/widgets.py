"""Widgets that several pages share. Their values stand in the address, so that it can be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from leaderboard.entries import BoardKey
from leaderboard.site.state import Site

EMPTY_BOARD = "This board has no entries yet. `omiti2v leaderboard add RUN` puts one here."


def show_table(
    cells: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
    *,
    alt: str,
    numbers: Mapping[str, Callable[[float], str]] | None = None,
    **options: Any,
) -> None:
    """A table that can be sorted and searched.

    Args:
        cells: A list for each column, or a mapping for each row.
        alt: What it is, for those who can't see it.
        numbers: How the numbers of a column are written; sorting goes by the numbers themselves.
        options: Of `st.dataframe`.
    """
    table = pa.table(dict(cells)) if isinstance(cells, Mapping) else pa.Table.from_pylist(cells)
    shown = {name: form for name, form in (numbers or {}).items() if name in table.column_names}
    # Streamlit's own formats know neither our minus sign nor `< 0.0001`.
    written = table.to_pandas().style.format(shown, na_rep="") if shown else table
    st.dataframe(written, hide_index=True, alt=alt, **options)


def _choices(site: Site) -> Mapping[str, Mapping[str, BoardKey]]:
    choices = site.choices()
    if not choices:
        st.info(EMPTY_BOARD)
        st.stop()
    return choices


def choose_table(site: Site) -> BoardKey:
    """Edition and judge; the page stops here where the board is empty."""
    choices = _choices(site)
    left, right = st.columns(2)
    with left:
        edition = st.selectbox(
            "Edition",
            list(choices),
            key="edition",
            bind="query-params",
            help="A fixed set of samples. Numbers of different editions are never compared.",
        )
    judges = choices[edition]
    with right:
        judge = st.selectbox(
            "Judge",
            list(judges),
            key="judge",
            bind="query-params",
            help="Who answered the questions. Numbers of different judges are never compared.",
        )
    return judges[judge]


def chosen_table() -> dict[str, str]:
    """Edition and judge as the address names them."""
    return {name: st.session_state[name] for name in ("edition", "judge")}


def choose_edition(site: Site) -> BoardKey:
    """Edition alone, for pages on which the judge does not matter."""
    firsts = {label: next(iter(judges.values())) for label, judges in _choices(site).items()}
    known = {label: key for label, key in firsts.items() if key.edition_fingerprint}
    if not known:
        st.info("No entry of this board says exactly which samples it is about.")
        st.stop()
    return known[st.selectbox("Edition", list(known), key="edition", bind="query-params")]


def choose_entries(
    label: str, names: Mapping[str, str], *, key: str, default: Sequence[str], at_most: int
) -> list[str]:
    """Some entries by their names."""
    return list(
        st.multiselect(
            label,
            list(names),
            default=[entry_id for entry_id in default if entry_id in names],
            format_func=lambda entry_id: names.get(entry_id, entry_id),
            key=key,
            max_selections=at_most,
            select_all=False,
        )
    )


def offer_download(
    label: str, make: Callable[[], str | bytes] | bytes, name: str, mime: str, **options: Any
) -> None:
    """A button that hands a file to the visitor.

    Args:
        label: On the button.
        make: The file, or what makes it: called when it is asked for, not for each visitor.
        name: The file's, after `omiti2v-`.
        mime: Its type.
        options: Of `st.download_button`.
    """
    st.download_button(
        label, make, file_name=f"omiti2v-{name}", mime=mime, on_click="ignore", **options
    )
