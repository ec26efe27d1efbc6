"""The solvers of the authors, on diffusers' UniPC."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from alignvid_ref.generation.solver import set_solver


@pytest.mark.parametrize("solver", ["unipc-bh1", "unipc-bh2"])
@pytest.mark.parametrize("steps", [1, 2, 5, 25])
def test_a_solver_ends_at_the_video_that_the_model_points_to(solver: str, steps: int) -> None:
    """With the exact velocity of a straight path, every solver ends on its clean end."""

    class Pipe:
        scheduler: Any = None

    class Settings:
        flow_shift = 3.0

    Settings.solver = solver  # type: ignore[attr-defined]
    pipe = Pipe()
    set_solver(pipe, Settings())  # type: ignore[arg-type]
    generator = torch.Generator().manual_seed(0)
    noise, clean = (torch.randn(1, 4, 2, 4, 4, generator=generator) for _ in range(2))
    pipe.scheduler.set_timesteps(steps)
    sample = noise
    for t in pipe.scheduler.timesteps:
        sample = pipe.scheduler.step(noise - clean, t, sample, return_dict=False)[0]
    assert torch.allclose(sample, clean, atol=1e-4)


def test_a_model_keeps_its_own_solver_where_the_settings_say_so() -> None:
    pipe = SimpleNamespace(scheduler="its own")
    for solver in ("own", None):
        set_solver(pipe, SimpleNamespace(solver=solver, flow_shift=3.0))  # type: ignore[arg-type]
    assert pipe.scheduler == "its own"


def test_the_shift_is_that_of_the_settings_or_follows_from_the_size() -> None:
    pipe = SimpleNamespace(scheduler=None)
    set_solver(pipe, SimpleNamespace(solver="unipc-bh2", flow_shift=3.0))  # type: ignore[arg-type]
    assert pipe.scheduler.config.flow_shift == 3.0
    assert not pipe.scheduler.config.use_dynamic_shifting
    assert pipe.scheduler.config.solver_type == "bh2"
    set_solver(pipe, SimpleNamespace(solver="unipc-bh1", flow_shift=None))  # type: ignore[arg-type]
    assert pipe.scheduler.config.use_dynamic_shifting
    assert (pipe.scheduler.config.solver_type, pipe.scheduler.config.solver_order) == ("bh1", 3)
