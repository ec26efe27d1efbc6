"""`omiti2v leaderboard serve`: the board as web pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omiti2v.cli.console import note

BoardOption = Annotated[
    str | None,
    typer.Option(
        "--board",
        help="Folder or URL of the board, such as hf://datasets/ORG/NAME; the packaged one if left "
        "out.",
    ),
]


def serve(
    board: BoardOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address of the pages; 0.0.0.0 lets other computers in.")
    ] = "127.0.0.1",
    edition: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of an edition whose reference images are shown, beside OmitI2V-Open; may "
            "be repeated."
        ),
    ] = None,
    videos: Annotated[
        Path | None,
        typer.Option(
            help="Folder of videos as EDITION/ENTRY/SAMPLE.mp4, or SAMPLE/SEED.mp4, to compare "
            "by eye."
        ),
    ] = None,
) -> None:
    """Show a board as web pages, until interrupted.

    The pages only read: nothing that a visitor does changes the board.
    """
    import importlib.util

    import platformdirs

    from omiti2v.errors import UserError

    if importlib.util.find_spec("streamlit") is None:
        raise UserError('serve: needs streamlit; run: pip install "omiti2v[leaderboard]"')
    from leaderboard.entries import open_storage
    from leaderboard.site.server import run_server
    from leaderboard.site.settings import Settings

    storage = open_storage(board)  # one that can't be read is told here, not on the page
    for folder in (*(edition or ()), *([videos] if videos else ())):
        if not folder.is_dir():
            raise UserError(f"{folder}: no such folder")
    note(f"{storage.place}: http://{address}:{port}")
    # Not a temporary folder: a signal may leave no time to remove one.
    shown = platformdirs.user_cache_path("omiti2v") / "rendered"
    rendered = _rendered(shown, with_videos=videos is None)
    settings = Settings(board, (*(edition or ()), *rendered), videos or shown)
    run_server(settings, address=address, port=port)


def _rendered(folder: Path, *, with_videos: bool) -> list[Path]:
    """What the packaged board's known-answer entries are about, as `omiti2v demo` renders it.

    Args:
        folder: Gets the edition with its images and, while pages are served already, the videos;
            what is there is written anew.
        with_videos: Whether videos are wanted.

    Returns:
        The folder of the edition; none where it can't be written.
    """
    import logging
    from threading import Thread

    from evaluators.demo import render_images, render_videos
    from omiti2v.errors import UserError

    logger = logging.getLogger(__name__)
    edition = folder / "edition"

    def render() -> None:
        try:
            render_videos(folder / "known-answer", scenes)
        except UserError as error:
            logger.warning("no videos of the known-answer edition: %s", error)

    try:
        scenes = render_images(edition)
    except UserError as error:
        logger.warning("no images of the known-answer edition: %s", error)
        return []
    if with_videos:
        Thread(target=render, daemon=True).start()
    return [edition]
