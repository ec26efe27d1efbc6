"""What a reviewer's server shows, handed from the command to the script that Streamlit runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "OMITI2V_REVIEW_"


@dataclass(frozen=True)
class ReviewSettings:
    """What is reviewed, and by whom.

    Attributes:
        name: The reviewer's.
        annotations: Folder of the edition; None with a run.
        run: Run folder whose judge is re-checked; None to verify the edition.
        videos: Folder of the run's videos.
        seed: Of the order and the draw.
        limit: How many samples or videos; None for all.
    """

    name: str
    annotations: Path | None = None
    run: Path | None = None
    videos: Path | None = None
    seed: int = 0
    limit: int | None = None

    def as_environment(self) -> dict[str, str]:
        """The variables from which `read_review_settings` reads them."""
        fields = vars(self)
        return {
            f"{_PREFIX}{name.upper()}": str(value)
            for name, value in fields.items()
            if value is not None
        }


def read_review_settings(environment: Mapping[str, str] = os.environ) -> ReviewSettings:
    """The settings that a server was started with."""
    given = {
        name: environment.get(f"{_PREFIX}{name.upper()}")
        for name in ("annotations", "run", "videos", "seed", "limit")
    }
    annotations, run, videos = (
        Path(value) if value else None
        for value in (given["annotations"], given["run"], given["videos"])
    )
    return ReviewSettings(
        name=environment[f"{_PREFIX}NAME"],
        annotations=annotations,
        run=run,
        videos=videos,
        seed=int(given["seed"] or 0),
        limit=int(given["limit"]) if given["limit"] else None,
    )
