"""When the gate is on, how it counts steps, and when it warns."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from diffusers import (
    CogVideoXDDIMScheduler,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
)

from alignvid_ref import FractionWindow, TimestepWindow
from alignvid_ref.gate import Gate, step_position
from omiti2v.errors import UserError


def enter_all(gate: Gate, *timesteps: float) -> list[bool]:
    states = []
    for timestep in timesteps:
        gate.enter(timestep)
        states.append(gate.on)
        if gate.on:
            gate.count(1)
    return states


def test_it_is_off_before_the_first_forward() -> None:
    assert not Gate(TimestepWindow()).on


def test_it_follows_the_window() -> None:
    gate = Gate(TimestepWindow())
    assert enter_all(gate, 1000, 950, 900, 500) == [True, True, False, False]


def test_timesteps_from_1_to_0_are_scaled_up() -> None:
    gate = Gate(TimestepWindow(), timestep_unit=1.0)
    assert enter_all(gate, 1.0, 0.95, 0.5) == [True, True, False]
    assert [step.timestep for step in gate.steps] == [1000, 950, 500]


def test_both_passes_of_guidance_are_one_step() -> None:
    gate = Gate(TimestepWindow())
    assert enter_all(gate, 1000, 1000, 500, 500) == [True, True, False, False]
    assert [(step.index, step.timestep) for step in gate.steps] == [(0, 1000), (1, 500)]


def test_a_rising_timestep_starts_a_new_trajectory() -> None:
    gate = Gate(TimestepWindow())
    enter_all(gate, 1000, 500, 1000, 500)
    assert [(step.trajectory, step.index) for step in gate.steps] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]


def test_a_new_schedule_starts_a_new_run_though_its_timestep_rises_no_higher() -> None:
    """As after a call of one step, or one that was cut short at its first."""
    scheduler = SimpleNamespace(timesteps=torch.tensor([1000.0]), step_index=None)
    gate = Gate(TimestepWindow(), scheduler=lambda: scheduler)
    enter_all(gate, 1000.0)
    scheduler.timesteps = torch.tensor([1000.0, 950.0])
    enter_all(gate, 1000.0)
    scheduler.step_index = 1
    enter_all(gate, 950.0)
    assert [(step.trajectory, step.index) for step in gate.steps] == [(0, 0), (1, 0), (1, 1)]


def test_a_run_that_was_never_on_is_warned_of_when_the_schedule_changes() -> None:
    scheduler = SimpleNamespace(timesteps=torch.tensor([800.0]), step_index=None)
    gate = Gate(TimestepWindow(), scheduler=lambda: scheduler)
    gate.enter(800.0)
    scheduler.timesteps = torch.tensor([700.0])
    with pytest.warns(UserWarning, match=r"whole run of 1 steps.*: 800$"):
        gate.enter(700.0)


def stepping(scheduler: Any, steps: int) -> list[tuple[int, float]]:
    """Positions of the gate over a run, with two forwards a step."""
    scheduler.set_timesteps(steps)
    seen = []
    sample = torch.zeros(1, 1, 2, 2)
    for timestep in scheduler.timesteps:
        for _ in range(2):
            seen.append((step_position(scheduler, float(timestep)), float(timestep)))
        sample = scheduler.step(torch.zeros_like(sample), timestep, sample).prev_sample
    return seen


@pytest.mark.parametrize(
    "scheduler",
    [
        FlowMatchEulerDiscreteScheduler(shift=5.0),
        UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        CogVideoXDDIMScheduler(),
    ],
    ids=lambda scheduler: type(scheduler).__name__,
)
def test_the_position_is_that_of_the_scheduler_in_each_of_two_runs(scheduler: Any) -> None:
    for _ in range(2):
        positions = [position for position, _ in stepping(scheduler, 5)]
        assert positions == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("tell", [True, False])
def test_a_run_that_starts_further_on_starts_at_its_own_position(tell: bool) -> None:
    """As of image to image or video to video; not every pipeline tells its scheduler where."""
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(10)
    if tell:
        scheduler.set_begin_index(5)
    gate = Gate(FractionWindow(0, 0.6), scheduler=lambda: scheduler)
    states = []
    for timestep in scheduler.timesteps[5:]:
        states += enter_all(gate, float(timestep))
        scheduler.step(torch.zeros(1, 1, 2, 2), timestep, torch.zeros(1, 1, 2, 2))
    assert states == [True, False, False, False, False]


def test_a_fraction_is_counted_anew_in_each_schedule() -> None:
    scheduler = FlowMatchEulerDiscreteScheduler()
    gate = Gate(FractionWindow(0, 0.5), scheduler=lambda: scheduler)
    sample = torch.zeros(1, 1, 2, 2)
    for steps in (4, 2):
        scheduler.set_timesteps(steps)
        for timestep in scheduler.timesteps:
            enter_all(gate, float(timestep))
            scheduler.step(sample, timestep, sample)
    assert [(step.trajectory, step.on) for step in gate.steps] == [
        (0, True),
        (0, True),
        (0, False),
        (0, False),
        (1, True),
        (1, False),
    ]


def test_with_a_scheduler_steps_that_round_to_one_timestep_are_counted_apart() -> None:
    scheduler = SimpleNamespace(timesteps=torch.tensor([1000.0, 999.0, 998.0]), step_index=None)
    gate = Gate(FractionWindow(0, 0.5), scheduler=lambda: scheduler)
    for index in (None, 1, 2):
        scheduler.step_index = index
        gate.enter(1000.0)
    assert [step.on for step in gate.steps] == [True, True, False]


def test_a_run_that_was_never_on_warns_once_with_the_timesteps_seen() -> None:
    gate = Gate(TimestepWindow())
    with pytest.warns(UserWarning, match=r"whole run of 2 steps.*seen .*: 1, 0\.5$") as caught:
        # A model that counts from 1 to 0 behind settings that expect 1000 to 0.
        enter_all(gate, 1.0, 0.5, 1.0, 0.5)
        gate.warn_if_idle()
    assert len(caught) == 1


def test_the_last_run_is_warned_of() -> None:
    gate = Gate(TimestepWindow())
    enter_all(gate, 800.0, 400.0)
    with pytest.warns(UserWarning, match="AlignVid was off in a whole run of 2 steps"):
        gate.warn_if_idle()


def test_a_run_in_which_steps_were_on_and_nothing_scaled_is_warned_of() -> None:
    gate = Gate(TimestepWindow())
    enter_all(gate, 1000.0, 500.0)
    gate.enter(1000.0)
    with pytest.warns(UserWarning, match="on at 1 of 1 steps, but scaled nothing"):
        gate.warn_if_idle()
    assert [step.acted for step in gate.steps] == [1, 0, 0]


def test_no_step_at_all_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="was never called"):
        Gate(TimestepWindow()).warn_if_idle()


def test_a_step_counts_the_calls_of_all_its_forwards() -> None:
    gate = Gate(TimestepWindow())
    enter_all(gate, 1000.0, 1000.0, 500.0)
    assert [step.acted for step in gate.steps] == [2, 0]


def test_a_fraction_of_a_scheduler_that_stands_still_is_refused() -> None:
    scheduler = FlowMatchEulerDiscreteScheduler()
    gate = Gate(FractionWindow(0, 0.5), scheduler=lambda: scheduler)
    gate.enter(1000.0)
    gate.enter(1000.0)
    with pytest.raises(UserError, match="FlowMatchEulerDiscreteScheduler given does not make"):
        gate.enter(950.0)


@pytest.mark.parametrize("timesteps", [None, torch.tensor([999, 500])], ids=["unset", "others"])
def test_a_fraction_of_a_scheduler_with_other_timesteps_is_refused(timesteps: Any) -> None:
    scheduler = SimpleNamespace(timesteps=timesteps)
    gate = Gate(FractionWindow(0, 0.5), scheduler=lambda: scheduler)
    with pytest.raises(UserError, match="window: the SimpleNamespace given"):
        gate.enter(750.0)


@pytest.mark.parametrize("timesteps", [(1000.0, 500.0), (1000.0, 500.0, 1000.0, 500.0)], ids=str)
def test_no_warning_where_every_run_had_a_step(timesteps: Any) -> None:
    gate = Gate(TimestepWindow())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enter_all(gate, *timesteps)
        gate.warn_if_idle()
