"""Models and data sets on the Hugging Face hub, where its client is installed."""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_extra

logger = logging.getLogger(__name__)

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
COMMIT = re.compile(r"[0-9a-f]{40}")
_FORMS = "a model's folder, or a hub id as owner/name@revision"


def split_spec(spec: str) -> tuple[str, str | None]:
    """`path`, `id` or `id@revision` as (path or id, revision or None).

    A folder that exists is taken as it is written, with any "@" in its name.
    """
    if Path(spec).expanduser().exists():
        return spec, None
    name, at, revision = spec.rpartition("@")
    return (name, revision) if at and HUB_ID.fullmatch(name) else (spec, None)


def model_folder(
    model: str | Path,
    *,
    patterns: Sequence[str],
    extra: str,
    revision: str | None = None,
    what: str = "",
    forms: str = _FORMS,
) -> Path:
    """The local folder of a model; a hub id is downloaded at its revision first.

    Args:
        model: A folder, or a hub id as "Qwen/Qwen2.5-VL-7B-Instruct".
        patterns: Names of the files that are downloaded.
        extra: The extra that brings the hub's client.
        revision: Commit, tag or branch of the hub id; not used for a folder.
        what: What needs the model, for messages.
        forms: What can be given, for messages.

    Raises:
        UserError: No such folder, no revision for a hub id, or the hub can't be reached.
    """
    path, where = Path(model).expanduser(), f"{what}: {model}" if what else str(model)
    if path.is_dir():
        return path
    if path.exists():
        raise UserError(f"{where}: expected a model's folder, got a file; give {forms}")
    if isinstance(model, Path) or not HUB_ID.fullmatch(model):
        raise UserError(f"{where}: no such folder; give {forms}")
    if not revision:
        raise UserError(
            f"{where}: no such folder, and a hub id needs its revision, so that results can be "
            f"repeated: write {model}@<commit>"
        )
    return download(model, revision, extra=extra, what=what, allow_patterns=list(patterns))


def download(
    hub_id: str, revision: str, *, extra: str, file: str = "", what: str = "", **options: Any
) -> Path:
    """The local copy of a repository's folder or of one file of it, downloaded where needed.

    Args:
        hub_id: The repository.
        revision: Commit, tag or branch.
        extra: The extra that brings the hub's client.
        file: The file; empty for the folder.
        what: What needs it, for messages.
        options: More for `huggingface_hub.snapshot_download` or `hf_hub_download`.

    Raises:
        UserError: It can't be downloaded.
    """
    place = f"{hub_id}@{revision}" + (f":{file}" if file else "")
    hub = require_hub(what or place, extra)
    logger.info("%s: looking for it in the local cache and on the hub", place)
    try:
        if file:
            return Path(hub.hf_hub_download(hub_id, file, revision=revision, **options))
        return Path(hub.snapshot_download(hub_id, revision=revision, **options))
    except Exception as error:  # the hub's client raises its own, its HTTP library's and OSError
        raise UserError(
            f"{what}{': ' if what else ''}{place}: can't be downloaded: {one_line(error)}; check "
            "the name and the network, or download it elsewhere and give its path"
        ) from error


def download_data_set(pinned_id: str, folder: Path, *, patterns: Sequence[str]) -> None:
    """Download files of a data set on the hub into a folder, as ordinary files.

    Args:
        pinned_id: As "AIPeanutman/OmitI2V@<commit of 40 hex digits>": a name or a branch could be
            something else tomorrow.
        folder: Where to.
        patterns: Of the paths wanted.

    Raises:
        UserError: The id has no commit, huggingface_hub is not installed, or the hub refuses.
    """
    hub_id, _, commit = pinned_id.rpartition("@")
    if not HUB_ID.fullmatch(hub_id) or not COMMIT.fullmatch(commit):
        raise UserError(
            f"{pinned_id}: no such folder, and no data set on the hub with its commit; expected "
            "a folder, or ORG/NAME@<40 hex digits>"
        )
    download(
        hub_id,
        commit,
        extra="data",
        repo_type="dataset",
        local_dir=folder,
        allow_patterns=list(patterns),
    )


def require_hub(what: str, extra: str) -> Any:
    """The module `huggingface_hub`.

    Raises:
        UserError: It is not installed; the message gives the pip command.
    """
    require_extra(what, extra, "huggingface_hub")
    return importlib.import_module("huggingface_hub")
