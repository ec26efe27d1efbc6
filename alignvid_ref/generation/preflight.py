"""What a run will do and take, told before its first video, from configurations and file headers.

No weights are loaded. torch and diffusers are imported only where a model is asked about.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from alignvid_ref.baselines import AlgConfig, DymosConfig
from alignvid_ref.config import AlignVidConfig, FractionWindow, Window
from alignvid_ref.generation.backbones import Backbone
from alignvid_ref.generation.model_costs import (
    count_parameters,
    forward_flops,
    vae_compression,
    video_tokens,
)
from alignvid_ref.generation.resolve import Model, part_folders
from alignvid_ref.generation.settings import GenerationSettings
from omiti2v.errors import UserError
from omiti2v.model_files import read_json_object
from omiti2v.plugins import load_object
from omiti2v.plurals import counted

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_FRAMEPACK = "HunyuanVideoFramepackPipeline"
_FRAMEPACK_FRAMES = 33  # that one section is denoised from


def passes_per_step(backbone: Backbone, settings: GenerationSettings) -> int:
    """How often the transformer runs a step, the two halves of a batch counted as two.

    Two under classifier-free guidance, which is when a negative prompt is looked at; one without it
    and in models to which guidance is a number among their inputs (HunyuanVideo, FramePack), told
    by the second scale that their pipelines take.
    """
    import diffusers

    path = backbone.pipeline
    cls = load_object(path) if ":" in path else getattr(diffusers, path)
    taken = inspect.signature(cls.__call__).parameters
    guided = "negative_prompt" in taken and "true_cfg_scale" not in taken
    return 2 if guided and (settings.guidance_scale or 0) > 1 else 1


def describe_videos(settings: GenerationSettings) -> str:
    """Size, length and rate of the videos, in one line."""
    about = "" if settings.fit == "exact" else "in the shape of its image, about "
    return (
        f"each {about}{settings.width}x{settings.height}, {settings.frames} frames at "
        f"{settings.fps} a second"
    )


def describe_run(model: Model, settings: GenerationSettings) -> Iterator[str]:
    """What a model will do and take, in a few lines.

    Raises:
        UserError: AlignVid would be on at no step, the scheduler that is asked for is not possible,
            or the model's files can't be read.
    """
    parts = part_folders(model)
    transformer = _config(parts, "transformer")
    framepack = settings.pipeline == _FRAMEPACK
    tokens = video_tokens(
        transformer,
        vae_compression(_config(parts, "vae")),
        settings.model_copy(update={"frames": _FRAMEPACK_FRAMES}) if framepack else settings,
    )
    timesteps = _timesteps(parts, settings, tokens)
    passes = passes_per_step(model.backbone, settings)
    steps = settings.steps or 0
    text = f"{steps} steps"
    if framepack:
        sections = (settings.frames - 1) // model.backbone.frames_per_section
        text += f" in each of {counted(sections, 'section')}"
    text += f", guidance {settings.guidance_scale:g}, "
    text += f"{'two passes' if passes > 1 else 'one pass'} a step"
    parameters = {name: count_parameters(folder) for name, folder in parts.items()}
    cost = None
    if not framepack:
        cost = forward_flops(transformer, parameters.get("transformer", 0), tokens)
    early = _early_steps(settings)
    # ALG takes one more at each step in which it acts.
    forwards = passes * steps + (len(early) if settings.method == "alg" else 0)
    if cost is not None:
        text += f": about {_si(cost * forwards)}FLOP a video in the transformer"
    yield text
    if early:
        third = ", with one pass more" if settings.method == "alg" else ""
        yield f"{settings.method} acts at {len(early)} of {steps} steps: {_ranges(early)}{third}"
    if settings.alignvid:
        yield _describe_window(AlignVidConfig.from_json(settings.alignvid).window, steps, timesteps)
    yield _describe_memory(_weight_bytes(parameters, model.backbone, settings))


def _early_steps(settings: GenerationSettings) -> tuple[int, ...]:
    if settings.method == "alg":
        until = AlgConfig.model_validate_json(settings.method_config or "{}").until
    elif settings.method == "dymos":
        until = DymosConfig.model_validate_json(settings.method_config or "{}").until
    else:
        return ()
    return steps_on(FractionWindow(0, until), settings.steps or 0, None) or ()


def steps_on(
    window: Window, steps: int, timesteps: Sequence[float] | None
) -> tuple[int, ...] | None:
    """The steps, from 0, at which a window is on.

    Args:
        window: Of AlignVid.
        steps: How many there are.
        timesteps: Of each, 1000 to 0; None where they are not known.

    Returns:
        None where it depends on timesteps that are not known.
    """
    if isinstance(window, FractionWindow):
        return tuple(index for index in range(steps) if window.contains(index, steps))
    if timesteps is None:
        return None
    return tuple(index for index, timestep in enumerate(timesteps) if window.contains(timestep))


def _describe_window(window: Window, steps: int, timesteps: Sequence[float] | None) -> str:
    on = steps_on(window, steps, timesteps)
    if on is None:
        return f"AlignVid: which steps it is on at is not known beforehand for this model; {window}"
    if not on:
        seen = ", ".join(f"{timestep:.4g}" for timestep in (timesteps or ())[:10])
        raise UserError(
            f"--method alignvid: would be on at none of {steps} steps, which is the baseline: "
            f"no step is in {window}"
            + (f", with timesteps (1000 is noise) {seen}" if seen else "")
            + "; give more --steps, another --flow-shift, or another window in --alignvid FILE"
        )
    return f"AlignVid is on at {len(on)} of {steps} steps: {_ranges(on)}"


def _ranges(indices: Sequence[int]) -> str:
    """Indices from 0 as numbers from 1: "1-3, 5"."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][-1] + 1:
            runs[-1][1:] = [index]
        else:
            runs.append([index])
    return ", ".join("-".join(str(index + 1) for index in run) for run in runs)


