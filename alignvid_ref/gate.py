"""Whether the current denoising step is on, decided once per forward of the transformer.

No device sync per block, and nothing for a compiled graph to trace. Imports no torch.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
        on: Whether the window has it.
        acted: Calls of sites that really scaled so far, over all forwards of the step. 0 at a step
            that is on means that the model computed it without AlignVid, as where a cache skipped
            the blocks. Compiled code can't count its calls: a forward in which only compiled code
            scaled counts as one.
    """

    trajectory: int
    index: int
    timestep: float
    on: bool
    acted: int = field(default=0, compare=False)


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
        self._counter: int | None = None
        self._warned = False

    def enter(self, timestep: float) -> None:
        """Set `on` for the forward that is about to run.

        Args:
            timestep: The largest timestep of the batch, in the transformer's own unit. Models with
                a timestep per token put zeros on the conditioning frame.

        Raises:
            UserError: A fraction window has a scheduler that does not make these steps.
        """
        timestep = timestep * 1000.0 / self._unit
        scheduler = self._scheduler() if self._scheduler else None
        schedule: Any = getattr(scheduler, "timesteps", None)
        index = None if schedule is None else step_position(scheduler, timestep)
        same_schedule = schedule is self._schedule
        if (timestep, index) == self._last and same_schedule:
            return
        if isinstance(self._window, FractionWindow):
            counter = getattr(scheduler, "step_index", index)
            stuck = same_schedule and self._last is not None and counter == self._counter
            self._counter = counter
            if index is None or stuck or is_foreign(scheduler, timestep):
                raise UserError(
                    f"window: the {type(scheduler).__name__} given does not make the steps that "
                    f"the transformer sees (timestep {timestep:g}), so their number is unknown; "
                    "pass the scheduler that the pipeline uses, or use alignvid(pipe, config)"
                )
            self.on = self._window.contains(index, len(schedule))
        else:
            self.on = self._window.contains(timestep)
        restarted = self._last is not None and (timestep > self._last[0] or not same_schedule)
        if restarted:
            self.warn_if_idle()
        self._last, self._schedule = (timestep, index), schedule
        previous = self.steps[-1] if self.steps else None
        trajectory, number = (previous.trajectory, previous.index + 1) if previous else (0, 0)
        if restarted:
            trajectory, number = trajectory + 1, 0
        self.steps.append(Step(trajectory, number, timestep, self.on))

    def count(self, calls: int) -> None:
        """Add calls of sites that scaled to the current step."""
        self.steps[-1] = replace(self.steps[-1], acted=self.steps[-1].acted + calls)

    def warn_if_idle(self) -> None:
        """Warn, once, if the last trajectory was that of the plain model from start to end."""
        last = self.steps[-1].trajectory if self.steps else 0
        steps = [step for step in self.steps if step.trajectory == last]
        if self._warned or any(step.acted for step in steps):
            return
        self._warned = True
        warnings.warn(self._why_idle(steps), UserWarning, stacklevel=3)

    def _why_idle(self, steps: list[Step]) -> str:
        if not steps:
            return (
                "AlignVid was on no step: the transformer that it is attached to was never called. "
                "Attach to the object that the pipeline calls, compiled or not"
            )
        if on := sum(step.on for step in steps):
            return (
                f"AlignVid was on at {on} of {len(steps)} steps, but scaled nothing: its sites "
                "were not called, as where a cache skips the blocks or an adapter replaces norms"
            )
        seen = ", ".join(f"{step.timestep:g}" for step in steps[:10])
        more = f" and {len(steps) - 10} more" if len(steps) > 10 else ""
        return (
            f"AlignVid was off in a whole run of {len(steps)} steps: no step was inside "
            f"{self._window}. Timesteps seen (1000 is noise): {seen}{more}"
        )


def step_position(scheduler: Any, timestep: float) -> int:
    """Index of the current step in the scheduler's own timesteps.

    Args:
        scheduler: A diffusers scheduler whose timesteps are set.
        timestep: The current timestep, 1000 to 0; used where the scheduler keeps no index.
    """
    if hasattr(scheduler, "step_index"):
        # None until the first step() of a run, also in a new section.
        for known in (scheduler.step_index, getattr(scheduler, "begin_index", None)):
            if known is not None:
                return int(known)
        # A run that starts further on, as of video to video, need not say so.
    return int((scheduler.timesteps - timestep).abs().argmin())


def is_foreign(scheduler: Any, timestep: float) -> bool:
    """Whether a scheduler that keeps no index has no step near a timestep, 1000 to 0."""
    # bfloat16 rounds timesteps by up to 2.
    return not hasattr(scheduler, "step_index") and bool(
        (scheduler.timesteps - timestep).abs().min() > 4
    )
