"""What a server shows, handed from the command to the script that Streamlit runs.

The server runs in the process of the command, so that nothing need be written down in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_handed_over: dict[type, object] = {}


@dataclass(frozen=True)
class Settings:
    """What a board's server shows.

    Attributes:
        board: Folder or URL of the board; None for the packaged one.
        editions: Folders of editions whose reference images are shown, beside OmitI2V-Open.
        videos: Folder of video files as `<edition>/<entry>/<sample id>.mp4`; None where there are
            none.
    """

    board: str | None = None
    editions: tuple[Path, ...] = ()
    videos: Path | None = None


def hand_over(settings: object) -> None:
    """Leave settings for the script; those of the same type that were left before are gone."""
    _handed_over[type(settings)] = settings


def read_settings(kind: type[T]) -> T:
    """The settings of a type that were handed over; its defaults where there are none."""
    found = _handed_over.get(kind)
    return found if isinstance(found, kind) else kind()
