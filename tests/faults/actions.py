"""What writes files and is no command: what the pages do, and parts of commands that take long."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

QUESTIONS = 4


def review() -> None:
    """Answer some questions about a run's videos, as its page does, from where it was left."""
    from leaderboard.review.session import ReviewSettings, open_session

    settings = ReviewSettings("ann", None, Path("run"), Path("videos"), choose=3)
    session = open_session(settings)
    while len(done := session.standing()) < QUESTIONS:
        session.answer(next(q for q in session.questions if q.key not in done), "yes")


def upload() -> None:
    """Read a zipped run as the page that checks it does."""
    from leaderboard.entries import load_board, open_storage, read_uploaded_run

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(Path("run").glob("*.json*")):
            archive.write(path)
    read_uploaded_run(content.getvalue(), load_board(open_storage("board")))


def replace_entry() -> None:
    """Put other files in the place of an entry's."""
    from leaderboard.entries.add import write_files

    entry = Path("board/entries/custom/brightly")
    files = {f"entries/custom/brightly/{path.name}": path.read_bytes() for path in entry.iterdir()}
    write_files(Path("board"), {name: content + b"\n" for name, content in files.items()})


def unpack() -> None:
    """Make the image files of a compiled edition, as `load_edition("open")` does."""
    from omiti2v.dataset.load import unpack
    from omiti2v.dataset.parquet import read_parquet

    unpack(read_parquet(Path("package")))
