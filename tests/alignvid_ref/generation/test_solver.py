"""The schedulers of flow matching that take the place of a model's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import diffusers
import pytest
import torch

from alignvid_ref.generation.solver import chosen_scheduler, set_solver
from omiti2v.errors import UserError

OWN = diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0)


def choice(solver: str | None, shift: float | None = None, pipeline: str = "Wan") -> Any:
    return SimpleNamespace(solver=solver, flow_shift=shift, pipeline=pipeline, backbone="a model")


@pytest.mark.parametrize("solver", ["unipc-bh1", "unipc-bh2", "euler", "dpm++"])
@pytest.mark.parametrize("steps", [1, 2, 5, 25])
def test_a_solver_ends_at_the_video_that_the_model_points_to(solver: str, steps: int) -> None:
    """With the exact velocity of a straight path, every solver ends on its clean end."""
    pipe = SimpleNamespace(scheduler=OWN)
    set_solver(pipe, choice(solver, 3.0))
    generator = torch.Generator().manual_seed(0)
    noise, clean = (torch.randn(1, 4, 2, 4, 4, generator=generator) for _ in range(2))
    pipe.scheduler.set_timesteps(steps)
    # Not all begin at noise alone.
    sample = pipe.scheduler.sigmas[0] * noise + (1 - pipe.scheduler.sigmas[0]) * clean
    for t in pipe.scheduler.timesteps:
        sample = pipe.scheduler.step(noise - clean, t, sample, return_dict=False)[0]
    assert torch.allclose(sample, clean, atol=1e-4)


def test_a_model_keeps_its_own_where_the_settings_say_so() -> None:
    assert chosen_scheduler(OWN, choice("own")) is OWN
    assert chosen_scheduler(OWN, choice(None)) is OWN


@pytest.mark.parametrize(
    "own",
    [
        OWN,
        diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        diffusers.UniPCMultistepScheduler(
            use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=5.0
        ),
    ],
)
@pytest.mark.parametrize("solver", ["own", "euler", "unipc-bh2", "dpm++"])
def test_a_shift_that_is_asked_for_is_the_shift(own: Any, solver: str) -> None:
    scheduler = chosen_scheduler(own, choice(solver, 3.0))
    scheduler.set_timesteps(4)
    half = scheduler.timesteps[2] / 1000
    unshifted = chosen_scheduler(own, choice(solver, 1.0))
    unshifted.set_timesteps(4)
    sigma = unshifted.timesteps[2] / 1000
    expected = 3 * sigma / (1 + 2 * sigma)
    if "Euler" in type(scheduler).__name__:  # which shifts its smallest sigma too
        assert half > sigma
    else:
        assert half == pytest.approx(float(expected), abs=2e-3)


def test_without_one_the_models_own_shift_stays_or_follows_from_the_size() -> None:
    assert chosen_scheduler(OWN, choice("unipc-bh2")).config.flow_shift == 7.0
    assert chosen_scheduler(OWN, choice("dpm++")).config.flow_shift == 7.0
    unipc = diffusers.UniPCMultistepScheduler(
        use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=5.0
    )
    assert chosen_scheduler(unipc, choice("euler")).config.shift == 5.0
    sized = diffusers.FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05
    )
    for solver in ("unipc-bh2", "euler"):
        config = chosen_scheduler(sized, choice(solver)).config
        assert (config.use_dynamic_shifting, config.base_shift, config.max_shift) == (
            True,
            0.95,
            2.05,
        )


def test_framepacks_solver_is_of_third_order_and_shifted_by_the_size() -> None:
    config = chosen_scheduler(
        OWN, choice("unipc-bh1", pipeline="HunyuanVideoFramepackPipeline")
    ).config
    assert config.use_dynamic_shifting
    assert (config.solver_type, config.solver_order) == ("bh1", 3)
    wan = chosen_scheduler(OWN, choice("unipc-bh2", 3.0)).config
    assert (wan.solver_type, wan.flow_shift, wan.use_dynamic_shifting) == ("bh2", 3.0, False)


def test_what_a_model_cannot_work_with_is_refused() -> None:
    other = diffusers.CogVideoXDDIMScheduler()
    for solver, shift, option in (
        ("own", 3.0, "--flow-shift"),
        ("euler", None, "--scheduler euler"),
    ):
        with pytest.raises(UserError, match=f"{option}: is for flow matching, and a model comes"):
            chosen_scheduler(other, choice(solver, shift))
    with pytest.raises(UserError, match=r"--scheduler dpm\+\+: a model gives its noise levels"):
        chosen_scheduler(OWN, choice("dpm++", pipeline="LTXImageToVideoPipeline"))
