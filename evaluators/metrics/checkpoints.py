"""Where a metric's weights come from: a local file, a URL or a hub file, with a checksum.

A file is written as one of
    path/to/file
    https://host/file#sha256=<hex digits>
    owner/name@revision:file
each with `#sha256=...` after it where it is to be checked. A URL must have it: the file behind a
URL can change. Eight digits of the checksum are enough to name it, as in PyTorch's own file names.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from omiti2v.digests import sha256_of_file
from omiti2v.errors import UserError, one_line
from omiti2v.hub import HUB_ID, download, model_folder, split_spec
from omiti2v.model_files import only_files, weights_digest
from omiti2v.records import brief
from omiti2v.safe_text import name_as_text

logger = logging.getLogger(__name__)

MARK = "#sha256="
CHECKSUM = re.compile(r"[0-9a-f]{8,64}")
MAX_BYTES = 8 << 30
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """A file of weights.

    Attributes:
        path: The local file.
        sha256: Digest of its bytes, 64 hex digits.
    """

    path: Path
    sha256: str


def fetch_checkpoint(spec: str, *, what: str, cache: Path | None = None) -> Checkpoint:
    """The local file of a spec, downloaded where needed, its checksum verified.

    Args:
        spec: As the module says.
        what: Whose weights, for messages.
        cache: Folder of downloads from URLs; None takes the user's cache.

    Raises:
        UserError: The file can't be had, lacks a checksum that it needs, or has another one.
    """
    place, expected = split_checksum(spec, what=what)
    if place.startswith("https://"):
        if not expected:
            raise UserError(
                f"{what}: {place}: a URL needs its checksum: write {place}{MARK}<hex digits>"
            )
        path = _download(place, expected, what, cache or user_cache_path("omiti2v") / "weights")
    elif (hub_file := place.rpartition(":"))[1] and HUB_ID.fullmatch(split_spec(hub_file[0])[0]):
        path = _from_hub(hub_file[0], hub_file[2], what)
    else:
        path = Path(place).expanduser()
        if not path.is_file():
            raise UserError(
                f"{what}: {place}: no such file; give a file, https://...#sha256=..., or "
                "owner/name@revision:file"
            )
    found = sha256_of_file(path)
    check_digest(found, expected, where=f"{what}: {path}")
    return Checkpoint(path, found)


@contextmanager
def checked_folder(
    spec: str,
    *,
    what: str,
    patterns: Sequence[str],
    forms: str,
    choose: Callable[[Path], Sequence[Path]],
) -> Iterator[tuple[Path, str]]:
    """A model's folder with the files that count and nothing else, while the model is being loaded.

    Args:
        spec: A folder, or `owner/name@revision` on the hub, with `#sha256=...` after it of what
            `weights_digest` makes of its files where that is to be checked.
        what: Whose weights, for messages.
        patterns: Names of the files that are downloaded.
        forms: What can be given, for messages.
        choose: The files of a folder that count; raises a UserError where it is no such model's.

    Yields:
        The folder, and a name of the model: where it is from and the beginning of its digest.

    Raises:
        UserError: The model can't be had, or has another checksum.
    """
    place, expected = split_checksum(spec, what=what)
    model, revision = split_spec(place)
    folder = model_folder(
        model, revision=revision, patterns=patterns, extra="clip", what=what, forms=forms
    )
    files = choose(folder)
    digest = weights_digest(files)
    check_digest(digest, expected, where=f"{what}: {folder}")
    with only_files(files) as exact:
        yield exact, f"{place if revision else name_as_text(folder.resolve().name)} {digest[:12]}"


def check_digest(found: str, expected: str, *, where: str) -> None:
    """Refuse weights that are not those expected.

    Args:
        found: Their digest, 64 hex digits.
        expected: Its beginning; empty where any will do.
        where: Metric and file, for the message.

    Raises:
        UserError: They differ.
    """
    if not found.startswith(expected):
        raise UserError(
            f"{where}: expected sha256 {expected}, got {found[: max(12, len(expected))]}; download "
            "it again, or check where it comes from"
        )


def split_checksum(spec: str, *, what: str) -> tuple[str, str]:
    """A spec as the place and the checksum that it gives; empty where it gives none.

    Raises:
        UserError: The checksum is not one.
    """
    place, mark, value = spec.rpartition(MARK)
    if not mark:
        return spec, ""
    if not CHECKSUM.fullmatch(value.lower()):
        raise UserError(f"{what}: {brief(spec)}: expected {MARK}<8 to 64 hex digits> at its end")
    return place, value.lower()


def load_tensors(path: Path, *, what: str) -> dict[str, Any]:
    """A state dict from a safetensors file or, without running code, from a PyTorch file.

    Raises:
        UserError: The file is neither, or holds anything but tensors.
    """
    torch: Any = importlib.import_module("torch")
    try:
        if path.suffix == ".safetensors":
            state = importlib.import_module("safetensors.torch").load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle's, zipfile's, torch's and safetensors' own
        raise UserError(f"{what}: {path}: not readable as weights: {one_line(error)}") from None
    if not isinstance(state, dict) or not all(torch.is_tensor(x) for x in state.values()):
        raise UserError(f"{what}: {path}: expected a dictionary of tensors; give another file")
    return state


def load_into(module: Any, path: Path, *, what: str) -> None:
    """Put a file's tensors into a PyTorch module.

    Raises:
        UserError: The file can't be read, or its tensors are not those of the module.
    """
    try:
        module.load_state_dict(load_tensors(path, what=what))
    except RuntimeError as error:
        raise UserError(
            f"{what}: {path}: not the weights of {type(module).__name__}: {one_line(error)}"
        ) from None


def _from_hub(repository: str, name: str, what: str) -> Path:
    hub_id, revision = split_spec(repository)
    if not revision:
        raise UserError(
            f"{what}: {hub_id}:{name}: a hub id needs its revision: write {hub_id}@<commit>:{name}"
        )
    return download(hub_id, revision, file=name, extra="clip", what=what)


def _download(url: str, expected: str, what: str, cache: Path) -> Path:
    path = cache / f"{expected[:8]}-{url.rsplit('/', 1)[-1]}"
    if path.is_file():
        return path
    logger.info("%s: downloading %s", what, url)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(url, timeout=60) as source, part.open("wb") as file:  # noqa: S310 (https only)
            size = 0
            while block := source.read(_BLOCK):
                size += len(block)
                if size > MAX_BYTES:
                    raise UserError(f"{what}: {url}: expected at most {MAX_BYTES} bytes")
                file.write(block)
        check_digest(sha256_of_file(part), expected, where=f"{what}: {url}")
        part.replace(path)
    except OSError as error:
        raise UserError(
            f"{what}: {url}: can't be downloaded: {one_line(error)}; check the network, or "
            "download it elsewhere and give the file"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return path
