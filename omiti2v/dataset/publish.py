"""Put OmitI2V-Open on the Hugging Face hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from omiti2v.dataset.hub import require_hub
from omiti2v.errors import UserError, one_line

REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


@dataclass(frozen=True)
class Upload:
    """A file that is, or would be, uploaded: its path in the repository, and its size in bytes."""

    path: str
    size: int


def check_repo_id(repo: str) -> None:
    """Refuse what can't name a repository.

    Raises:
        UserError: It is not of the form ORG/NAME.
    """
    if not REPO_ID.fullmatch(repo):
        raise UserError(f"{repo}: expected ORG/NAME, the id of a data set on the hub")


def list_uploads(folder: Path) -> list[Upload]:
    """The files of an exported folder, by path."""
    return [
        Upload(path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def publish_folder(folder: Path, repo: str, *, message: str) -> str:
    """Upload an exported folder as one commit; the data set is made where it does not exist.

    Args:
        folder: That `export_edition` wrote.
        repo: ORG/NAME. The token is that of `hf auth login` or `$HF_TOKEN`.
        message: Of the commit.

    Returns:
        The address of the commit.

    Raises:
        UserError: huggingface_hub is not installed, or the hub refuses.
    """
    HfApi = require_hub().HfApi  # noqa: N806 (a class)
    try:
        api = HfApi()
        api.create_repo(repo, repo_type="dataset", exist_ok=True)
        commit = api.upload_folder(
            repo_id=repo, repo_type="dataset", folder_path=folder, commit_message=message
        )
    except Exception as error:
        raise UserError(f"{repo}: not published: {one_line(error)}") from None
    return str(commit.commit_url)
