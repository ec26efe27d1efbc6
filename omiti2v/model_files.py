"""A model's folder: which of its files count, and that only those are loaded.

Only files that are hashed are ever loaded; weights are safetensors, never pickles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from omiti2v.digests import sha256_of_files
from omiti2v.errors import UserError
from omiti2v.held_folder import held_folder
from omiti2v.ordinary_file import read_file
from omiti2v.records import brief

# What answers depend on: weights, configuration, tokenizer, image and video processing, template.
MODEL_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "config.json",
    "merges.txt",
    "preprocessor_config.json",
    "processor_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "video_preprocessor_config.json",
    "vocab.json",
)
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")
MAX_CONFIG_BYTES = 1 << 26


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`.

    Raises:
        UserError: There is none, or it is not a JSON object; or the folder holds an adapter.
    """
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if "adapter_config.json" in names:
        raise UserError(f"{folder}: holds an adapter; merge it into the weights and save them")
    if "config.json" not in names and (packed := matching(names, ("*.gguf",))):
        raise UserError(
            f"{folder}: expected a model of transformers, got only {packed[0]}; serve it and use "
            "--judge openai:MODEL"
        )
    return read_json_object(folder / "config.json", "a model's folder with config.json")


def read_json_object(path: Path, expected: str) -> dict[str, Any]:
    """The JSON object in a file of a model.

    Args:
        path: The file.
        expected: What the file belongs to, for the message.

    Raises:
        UserError: It can't be read, is too large or is something else.
    """
    try:
        value = json.loads(read_file(path, limit=MAX_CONFIG_BYTES))
    except UserError as error:
        raise UserError(f"{path}: expected {expected}, can't be read: {error}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: expected JSON, got something else; download it again") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected a JSON object, got {brief(value)}")
    return value


def model_files(folder: Path) -> list[Path]:
    """The files of `folder` that a model is loaded from, sorted by name.

    Raises:
        UserError: Not a model's folder, weights that are pickled or missing, or an adapter.
    """
    config = read_config(folder)
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    files = matching(names, MODEL_FILES)
    if not any(name.endswith(".safetensors") for name in files):
        pickled = matching(names, PICKLES)
        found = f"only {pickled[0]}, and a pickle can run code" if pickled else "none"
        raise UserError(f"{folder}: expected weights as *.safetensors, got {found}; convert them")
    for source, name in _weights_named(folder, files, config):
        if name not in files:
            raise UserError(
                f"{folder / source}: names the weights {brief(name)}, which are not in the folder; "
                "download the model again"
            )
    return [folder / name for name in files]


def _weights_named(
    folder: Path, files: list[str], config: dict[str, Any]
) -> Iterator[tuple[str, object]]:
    """The weights that indices and the config point to: no file that is not hashed may load."""
    if "transformers_weights" in config:
        yield "config.json", config["transformers_weights"]
    for index in (name for name in files if name.endswith(".index.json")):
        shards = read_json_object(folder / index, "an index").get("weight_map")
        if not isinstance(shards, dict):
            raise UserError(
                f"{folder / index}: weight_map: expected an object, got {brief(shards)}"
            )
        for shard in sorted({str(shard) for shard in shards.values()}):
            yield index, shard


def matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The names that match one of the patterns, in their order."""
    return [name for name in names if any(fnmatchcase(name, form) for form in patterns)]


def weights_digest(files: Sequence[Path]) -> str:
    """SHA-256 over the names and contents of a model's files, as `sha256_of_files` makes it."""
    return sha256_of_files({path.name: path for path in files})


@contextmanager
def only_files(files: Sequence[Path]) -> Iterator[Path]:
    """A folder of links to `files` and nothing else, for as long as the model is being loaded.

    Loading from it is what makes the digest true: files that were not hashed are not there.
    """
    with held_folder() as folder:
        for path in files:
            (folder / path.name).symlink_to(path.resolve())
        yield folder
