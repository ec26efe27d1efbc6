"""What a server shows, handed from the command to the script that Streamlit runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BOARD = "OMITI2V_BOARD"
_EDITIONS = "OMITI2V_EDITIONS"
_VIDEOS = "OMITI2V_VIDEOS"


@dataclass(frozen=True)
class Settings:
    """What a server shows.

    Attributes:
        board: Folder or URL of the board; None for the packaged one.
        editions: Folders of editions whose reference images are shown, beside OmitI2V-Open.
        videos: Folder of video files as `<edition>/<entry>/<sample id>.mp4`; None where there are
            none.
    """

    board: str | None = None
    editions: tuple[Path, ...] = ()
    videos: Path | None = None

    def as_environment(self) -> dict[str, str]:
        """The variables from which `read_settings` reads them."""
        pairs = {
            _BOARD: self.board,
            _EDITIONS: os.pathsep.join(map(str, self.editions)),
            _VIDEOS: str(self.videos) if self.videos else None,
        }
        return {name: value for name, value in pairs.items() if value}


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that a server was started with."""
    editions = environment.get(_EDITIONS, "")
    videos = environment.get(_VIDEOS)
    return Settings(
        board=environment.get(_BOARD) or None,
        editions=tuple(Path(part) for part in editions.split(os.pathsep) if part),
        videos=Path(videos) if videos else None,
    )
