"""From what a user asks for to the config of `guidance`, `alg` and `dymos`. No torch."""

from __future__ import annotations

import math

from pydantic import ValidationError

from alignvid_ref.baselines import AlgConfig, DymosConfig
from alignvid_ref.baselines.config import PIPELINE
from alignvid_ref.baselines.guidance import GuidanceConfig, Kind
from alignvid_ref.generation.resolve import Choices, Model
from alignvid_ref.generation.settings import Method
from alignvid_ref.generation.weights import transformer_settings
from omiti2v.errors import UserError
from omiti2v.records import describe_validation_error

# What they call the guidance scale is an input of the transformer.
_DISTILLED = ("HunyuanVideoFramepackPipeline", "HunyuanVideoImageToVideoPipeline")
_WITH_GUIDER = ("HunyuanVideo15ImageToVideoPipeline",)


def describe_method(
    method: Method, model: Model, choices: Choices, *, strength: float | None, guider: Kind
) -> str | None:
    """The config of a method as JSON, checked against the model; None where it has none.

    Args:
        method: That makes the videos.
        model: Which makes them.
        choices: Of the user.
        strength: Of `dymos`; None for its authors'.
        guider: Of `guidance`.

    Raises:
        UserError: The method does not work on the model, or not at this guidance scale.
    """
    if method == "guidance":
        return guidance_config(model, choices, guider).model_dump_json()
    if method != "alg" and method != "dymos":
        return None
    backbone = model.backbone
    if backbone.pipeline_name != PIPELINE:
        raise UserError(
            f"--method {method}: works on a {PIPELINE}, {backbone.name} is a "
            f"{backbone.pipeline_name}"
        )
    if method == "dymos":
        return _dymos_config(strength).model_dump_json()
    if (scale := _scale(model, choices)) <= 1:
        raise UserError(
            "--method alg: is a form of classifier-free guidance, which --guidance-scale "
            f"{scale:g} leaves out; give one above 1, as 5 (the paper's for Wan), here and to what "
            "it is compared with"
        )
    return AlgConfig().model_dump_json()


def guidance_config(model: Model, choices: Choices, kind: Kind) -> GuidanceConfig:
    """The guidance of a model, at the scale asked for or the backbone's.

    Raises:
        UserError: The scale leaves no guidance, or the model's pipeline takes no such guider.
    """
    backbone = model.backbone
    scale = _scale(model, choices)
    if not 1 < scale < math.inf:
        raise UserError(
            f"--guidance-scale: expected over 1, got {scale:g}; at 1 guidance does nothing, and "
            "the videos would be those of --method baseline"
        )
    name = backbone.pipeline_name
    if name in _DISTILLED:
        raise UserError(
            f"--guider {kind}: {backbone.name} has its guidance trained in, and the guidance scale "
            f"of {name} is an input of the model; there is no other pass to guide with"
        )
    if kind != "cfg" and not _takes_guider(model):
        raise UserError(
            f"--guider {kind}: {backbone.name} is a {name} that takes no guider; a Wan2.1 I2V does "
            "(and --guider cfg needs none)"
        )
    if kind == "cfg-zero-star":
        steps = choices.steps or backbone.steps
        # The authors' advice for the share of the steps.
        return GuidanceConfig(kind=kind, scale=scale, zero_init_steps=max(1, round(0.04 * steps)))
    return GuidanceConfig(kind=kind, scale=scale)


def _dymos_config(strength: float | None) -> DymosConfig:
    try:
        return DymosConfig() if strength is None else DymosConfig(strength=strength)
    except ValidationError as error:
        raise UserError(f"--{describe_validation_error(error)}") from None


def _scale(model: Model, choices: Choices) -> float:
    own = model.backbone.guidance_scale
    return own if choices.guidance_scale is None else choices.guidance_scale


def _takes_guider(model: Model) -> bool:
    if model.backbone.pipeline_name != "WanImageToVideoPipeline":
        return model.backbone.pipeline_name in _WITH_GUIDER
    if model.folder is None:
        return bool(model.backbone.image_branch)
    return transformer_settings(model.folder).get("added_kv_proj_dim") is not None
