"""Where a pipeline's files are, that they are safe to load, and their digest. No torch.

Only safetensors are loaded, never pickles, and no code that comes with the weights is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alignvid_ref.generation.backbones import Source
from omiti2v.digests import sha256_of_files
from omiti2v.errors import UserError
from omiti2v.hub import download
from omiti2v.model_files import PICKLES, matching, read_json_object
from omiti2v.records import brief

# Weights, configurations, tokenizers; what else lies in a repository is neither fetched nor hashed.
FILES = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")
LIBRARIES = ("diffusers", "transformers")
# What diffusers writes for parts that one of its own pipelines defines.
_OF_DIFFUSERS = ("ltx2",)
_EXPECTED = "a folder that save_pretrained wrote"


def fetch(source: Source, *, without: tuple[str, ...] = ()) -> Path:
    """The local folder of a repository at its commit, downloaded where needed.

    Args:
        source: The repository.
        without: Folders in it that are not needed.

    Raises:
        UserError: It can't be downloaded.
    """
    return download(
        source.hub_id,
        source.revision,
        extra="alignvid",
        allow_patterns=list(FILES),
        ignore_patterns=[f"{name}/*" for name in without],
    )


def pipeline_class(folder: Path, *, package: str | None = None) -> str:
    """Class name of the pipeline saved in a folder, once its parts are seen to be safe.

    Args:
        folder: That `save_pretrained` wrote.
        package: One more package that parts may be from, beside `LIBRARIES`.

    Raises:
        UserError: It is not a saved pipeline, or a part is not from diffusers or transformers, or
            has its weights as a pickle.
    """
    index = read_json_object(folder / "model_index.json", _EXPECTED)
    for name, entry in index.items():
        if name.startswith("_") or not isinstance(entry, list):
            continue
        library = entry[0] if entry else None
        known = (*LIBRARIES, *_OF_DIFFUSERS, package)
        if library is not None and str(library).split(".")[0] not in known:
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
    pickled = matching(names, PICKLES)
    if pickled and not any(name.endswith(".safetensors") for name in names):
        raise UserError(
            f"{part / pickled[0]}: expected weights as *.safetensors, a pickle can run code; "
            "convert them"
        )


def transformer_settings(folder: Path) -> dict[str, Any]:
    """The configuration of a saved pipeline's transformer; empty where it has none.

    Raises:
        UserError: It can't be read.
    """
    path = folder / "transformer" / "config.json"
    return read_json_object(path, _EXPECTED) if path.exists() else {}


def folder_digest(folder: Path) -> str:
    """SHA-256 over the paths and contents of the files that can be loaded, 64 hex digits.

    Raises:
        UserError: A file can't be read.
    """
    return sha256_of_files(
        {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_file() and matching([path.name], FILES)
        }
    )
