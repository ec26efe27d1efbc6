"""Folders for as long as something is made."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omiti2v.errors import CannotWriteError


@contextmanager
def temporary_folder(*, prefix: str = "omiti2v-", inside: Path | None = None) -> Iterator[Path]:
    """A new folder that is gone after the block.

    What can't be removed stays, for by then the work is done.

    Args:
        prefix: How its name begins.
        inside: Where it is made; the system's folder for temporary files where None.

    Raises:
        CannotWriteError: It can't be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=inside))
    except OSError as error:
        raise CannotWriteError(inside or tempfile.tempdir or "TMPDIR", error) from None
    try:
        yield folder
    finally:
        # Not TemporaryDirectory: where it may not remove a file, it fails, told to or not.
        shutil.rmtree(folder, ignore_errors=True)
