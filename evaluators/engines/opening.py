"""How another process opens what it needs: by names and plain values, never by pickled models."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evaluators.engines.base import JudgeCard
from evaluators.engines.examine import Examiner
from evaluators.frames import Limits
from evaluators.metrics import Metric, Observation
from omiti2v.editions import Edition


@dataclass(frozen=True)
class Call:
    """A function and its arguments.

    Attributes:
        target: As "evaluators.judges:load_judge".
        arguments: By name, plain JSON values.
    """

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, **more: Any) -> Any:
        """Import the function and call it, with `more` in place of arguments of those names."""
        module, name = self.target.split(":")
        return getattr(importlib.import_module(module), name)(**{**self.arguments, **more})


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a worker opens.

    Attributes:
        edition: With its images, in a folder that the worker sees too.
        judge: Gives a judge; None where nothing is asked.
        metrics: Gives a sequence of metrics; None for none.
        limits: On each video.
    """

    edition: Edition
    judge: Call | None = None
    metrics: Call | None = None
    limits: Limits = field(default_factory=Limits)

    def examiner(self, device: str | None) -> Examiner:
        """Open everything.

        Args:
            device: The `device` of judge and metrics; None leaves it to their arguments.

        Raises:
            UserError: Something can't be loaded.
        """
        where = {} if device is None else {"device": device}
        return Examiner(
            self.edition,
            judge=self.judge(**where) if self.judge else None,
            metrics=self.metrics(**where) if self.metrics else (),
            limits=self.limits,
        )


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a worker says of itself once it has opened everything.

    Attributes:
        judge: The facts of its judge.
        metrics: Its metrics, which can't be measured with here.
        batch_clips: How many videos its judge takes at once.
    """

    judge: JudgeCard | None
    metrics: Sequence[Metric]
    batch_clips: int

    @classmethod
    def of(cls, examiner: Examiner) -> Card:
        """The card of a worker with this examiner."""
        return cls(
            judge=JudgeCard.of(examiner.judge) if examiner.judge else None,
            metrics=[replace(metric, measure=_elsewhere) for metric in examiner.metrics],
            batch_clips=examiner.batch_clips,
        )


def _elsewhere(observation: Observation) -> Mapping[str, float]:
    raise RuntimeError("this metric's model is in another process")
