"""Everything that the videos of one folder have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from alignvid_ref.generation.image_fit import Fit
from omiti2v.records import Record, brief

Method = Literal[
    "baseline", "alignvid", "guidance", "blur", "alg", "dymos", "still", "pan", "blank"
]

Dtype = Literal["float32", "bfloat16", "float16"]
Solver = Literal["own", "unipc-bh1", "unipc-bh2", "euler", "dpm++"]
Sampling = Literal["inverted_anti_drifting", "vanilla"]

Side = Annotated[int, Field(ge=16, le=8192, multiple_of=2)]


class GenerationSettings(Record):
    """How videos are made. Two videos of one sample with equal settings are the same video.

    Attributes:
        method: `baseline` for the model alone, `alignvid`, `blur` for the model on a blurred image,
            `guidance`, `alg` and `dymos` (`alignvid_ref.baselines`), or a control that needs no
            model: `still`, `pan`, `blank`.
        seed: From which each video's own seed is derived.
        fit: How the size of a video follows from height, width and the image.
        height: In pixels; under `area` and `buckets` of the nominal size.
        width: The same.
        frames: Of each video.
        fps: Frames per second.
        backbone: Name of the model; None for a control, as is all that follows.
        revision: Commits of its weights, or the digest of a local folder.
        pipeline: The diffusers pipeline.
        steps: Denoising steps.
        guidance_scale: As the pipeline takes it.
        solver: `own` for the scheduler that comes with the weights.
        flow_shift: Of the solver's noise schedule; None keeps that of the model's own.
        sampling: FramePack's `sampling_type`.
        vae_tiling: Whether the VAE works tile by tile, which changes the numbers a little.
        dtype: Of the transformer.
        alignvid: The config of the method `alignvid`, as JSON.
        method_config: The config of the methods `guidance`, `alg` and `dymos`, as JSON.
        negative_prompt: What guidance leads away from; None for the pipeline's own, which is empty.
        lora: Name and digest of the LoRA on the transformer, as "name@sha256:<64 hex digits>".
        lora_weight: How strongly it acts.
    """

    method: Method
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    fit: Fit
    height: Side
    width: Side
    frames: Annotated[int, Field(ge=1, le=100_000)]
    fps: Annotated[int, Field(ge=1, le=240)]
    backbone: str | None = None
    revision: str | None = None
    pipeline: str | None = None
    steps: Annotated[int, Field(ge=1, le=10_000)] | None = None
    guidance_scale: float | None = None
    solver: Solver | None = None
    flow_shift: Annotated[float, Field(gt=0)] | None = None
    sampling: Sampling | None = None
    vae_tiling: bool | None = None
    dtype: Dtype | None = None
    alignvid: str | None = None
    method_config: str | None = None
    negative_prompt: str | None = None
    lora: str | None = None
    lora_weight: float | None = None


def describe_difference(here: dict[str, Any], wanted: dict[str, Any]) -> str | None:
    """The first setting that is not the same, as part of an error message; None where all are.

    Args:
        here: Settings of videos that are there.
        wanted: Settings of the videos to be made.
    """
    for name, value in wanted.items():
        if name in here and here[name] != value:
            return f"{name} {brief(here[name])} there, {brief(value)} asked for"
    return None
