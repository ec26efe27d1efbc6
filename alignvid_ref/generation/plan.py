"""From a user's request to settings and a model; torch is imported only where one is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from alignvid_ref.baselines.guidance import Kind
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.registry import require_backbone
from alignvid_ref.generation.generate import GenerateVideo, Plan, bind_control
from alignvid_ref.generation.lora import find_lora
from alignvid_ref.generation.method_configs import describe_method
from alignvid_ref.generation.preflight import describe_run, passes_per_step
from alignvid_ref.generation.resolve import (
    Choices,
    Model,
    control_settings,
    find_model,
    model_settings,
)
from alignvid_ref.generation.settings import Dtype
from omiti2v.errors import UserError
from omiti2v.extras import require_extra
from omiti2v.ordinary_file import read_file

MAX_CONFIG_BYTES = 1 << 20
ModelMethod = Literal["baseline", "alignvid", "blur", "guidance", "alg", "dymos"]
# Controls have the size, length and rate of the model that most people compare with.
CONTROL_BACKBONE = "wan2.1-i2v-14b-480p"


def plan_control(
    control: Literal["still", "pan", "blank"],
    choices: Choices,
    *,
    backbone: str | None = None,
) -> Plan:
    """Videos without a model.

    Args:
        control: Which.
        choices: Of the user.
        backbone: Take size, length and rate from this one.

    Raises:
        UserError: A value is out of its range, or there is no such backbone.
    """
    chosen = require_backbone(
        backbone or CONTROL_BACKBONE, option=f"--backbone ({control} needs no model)"
    )
    settings = control_settings(control, chosen, choices)
    return Plan(settings, lambda: bind_control(control, frames=settings.frames), chosen.multiple)


def plan_model(
    method: ModelMethod,
    choices: Choices,
    *,
    backbone: str,
    run_as: str | None = None,
    gamma: float | None = None,
    alignvid: Path | None = None,
    strength: float | None = None,
    guider: Kind = "cfg",
    dtype: Dtype | Literal["auto"] = "auto",
    device: str | None = None,
    offload: Literal["none", "model", "group"] = "none",
    lora: str | None = None,
) -> Plan:
    """Videos that a model makes.

    Args:
        method: Which.
        choices: Of the user.
        backbone: See `find_model`.
        run_as: See `find_model`.
        gamma: Of AlignVid, instead of the config's.
        alignvid: A file with an AlignVid config, instead of the backbone's.
        strength: Of DyMoS, instead of its authors'.
        guider: For the method `guidance`.
        dtype: Of the transformer.
        device: Where the model works.
        offload: See `load_pipeline`.
        lora: See `find_lora`.

    Raises:
        UserError: Something of it does not exist, does not fit, or is not installed.
    """
    # What is wrong with the request is said before torch is loaded.
    model = find_model(backbone, run_as=run_as)
    config = _alignvid_config(model, gamma, alignvid) if method == "alignvid" else None
    method_config = describe_method(method, model, choices, strength=strength, guider=guider)
    require_extra(f"--method {method}", "alignvid", "torch", "diffusers")
    from alignvid_ref.generation.pipelines import (
        bind_pipeline,
        choose_device,
        choose_dtype,
        load_pipeline,
    )

    used_device = choose_device(device)
    found_lora = find_lora(lora) if lora is not None else None
    settings = model_settings(
        method,
        model,
        choices,
        dtype=choose_dtype(dtype, used_device),
        alignvid=config,
        method_config=method_config,
        lora=found_lora,
    )
    if choices.negative_prompt is not None and passes_per_step(model.backbone, settings) == 1:
        raise UserError(
            f"--negative-prompt: {model.backbone.name} does not read it at --guidance-scale "
            f"{settings.guidance_scale:g}, so it would change nothing; give a higher one where the "
            "model works with guidance, or leave it out"
        )

    def load_model() -> GenerateVideo:
        pipe = load_pipeline(model, settings, device=used_device, offload=offload, lora=found_lora)
        return bind_pipeline(pipe, settings, model.backbone)

    return Plan(
        settings,
        load_model,
        model.backbone.multiple,
        used_device,
        preflight=lambda: tuple(describe_run(model, settings)),
    )


def _alignvid_config(model: Model, gamma: float | None, file: Path | None) -> AlignVidConfig:
    if file is None:
        if model.backbone.alignvid is None:
            raise UserError(
                f"--method alignvid: {model.backbone.name} comes without settings for it; give "
                "them with --alignvid FILE"
            )
        config = model.backbone.alignvid
    else:
        try:
            text = read_file(file, limit=MAX_CONFIG_BYTES)
        except UserError as error:
            raise UserError(f"{file}: can't be read: {error}") from None
        try:
            config = AlignVidConfig.from_json(text.decode())
        except (UnicodeDecodeError, UserError) as error:
            raise UserError(f"{file}: {error}") from None
    return config if gamma is None else config.replace(gamma=gamma)
