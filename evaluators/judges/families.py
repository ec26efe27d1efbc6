"""Which family a model belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluators.judges.family import FamilyLoader
from omiti2v.errors import UserError
from omiti2v.plugins import find_plugins, load_plugin
from omiti2v.records import brief


def family_for(config: Mapping[str, Any], *, where: Path) -> FamilyLoader:
    """The loader of the family that a model's config names: one of its own, or the generic one.

    Raises:
        UserError: It is no model of transformers that takes pictures and text.
    """
    model_type = str(config.get("model_type"))
    families = find_plugins("omiti2v.judge_families")
    if model_type in families:
        loader: FamilyLoader = load_plugin(families[model_type])
        return loader
    # Only here: the auto classes take a while to import.
    from transformers.models.auto import modeling_auto

    if model_type in modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        from evaluators.judges.generic import GenericFamily

        return GenericFamily
    raise UserError(
        f"{where / 'config.json'}: model_type: expected one of {', '.join(families)} or another "
        "image-text-to-text class of transformers, got "
        f'{brief(config.get("model_type"))}; use the model\'s form for transformers ("-hf" on '
        "the hub), or serve it and use --judge openai:MODEL"
    )
