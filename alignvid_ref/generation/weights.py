"""Where a pipeline's files are, that they are safe to load, and their digest. No torch.

Only safetensors are loaded, never pickles, and no code that comes with the weights is run.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from alignvid_ref.generation.backbones import Source
from omiti2v.errors import UserError
from omiti2v.extras import require_extra
from omiti2v.records import brief

# Weights, configurations, tokenizers; what else lies in a repository is neither fetched nor hashed.
FILES = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")
LIBRARIES = ("diffusers", "transformers")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
MAX_CONFIG_BYTES = 1 << 24


def fetch(source: Source, *, without: tuple[str, ...] = ()) -> Path:
    """The local folder of a repository at its commit, downloaded where needed.

    Args:
        source: The repository.
        without: Folders in it that are not needed.

    Raises:
        UserError: It can't be downloaded.
    """
    require_extra(str(source), "alignvid", "huggingface_hub")
    hub: Any = importlib.import_module("huggingface_hub")
    try:
        folder = hub.snapshot_download(
            source.hub_id,
            revision=source.revision,
            allow_patterns=list(FILES),
            ignore_patterns=[f"{name}/*" for name in without],
        )
    except Exception as error:  # the hub's client raises its own, its HTTP library's and OSError
        first = next(iter(str(error).splitlines()), "")[:200]
        raise UserError(
            f"{source}: can't be downloaded: {type(error).__name__}: {first}; check the name and "
            "the network, or download it elsewhere and give the folder"
        ) from error
    return Path(folder)


def pipeline_class(folder: Path, *, package: str | None = None) -> str:
    """Class name of the pipeline saved in a folder, once its parts are seen to be safe.

    Args:
        folder: That `save_pretrained` wrote.
        package: One more package that parts may be from, beside `LIBRARIES`.

    Raises:
        UserError: It is not a saved pipeline, or a part is not from diffusers or transformers, or
            has its weights as a pickle.
    """
    index = read_json(folder / "model_index.json")
    for name, entry in index.items():
        if name.startswith("_") or not isinstance(entry, list):
            continue
        library = entry[0] if entry else None
        if library is not None and str(library).split(".")[0] not in (*LIBRARIES, package):
            raise UserError(
                f"{folder / 'model_index.json'}: {brief(name)}: expected a part from "
                f"{' or '.join(LIBRARIES)}, got {brief(library)}; other code is not run"
            )
        require_safetensors(folder / name)
    found = index.get("_class_name")
    if not isinstance(found, str):
        raise UserError(
            f"{folder / 'model_index.json'}: _class_name: expected a name, got {brief(found)}"
        )
    return found


def require_safetensors(part: Path) -> None:
    """Check that a part that has weights has them as safetensors.

    Raises:
        UserError: It has pickles only.
    """
    if not part.is_dir():
        return
    names = sorted(path.name for path in part.iterdir())
    pickled = [n for n in names if any(fnmatchcase(n, form) for form in PICKLES)]
    if pickled and not any(name.endswith(".safetensors") for name in names):
        raise UserError(
            f"{part / pickled[0]}: expected weights as *.safetensors, a pickle can run code; "
            "convert them"
        )


def has_image_branch(folder: Path) -> bool:
    """Whether the transformer of a saved Wan pipeline attends to image tokens.

    Raises:
        UserError: Its configuration can't be read.
    """
    path = folder / "transformer" / "config.json"
    return path.exists() and read_json(path).get("added_kv_proj_dim") is not None


def folder_digest(folder: Path) -> str:
    """SHA-256 over the paths and contents of the files that can be loaded, 64 hex digits.

    Raises:
        UserError: A file can't be read.
    """
    total = hashlib.sha256()
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    for name, path in sorted(paths.items()):
        if not path.is_file() or not any(fnmatchcase(path.name, form) for form in FILES):
            continue
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UserError(f"{path}: can't be read: {error.strerror}") from None
        total.update(f"{digest}  {name}\n".encode())
    return total.hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        UserError: It can't be read or is something else.
    """
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise UserError(f"{path}: expected at most {MAX_CONFIG_BYTES} bytes")
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(
            f"{path}: can't be read: {error.strerror}; expected a folder that save_pretrained wrote"
        ) from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: expected JSON, got something else; download it again") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected a JSON object, got {brief(value)}")
    return value
