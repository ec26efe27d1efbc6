"""From a user's request to settings and a maker; torch is imported only where a model is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones import BACKBONES, Dtype, preset_named
from alignvid_ref.generation.produce import Maker, control_maker
from alignvid_ref.generation.resolve import (
    CONTROL_BACKBONE,
    Choices,
    Model,
    control_settings,
    find_model,
    model_settings,
)
from alignvid_ref.generation.settings import GenerationSettings
from omiti2v.errors import UserError
from omiti2v.extras import require_extra

MAX_CONFIG_BYTES = 1 << 20


@dataclass(frozen=True)
class Plan:
    """How the videos of a folder are made.

    Attributes:
        settings: Of all of them.
        load_maker: Loads the model, where there is one.
        multiple: What the sides of a video must be a multiple of.
        device: Where the model works; None for a control.
    """

    settings: GenerationSettings
    load_maker: Callable[[], Maker]
    multiple: int
    device: str | None = None


def plan_control(
    control: Literal["still", "pan", "blank"],
    choices: Choices,
    *,
    backbone: str | None = None,
    preset: str | None = None,
) -> Plan:
    """Videos without a model.

    Args:
        control: Which.
        choices: Of the user.
        backbone: Take size, length and rate from this one of `BACKBONES`.
        preset: Take them from this preset.

    Raises:
        UserError: A value is out of its range, or there is no such backbone or preset.
    """
    chosen = CONTROL_BACKBONE
    if preset is not None:
        chosen = preset_named(preset)
    elif backbone is not None:
        if backbone not in BACKBONES:
            raise UserError(
                f"--backbone {backbone}: {control} needs no model; give one of "
                f"{', '.join(BACKBONES)} for its size and length, or leave it out"
            )
        chosen = BACKBONES[backbone]
    settings = control_settings(control, chosen, choices)
    maker = control_maker(control, frames=settings.frames)
    return Plan(settings, lambda: maker, chosen.multiple)


def plan_model(
    method: Literal["baseline", "alignvid", "blur"],
    choices: Choices,
    *,
    backbone: str,
    preset: str | None = None,
    gamma: float | None = None,
    alignvid: Path | None = None,
    dtype: Dtype | Literal["auto"] = "auto",
    device: str | None = None,
    offload: Literal["none", "model", "group"] = "none",
) -> Plan:
    """Videos that a model makes.

    Args:
        method: Which.
        choices: Of the user.
        backbone: See `find_model`.
        preset: See `find_model`.
        gamma: Of AlignVid, instead of the config's.
        alignvid: A file with an AlignVid config, instead of the backbone's preset.
        dtype: Of the transformer.
        device: Where the model works.
        offload: See `load_pipeline`.

    Raises:
        UserError: Something of it does not exist, does not fit, or is not installed.
    """
    # What is wrong with the request is said before torch is loaded.
    model = find_model(backbone, preset=preset)
    config = _alignvid_config(model, gamma, alignvid) if method == "alignvid" else None
    require_extra(f"--method {method}", "alignvid", "torch", "diffusers")
    from alignvid_ref.generation.pipelines import (
        choose_device,
        choose_dtype,
        load_pipeline,
        pipeline_maker,
    )

    used_device = choose_device(device)
    settings = model_settings(
        method, model, choices, dtype=choose_dtype(dtype, used_device), alignvid=config
    )

    def load_maker() -> Maker:
        pipe = load_pipeline(model, settings, device=used_device, offload=offload)
        return pipeline_maker(pipe, settings)

    return Plan(settings, load_maker, model.backbone.multiple, used_device)


def _alignvid_config(model: Model, gamma: float | None, file: Path | None) -> AlignVidConfig:
    if file is None:
        backbone = model.backbone
        config = AlignVidConfig.preset(backbone.alignvid, **backbone.alignvid_changes)
    else:
        try:
            with file.open("rb") as opened:
                text = opened.read(MAX_CONFIG_BYTES)
            config = AlignVidConfig.from_json(text.decode())
        except OSError as error:
            raise UserError(f"{file}: can't be read: {error.strerror}") from None
        except (UnicodeDecodeError, UserError) as error:
            raise UserError(f"{file}: {error}") from None
    return config if gamma is None else config.replace(gamma=gamma)
