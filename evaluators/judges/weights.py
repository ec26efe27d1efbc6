"""A model's folder: where it comes from, which of its files count, and their digest.

Only the files that are hashed are ever loaded; weights are safetensors, never pickles.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from omiti2v.errors import UserError
from omiti2v.extras import require_extra
from omiti2v.records import brief

logger = logging.getLogger(__name__)

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
PICKLED_WEIGHTS = ("*.bin", "*.pt", "*.pth", "*.ckpt")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
MAX_CONFIG_BYTES = 1 << 26


def split_spec(spec: str) -> tuple[str, str | None]:
    """`path`, `id` or `id@revision` as (path or id, revision or None).

    A folder that exists is taken as it is written, with any "@" in its name.
    """
    if Path(spec).expanduser().exists():
        return spec, None
    name, at, revision = spec.rpartition("@")
    return (name, revision) if at and HUB_ID.fullmatch(name) else (spec, None)


def model_folder(model: str | Path, *, revision: str | None = None) -> Path:
    """The local folder of a model; a hub id is downloaded at its revision first.

    Args:
        model: A folder, or a hub id as "Qwen/Qwen2.5-VL-7B-Instruct".
        revision: Commit, tag or branch of the hub id; not used for a folder.

    Raises:
        UserError: No such folder, no revision for a hub id, or the hub can't be reached.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise UserError(f"{path}: expected a model's folder, got a file; give the folder it is in")
    if isinstance(model, Path) or not HUB_ID.fullmatch(model):
        raise UserError(
            f"{model}: no such folder; give a model's folder, or a hub id as owner/name@revision"
        )
    if not revision:
        raise UserError(
            f"{model}: no such folder, and a hub id needs its revision, so that answers can be "
            f"repeated: write {model}@<commit>"
        )
    return _download(model, revision)


def _download(hub_id: str, revision: str) -> Path:
    require_extra(hub_id, "vlm", "huggingface_hub")
    hub: Any = importlib.import_module("huggingface_hub")
    logger.info("%s at %s: looking for it in the local cache and on the hub", hub_id, revision)
    try:
        folder: str = hub.snapshot_download(
            hub_id, revision=revision, allow_patterns=list(MODEL_FILES)
        )
    except Exception as error:  # the hub's client raises its own, its HTTP library's and OSError
        raise UserError(
            f"{hub_id}@{revision}: can't be downloaded: {one_line(error)}; check the name and the "
            "network, or download it elsewhere and give the folder"
        ) from error
    return Path(folder)


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`.

    Raises:
        UserError: There is none, or it is not a JSON object.
    """
    return _read_json_object(folder / "config.json", "expected a model's folder with config.json")


def _read_json_object(path: Path, expectation: str) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise UserError(f"{path}: expected at most {MAX_CONFIG_BYTES} bytes")
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: {expectation}, can't be read: {error.strerror}") from None
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
    if "adapter_config.json" in names:
        raise UserError(f"{folder}: holds an adapter; merge it into the weights and save them")
    files = [name for name in names if any(fnmatchcase(name, form) for form in MODEL_FILES)]
    if not any(name.endswith(".safetensors") for name in files):
        pickled = [n for n in names if any(fnmatchcase(n, form) for form in PICKLED_WEIGHTS)]
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
        shards = _read_json_object(folder / index, "expected an index").get("weight_map")
        if not isinstance(shards, dict):
            raise UserError(
                f"{folder / index}: weight_map: expected an object, got {brief(shards)}"
            )
        for shard in sorted({str(shard) for shard in shards.values()}):
            yield index, shard


def weights_digest(files: list[Path]) -> str:
    """SHA-256 over the names and contents of a model's files, 64 hex digits.

    It is the digest of what `sha256sum` prints for the files in the order of their names, run
    inside their folder, and so can be checked without this program.

    Raises:
        UserError: A file can't be read.
    """
    total = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.name):
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UserError(f"{path}: can't be read: {error.strerror}") from None
        total.update(f"{digest}  {path.name}\n".encode())
    return total.hexdigest()


@contextmanager
def only_files(files: list[Path]) -> Iterator[Path]:
    """A folder of links to `files` and nothing else, for as long as the model is being loaded.

    Loading from it is what makes the digest true: files that were not hashed are not there.
    """
    with tempfile.TemporaryDirectory(prefix="omiti2v-model-") as folder:
        for path in files:
            (Path(folder) / path.name).symlink_to(path.resolve())
        yield Path(folder)


def one_line(error: BaseException, *, limit: int = 200) -> str:
    """An exception as one printable line of at most `limit` characters: its type and first line."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= limit else text[: limit - 3] + "..."
