"""An open_clip model's folder: where it comes from and which of its files count."""

from __future__ import annotations

import importlib
import json
import logging
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from evaluators.judges.weights import HUB_ID, MAX_CONFIG_BYTES, MODEL_FILES, one_line, split_spec
from omiti2v.errors import UserError
from omiti2v.extras import require_extra

logger = logging.getLogger(__name__)

CONFIG = "open_clip_config.json"
FILES = (CONFIG, *MODEL_FILES)


def clip_folder(spec: str, *, what: str) -> Path:
    """The local folder of a model; a hub id is downloaded at its revision first.

    Args:
        spec: A folder, or `owner/name@revision`.
        what: The metric that needs it, for messages.

    Raises:
        UserError: No such folder, no revision for a hub id, or the hub can't be reached.
    """
    path = Path(spec).expanduser()
    if path.is_dir():
        return path
    hub_id, revision = split_spec(spec)
    if not HUB_ID.fullmatch(hub_id):
        raise UserError(
            f"{what}: {spec}: no such folder; give an open_clip model's folder, "
            "owner/name@revision, or ARCHITECTURE=FILE with an architecture of open_clip"
        )
    if not revision:
        raise UserError(
            f"{what}: {spec}: no such folder, and a hub id needs its revision: write "
            f"{spec}@<commit>"
        )
    require_extra(what, "clip", "huggingface_hub")
    hub: Any = importlib.import_module("huggingface_hub")
    try:
        return Path(hub.snapshot_download(hub_id, revision=revision, allow_patterns=list(FILES)))
    except Exception as error:  # the hub's client raises its own, its HTTP library's and OSError
        raise UserError(
            f"{what}: {spec}: can't be downloaded: {one_line(error)}; check the name and the "
            "network, or download it elsewhere and give the folder"
        ) from None


def clip_folder_files(folder: Path, *, what: str) -> list[Path]:
    """The files that a model is loaded from, sorted by name.

    Raises:
        UserError: Not an open_clip model's folder, or no safetensors in it.
    """
    config = folder / CONFIG
    try:
        if config.stat().st_size > MAX_CONFIG_BYTES:
            raise UserError(f"{what}: {config}: expected at most {MAX_CONFIG_BYTES} bytes")
        value = json.loads(config.read_bytes())
        found = isinstance(value["model_cfg"]["text_cfg"], dict)
    except OSError:
        raise UserError(
            f"{what}: {folder}: expected an open_clip model's folder with {CONFIG}; for a single "
            "file write ARCHITECTURE=FILE"
        ) from None
    except (ValueError, RecursionError, KeyError, TypeError):
        found = False
    if not found:
        raise UserError(f"{what}: {config}: expected model_cfg with text_cfg; download it again")
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    chosen = [name for name in names if any(fnmatchcase(name, form) for form in FILES)]
    if not any(name.endswith(".safetensors") for name in chosen):
        raise UserError(
            f"{what}: {folder}: expected weights as *.safetensors, got none; convert them, or "
            "write ARCHITECTURE=FILE, which reads PyTorch files without running code"
        )
    return [folder / name for name in chosen]
