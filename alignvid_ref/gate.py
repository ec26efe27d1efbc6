"""Whether the current denoising step is on, decided once per forward of the transformer.

The sites read `Gate.on`, a plain Python bool: no device sync per block, nothing for a compiled
graph to trace, and one guard that tells its two versions apart. Imports no torch.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alignvid_ref.windows import FractionWindow, Window
from omiti2v.errors import UserError


@dataclass(frozen=True)
class Step:
    """One denoising step that the gate saw.

    Attributes:
        trajectory: Which run through the timesteps, from 0: a pipeline call, or one section of a
            FramePack call.
        index: Number of the step within its trajectory, from 0.
        timestep: Its timestep, from 1000 (noise) to 0, whatever unit the model uses.
        on: Whether AlignVid acted.
    """

    trajectory: int
    index: int
    timestep: float
    on: bool


class Gate:
    """Says whether AlignVid acts in the current forward, and remembers the steps.

    Attributes:
        on: Whether the sites scale now. False until the first forward.
        steps: The steps so far, the two passes of classifier-free guidance counted as one.
    """

    def __init__(
        self,
        window: Window,
        *,
        timestep_unit: float = 1000.0,
        scheduler: Callable[[], Any] | None = None,
    ) -> None:
        """
        Args:
            window: The steps that are on.
            timestep_unit: The transformer's timestep that means pure noise.
            scheduler: Gives the diffusers scheduler in use, which knows the number of steps.

        Raises:
            UserError: A fraction window without a scheduler.
        """
        if isinstance(window, FractionWindow) and scheduler is None:
            raise UserError(
                "window: a fraction of the steps needs the number of steps; pass "
                "scheduler=pipe.scheduler, or use alignvid(pipe, config)"
            )
        self.on = False
        self.steps: list[Step] = []
        self._window = window
        self._unit = timestep_unit
        self._scheduler = scheduler
        self._last: tuple[float, int | None] | None = None
        self._schedule: Any = None
        self._warned = False
        self._closed = False

    def enter(self, timestep: float) -> None:
        """Set `on` for the forward that is about to run.

        Args:
            timestep: The largest timestep of the batch, in the transformer's own unit. Models with
                a timestep per token put zeros on the conditioning frame.
        """
        if self._closed:
            return
        timestep = timestep * 1000.0 / self._unit
        scheduler = self._scheduler() if self._scheduler else None
        schedule: Any = None if scheduler is None else scheduler.timesteps
        index = None if scheduler is None else step_position(scheduler, timestep)
        same_schedule = schedule is self._schedule
        if (timestep, index) == self._last and same_schedule:
            return
        if isinstance(self._window, FractionWindow):
            assert index is not None  # noqa: S101  # the constructor asked for a scheduler
            self.on = self._window.contains(index, len(schedule))
        else:
            self.on = self._window.contains(timestep)
        restarted = self._last is not None and (timestep > self._last[0] or not same_schedule)
        if restarted:
            self._warn_if_never_on()
        self._last, self._schedule = (timestep, index), schedule
        previous = self.steps[-1] if self.steps else None
        trajectory, number = (previous.trajectory, previous.index + 1) if previous else (0, 0)
        if restarted:
            trajectory, number = trajectory + 1, 0
        self.steps.append(Step(trajectory, number, timestep, self.on))

    def close(self, *, quietly: bool = False) -> None:
        """Turn off for good. Warns if the last trajectory was off from start to end.

        Args:
            quietly: Give no warning, as when the call was cut short by an exception.
        """
        if not (quietly or self._closed):
            self._warn_if_never_on()
        self.on = False
        self._closed = True
        self._schedule = None

    def _warn_if_never_on(self) -> None:
        if self._warned or not self.steps:
            return
        last = self.steps[-1].trajectory
        steps = [step for step in self.steps if step.trajectory == last]
        if any(step.on for step in steps):
            return
        self._warned = True
        seen = ", ".join(f"{step.timestep:g}" for step in steps[:10])
        more = f" and {len(steps) - 10} more" if len(steps) > 10 else ""
        warnings.warn(
            f"AlignVid was off in a whole run of {len(steps)} steps: no step was inside "
            f"{self._window}. Timesteps seen (1000 is noise): {seen}{more}",
            UserWarning,
            stacklevel=3,
        )


def step_position(scheduler: Any, timestep: float) -> int:
    """Index of the current step in the scheduler's own timesteps.

    Args:
        scheduler: A diffusers scheduler whose timesteps are set.
        timestep: The current timestep, 1000 to 0; used where the scheduler keeps no index.
    """
    if hasattr(scheduler, "step_index"):
        # None until the first step() of a run, also in a new section.
        if scheduler.step_index is not None:
            return int(scheduler.step_index)
        return int(getattr(scheduler, "begin_index", None) or 0)
    return int((scheduler.timesteps - timestep).abs().argmin())