def _weight_bytes(
    parameters: Mapping[str, int], backbone: Backbone, settings: GenerationSettings
) -> dict[str, int]:
    chosen = str(settings.dtype)
    own = {} if chosen == "float32" else backbone.part_dtypes
    return {
        name: count * _BYTES[own.get(name, chosen)] for name, count in parameters.items() if count
    }


def _describe_memory(sizes: Mapping[str, int]) -> str:
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:3]
    named = ", ".join(f"{name} {_si(size)}B" for name, size in largest)
    return (
        f"memory for the weights: {_si(sum(sizes.values()))}B ({named}), what is computed "
        "comes on top"
    )


def _si(value: float) -> str:
    """A number with a prefix to a unit that follows: "12.3 P"."""
    for prefix, unit in (("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9)):
        if value >= unit:
            return f"{value / unit:.3g} {prefix}"
    return f"{value / 1e6:.3g} M"


def describe_time(seconds: float) -> str:
    """A time to wait: "40 s", "6 min", "41 h 53 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _config(parts: Mapping[str, Path], name: str) -> dict[str, Any]:
    path = parts[name] / "config.json" if name in parts else None
    return read_json_object(path, "a part's settings") if path and path.exists() else {}


def _timesteps(
    parts: Mapping[str, Path], settings: GenerationSettings, tokens: int | None
) -> list[float] | None:
    import diffusers

    from alignvid_ref.generation.solver import chosen_scheduler, planned_timesteps

    path = parts["scheduler"] / "scheduler_config.json" if "scheduler" in parts else None
    if path is None or not path.exists():
        return None
    cls = getattr(diffusers, str(read_json_object(path, "a scheduler").get("_class_name")), None)
    if cls is None:
        return None
    scheduler = chosen_scheduler(cls.from_pretrained(path.parent), settings)
    return planned_timesteps(scheduler, settings.pipeline, settings.steps or 0, tokens=tokens)
