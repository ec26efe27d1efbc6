"""`omiti2v leaderboard init-repo`: a repository for results of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omiti2v.cli.console import note


def init_repo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    source: Annotated[
        str | None,
        typer.Option(
            help="What its workflows install omiti2v from, as git+https://HOST/ORG/NAME@COMMIT; "
            "the released version if left out."
        ),
    ] = None,
) -> None:
    """Write a repository that takes entries by pull request, checks them and publishes the board.

    It has the editions of the packaged board and no entries.
    """
    from leaderboard.repository import write_repository

    requirement = write_repository(folder, source=source)
    note(f"{folder}: its workflows install {requirement}; it has no license yet: see its README.md")
