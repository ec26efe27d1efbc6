"""`omiti2v leaderboard export`: the board as plain files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omiti2v.cli.console import note, progress_bar, say
from omiti2v.cli.leaderboard_serve import BoardOption


def export(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder of the pages: new, empty, or an earlier export."
        ),
    ],
    board: BoardOption = None,
) -> None:
    """Write a board as plain HTML with its data and logs, for any web server.

    The same board gives the same bytes. An earlier export is brought up to date.
    """
    from leaderboard.entries import load_board, open_storage
    from leaderboard.export import export_board

    loaded = load_board(open_storage(board))
    with progress_bar(len(loaded.entries), "Writing") as advance:
        files = export_board(loaded, output, progress=advance)
    for item in loaded.broken:
        note(f"{item.id}: left out: {item.reason}")
    say(f"{output}: {len(files)} files; open {output / 'index.html'}")
