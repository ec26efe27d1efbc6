"""The Hugging Face hub, where its client is installed."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

from omiti2v.errors import UserError

PINNED_ID = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)@([0-9a-f]{40})")


def require_hub() -> ModuleType:
    """The module `huggingface_hub`.

    Raises:
        UserError: It is not installed; the message gives the pip command.
    """
    try:
        return importlib.import_module("huggingface_hub")
    except ImportError:
        raise UserError(
            'the hub needs huggingface_hub, which is not installed: pip install "omiti2v[data]"'
        ) from None


def download_data_set(pinned_id: str, folder: Path, *, patterns: list[str]) -> None:
    """Download files of a data set on the hub into a folder, as ordinary files.

    Args:
        pinned_id: As "AIPeanutman/OmitI2V@<commit of 40 hex digits>": a name or a branch could be
            something else tomorrow.
        folder: Where to.
        patterns: Of the paths wanted.

    Raises:
        UserError: The id has no commit, huggingface_hub is not installed, or the hub refuses.
    """
    match = PINNED_ID.fullmatch(pinned_id)
    if not match:
        raise UserError(
            f"{pinned_id}: no such folder, and no data set on the hub with its commit; expected "
            "a folder, or ORG/NAME@<40 hex digits>"
        )
    repo, revision = match.groups()
    hub = require_hub()
    try:
        hub.snapshot_download(
            repo,
            repo_type="dataset",
            revision=revision,
            local_dir=folder,
            allow_patterns=patterns,
        )
    # The client raises errors of its own, of its HTTP library and of the system.
    except Exception as error:
        raise UserError(f"{pinned_id}: can't be downloaded: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """What an exception says, in one line."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
