"""The scheduler of a run: the model's own, or another one of flow matching from diffusers."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler

from alignvid_ref.generation.settings import GenerationSettings
from omiti2v.errors import UserError

# How diffusers' pipelines set the timesteps, by the start of their names.
_COUNT = ("Wan", "CogVideoX")  # number of steps only
_SIGMAS = ("HunyuanVideo", "LTXImageToVideo")  # sigmas from 1 to 1/n
_FRAMEPACK = "HunyuanVideoFramepack"
# What a pipeline reads from its scheduler, and what another one must keep of the model's own.
_TERMS = (
    "num_train_timesteps",
    "base_image_seq_len",
    "max_image_seq_len",
    "base_shift",
    "max_shift",
    "shift_terminal",
)


class FinishingUniPC(UniPCMultistepScheduler):  # type: ignore[misc, unused-ignore]
    """UniPC whose last step, to sigma 0, is the model's own estimate of the clean video.

    That is what every form of UniPC comes to there; diffusers computes it as infinity times zero
    under `bh1` and gets NaN. It is also how FramePack's solver ends.
    """

    def multistep_uni_p_bh_update(
        self, model_output: torch.Tensor, *args: Any, **kwargs: Any
    ) -> torch.Tensor:
        """See `UniPCMultistepScheduler.multistep_uni_p_bh_update`."""
        if self.sigmas[self.step_index + 1] == 0:
            latest: Any = self.model_outputs[-1]
            estimate: torch.Tensor = latest.to(kwargs["sample"].dtype)
            return estimate
        updated: torch.Tensor = super().multistep_uni_p_bh_update(model_output, *args, **kwargs)
        return updated


def set_solver(pipe: Any, settings: GenerationSettings) -> None:
    """Give a pipeline the scheduler of the settings; see `chosen_scheduler`."""
    pipe.scheduler = chosen_scheduler(pipe.scheduler, settings)


def chosen_scheduler(own: Any, settings: GenerationSettings) -> Any:
    """The scheduler of the settings.

    Without a flow shift in the settings it keeps the model's own shift; where that follows from the
    size of the video, as always in FramePack, it goes on to do so.

    Args:
        own: The diffusers scheduler that comes with the weights.
        settings: Say solver, flow shift and pipeline.

    Returns:
        `own` itself where nothing else is asked for.

    Raises:
        UserError: The model's scheduler is none of flow matching, or the pipeline can't work with
            the one that is asked for.
    """
    solver, shift = settings.solver or "own", settings.flow_shift
    if solver == "own" and shift is None:
        return own
    config = dict(own.config)
    named = next((name for name in ("flow_shift", "shift") if name in config), None)
    if named is None or not _is_flow(own):
        option = "--flow-shift" if solver == "own" else f"--scheduler {solver}"
        raise UserError(
            f"{option}: is for flow matching, and {settings.backbone} comes with "
            f"{type(own).__name__}; leave it out"
        )
    pipeline = _name(settings.pipeline)
    by_size = shift is None and (
        config.get("use_dynamic_shifting") or pipeline.startswith(_FRAMEPACK)
    )
    shift = config[named] if shift is None else shift
    if solver == "own":
        fixed = {"use_dynamic_shifting": False} if "use_dynamic_shifting" in config else {}
        return type(own).from_config(own.config, **fixed, **{named: shift})
    if solver == "euler":
        return _made(
            FlowMatchEulerDiscreteScheduler, own, shift=shift, use_dynamic_shifting=bool(by_size)
        )
    options: dict[str, Any] = {"prediction_type": "flow_prediction", "use_flow_sigmas": True}
    options |= {"use_dynamic_shifting": True} if by_size else {"flow_shift": shift}
    if solver == "dpm++":
        if pipeline.startswith(_SIGMAS):
            raise UserError(
                f"--scheduler dpm++: {settings.backbone} gives its noise levels to the scheduler, "
                "which this one does not take; choose unipc-bh2 or euler"
            )
        return _made(DPMSolverMultistepScheduler, own, algorithm_type="dpmsolver++", **options)
    if solver == "unipc-bh1":
        # As FramePack's: third order up to the last step.
        options |= {"solver_type": "bh1", "solver_order": 3, "lower_order_final": False}
    return _made(FinishingUniPC, own, **options)


def planned_timesteps(
    scheduler: Any, pipeline: str | None, steps: int, *, tokens: int | None = None
) -> list[float] | None:
    """The timesteps that a pipeline will take, from 1000 (noise) to 0.

    Args:
        scheduler: Of the run; its timesteps are set.
        pipeline: The pipeline, as in the settings.
        steps: Denoising steps.
        tokens: Of the video in the transformer, where a shift follows from the size.

    Returns:
        None where it is not known how the pipeline sets them, or `tokens` is needed and absent.
    """
    name = _name(pipeline)
    arguments: dict[str, Any] = {}
    if name.startswith(_SIGMAS):
        arguments["sigmas"] = np.linspace(1.0, 1 / steps, steps)
    elif not name.startswith(_COUNT):
        return None
    if scheduler.config.get("use_dynamic_shifting"):
        if tokens is None or "sigmas" not in arguments:
            return None
        arguments["mu"] = _shift_of(tokens, scheduler.config)
        if name.startswith(_FRAMEPACK):
            arguments["mu"] = min(arguments["mu"], math.log(7.0))
    scheduler.set_timesteps(**(arguments or {"num_inference_steps": steps}))
    return [float(timestep) for timestep in scheduler.timesteps]


def _shift_of(tokens: int, config: Any) -> float:
    """Logarithm of the shift, a line through two points in the number of tokens (as in FLUX)."""
    few, many = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    low, high = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
    return float(low + (tokens - few) * (high - low) / (many - few))


def _is_flow(scheduler: Any) -> bool:
    return type(scheduler).__name__.startswith("FlowMatch") or (
        scheduler.config.get("prediction_type") == "flow_prediction"
        and bool(scheduler.config.get("use_flow_sigmas"))
    )


def _made(cls: Any, own: Any, **options: Any) -> Any:
    taken = inspect.signature(cls.__init__).parameters
    terms = {name: own.config[name] for name in _TERMS if name in own.config}
    scheduler = cls(**{name: value for name, value in terms.items() if name in taken}, **options)
    scheduler.register_to_config(
        **{name: value for name, value in terms.items() if name not in taken}
    )
    return scheduler


def _name(pipeline: str | None) -> str:
    """The pipeline's class; empty for one that is not of diffusers."""
    return "" if pipeline is None or ":" in pipeline else pipeline
