"""Which settings are for a model: by its classes and configuration, and by its name last.

A name says little: "F1" is in every "...-bf16". It counts word by word, of the last part of a path
alone, and where nothing else tells two models apart an unsure name is an error. Imports no torch.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from alignvid_ref.presets import PRESETS, Blocks, Evidence
from omiti2v.errors import UserError

MEASURED = (
    "wan2.1-i2v-14b-480p",
    "wan2.1-t2v-14b",
    "framepacki2v_hy",
    "framepack_f1_i2v_hy_20250503",
)
"""Names of the weights on which the authors measured AlignVid, in lower case."""

MEASURED_DEPTH = 40
"""Blocks of all four; the authors' lists of blocks count in these."""

_PART_FOLDERS = ("transformer", "transformer_2")
_CACHE_FOLDER = re.compile(r"models--.+?--(.+)")


@dataclass(frozen=True)
class Recognized:
    """What a model gets.

    Attributes:
        preset: Name of the preset.
        changes: Fields of it that do not hold for this model: the evidence where nobody measured
            these weights, the blocks where it has another number of them.
    """

    preset: str
    changes: Mapping[str, Any]


def weights_name(place: str) -> str:
    """The name of weights, in lower case, of the path or hub id where they are.

    That is the last part: of "owner/name@revision" the name, of a folder in the hub's cache the
    repository's, of a pipeline's "transformer" folder the pipeline's.
    """
    parts = [part for part in PurePosixPath(place).parts if part != "/"]
    for part in parts:
        if cached := _CACHE_FOLDER.fullmatch(part):
            return cached[1].lower()
    while len(parts) > 1 and parts[-1] in _PART_FOLDERS:
        parts.pop()
    return parts[-1].partition("@")[0].lower() if parts else ""


def is_measured(name: str) -> bool:
    """Whether the authors measured the weights of this name."""
    return name.removesuffix("-diffusers") in MEASURED


def framepack_of(name: str) -> str | None:
    """`framepack` or `framepack-f1`, whose classes and configurations are the same; None if unsure.

    Args:
        name: Of the weights, in lower case.
    """
    words = re.split(r"[^a-z0-9]+", name)
    if not any(re.fullmatch(r"framepack(i2v|f1)?", word) for word in words):
        return None
    return "framepack-f1" if {"f1", "framepackf1"} & set(words) else "framepack"


def recognize(
    pipelines: Collection[str], transformer: Mapping[str, Any], *, place: str, experts: int = 1
) -> Recognized:
    """The settings for a model.

    Args:
        pipelines: Class names of its pipeline, bases included.
        transformer: The configuration of its transformer.
        place: Path or hub id of its weights; empty where nobody knows.
        experts: How many transformers it has.

    Raises:
        UserError: No preset fits, or two do and the name of the weights does not tell which.
    """
    name = weights_name(place)
    fits = [preset for preset, known in PRESETS.items() if set(pipelines) & set(known.pipelines)]
    if fits == ["wan2.1-i2v", "wan2.2-i2v"]:
        has_image_branch = transformer.get("added_kv_proj_dim") is not None
        fits = [fits[0] if has_image_branch else fits[1]]
    if fits == ["framepack", "framepack-f1"]:
        found = framepack_of(name)
        if found is None:
            raise UserError(
                f"FramePack v1 and F1 have the same classes, and the name {name!r} of the weights "
                'does not tell which this is: give preset="framepack" or preset="framepack-f1" '
                "(of omiti2v generate: --run-as)"
            )
        fits = [found]
    if fits == ["wan2.1-t2v"] and experts > 1:
        fits = []
    if not fits:
        raise UserError(
            f"no preset for {next(iter(pipelines), 'this pipeline')}; there are "
            f"{', '.join(PRESETS)}. Build an AlignVidConfig(family=..., sites=...) for it, if "
            "docs/alignvid-transformers.md has a family"
        )
    chosen = PRESETS[fits[0]]
    changes = changes_for(chosen.blocks, chosen.evidence, transformer, name=name)
    return Recognized(fits[0], changes)


def changes_for(
    blocks: Blocks, evidence: Evidence, transformer: Mapping[str, Any], *, name: str
) -> dict[str, Any]:
    """What of some settings does not hold for a model.

    Args:
        blocks: Of the settings.
        evidence: That they claim.
        transformer: The configuration of the model's transformer.
        name: Of its weights, in lower case.
    """
    depth = transformer.get("num_single_layers") or transformer.get("num_layers")
    if isinstance(blocks, tuple) and depth != MEASURED_DEPTH:
        return {"evidence": "none", "blocks": "first-half"}
    # First and last frame to video is a model of its own, and so is the one for 720p.
    return {} if evidence == "none" or is_measured(name) else {"evidence": "none"}
