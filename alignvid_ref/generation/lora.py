"""A LoRA: found, hashed, and put on a pipeline's transformer. No torch before it is loaded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omiti2v.digests import sha256_of_file
from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_modules
from omiti2v.hub import HUB_ID, download
from omiti2v.safe_text import name_as_text

_FORMS = "FILE.safetensors or owner/name@revision, with :WEIGHT after it for another than 1"


@dataclass(frozen=True)
class Lora:
    """A LoRA file.

    Attributes:
        file: Its weights, as safetensors.
        recorded: Its name and digest, as the settings have them.
        weight: How strongly it acts.
    """

    file: Path
    recorded: str
    weight: float = 1.0


def find_lora(spec: str) -> Lora:
    """The LoRA that `--lora` names.

    Args:
        spec: A file, a folder with one, or owner/name@revision of a repository with one; then
            :WEIGHT where that is not 1.

    Raises:
        UserError: There is none, it is no safetensors file, can't be downloaded, or peft, with
            which diffusers loads it, is not installed.
    """
    require_modules("--lora", "peft>=0.18", "peft")
    place, weight = _split(spec)
    path = Path(place).expanduser()
    name = name_as_text(path.name)
    if not path.exists():
        hub_id, at, revision = place.rpartition("@")
        if not at or not HUB_ID.fullmatch(hub_id):
            raise UserError(f"--lora {place}: no such file; expected {_FORMS}")
        path = download(
            hub_id, revision, extra="alignvid", what="--lora", allow_patterns=["*.safetensors"]
        )
        name = hub_id
    if path.is_dir():
        found = sorted(path.glob("*.safetensors"))
        if len(found) != 1:
            raise UserError(
                f"--lora {place}: expected one *.safetensors in it, got {len(found)}; give the "
                "path of one, downloaded and converted where need be"
            )
        path = found[0]
    if path.suffix != ".safetensors":
        raise UserError(
            f"--lora {place}: expected *.safetensors, got {path.suffix or 'no ending'!r}, and a "
            "pickle can run code; convert it"
        )
    return Lora(path, f"{name}@sha256:{sha256_of_file(path)}", weight)


def add_lora(pipe: Any, lora: Lora) -> None:
    """Load a LoRA onto the transformer of a diffusers pipeline; nothing is fused.

    Raises:
        UserError: It is not one for this pipeline.
    """
    name = type(pipe).__name__
    if getattr(pipe, "transformer_2", None) is not None:
        raise UserError(
            f"--lora: {name} has two transformers here, and one LoRA is for one of them; save the "
            "model with its LoRAs fused and give its folder to --backbone"
        )
    if not hasattr(pipe, "load_lora_weights"):
        raise UserError(f"--lora: {name} takes none; fuse it into the weights and leave --lora out")
    try:
        pipe.load_lora_weights(
            lora.file.parent,
            weight_name=lora.file.name,
            adapter_name="lora",
            use_safetensors=True,
            local_files_only=True,
        )
        pipe.set_adapters("lora", lora.weight)
    except Exception as error:  # the libraries raise all kinds for broken and for foreign files
        raise UserError(
            f"--lora {lora.file}: can't be loaded as a LoRA of {name}: {one_line(error)}"
        ) from error


def _split(spec: str) -> tuple[str, float]:
    """What to load and its weight. A file that exists is taken as it is written."""
    place, colon, weight = spec.rpartition(":")
    if not colon or Path(spec).expanduser().exists():
        return spec, 1.0
    try:
        number = float(weight)
    except ValueError:
        return spec, 1.0
    if not math.isfinite(number):
        raise UserError(f"--lora {spec}: weight: expected a number, got {weight}")
    return place, number
