"""What a worker loads for itself, as plain values: models are never sent between processes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evaluators.engines.base import JudgeInfo
from evaluators.engines.examine import Examiner
from evaluators.frames import Limits
from evaluators.judges import JudgeSpec, load_judge
from evaluators.judges.reframed import ReframedJudge
from evaluators.metrics import Metric, Observation, load_metrics
from evaluators.metrics.base import no_remark
from omiti2v.editions import Edition


@dataclass(frozen=True, kw_only=True)
class MetricSelection:
    """Which metrics are measured, as arguments of `evaluators.metrics.load_metrics`.

    Attributes:
        names: By their names.
        weights: Where the weights of models are, by the names of the weights.
        device: A torch device; None takes "cuda" where there is one, else "cpu".
    """

    names: Sequence[str] = ()
    weights: Mapping[str, str] = field(default_factory=dict)
    device: str | None = None


@dataclass(frozen=True, kw_only=True)
class WorkerSetup:
    """What a worker loads.

    Attributes:
        edition: With its images, in a folder that the worker sees too.
        judge: None where nothing is asked.
        phase: Of the frames that the judge looks at, see `FrameRule`; 0 for those of its own rule.
        metrics: None for none.
        limits: On each video.
        search_folder: Where a worker looks for modules that it finds nowhere else: the folder that
            a `module:Class` of the command line may lie in. None for no such folder.
    """

    edition: Edition
    judge: JudgeSpec | None = None
    phase: float = 0.0
    metrics: MetricSelection | None = None
    limits: Limits = field(default_factory=Limits)
    search_folder: Path | None = None

    def examiner(self, device: str | None) -> Examiner:
        """Load everything.

        Args:
            device: Where judge and metrics run; None leaves it to their own options.

        Raises:
            UserError: Something can't be loaded.
        """
        if self.search_folder and str(self.search_folder) not in sys.path:
            sys.path.append(str(self.search_folder))
        judge = None
        if self.judge:
            judge = load_judge(self.judge, **({"device": device} if device else {}))
            judge = ReframedJudge(judge, self.phase) if self.phase else judge
        chosen = self.metrics or MetricSelection()
        metrics = load_metrics(chosen.names, weights=chosen.weights, device=device or chosen.device)
        return Examiner(self.edition, judge=judge, metrics=metrics, limits=self.limits)


@dataclass(frozen=True, kw_only=True)
class WorkerInfo:
    """What a worker says of itself once it has loaded everything.

    Attributes:
        judge: None where nothing is asked.
        metrics: Its metrics, which can't be measured with here.
        batch_clips: How many videos its judge takes at once.
    """

    judge: JudgeInfo | None
    metrics: Sequence[Metric]
    batch_clips: int

    @classmethod
    def of(cls, examiner: Examiner) -> WorkerInfo:
        """The information of a worker with this examiner."""
        return cls(
            judge=JudgeInfo.of(examiner.judge) if examiner.judge else None,
            metrics=[
                replace(metric, measure=measured_elsewhere, remark=no_remark)
                for metric in examiner.metrics
            ],
            batch_clips=examiner.batch_clips,
        )


def measured_elsewhere(observation: Observation) -> Mapping[str, float]:
    """The `measure` of a metric whose model is not in this process."""
    raise RuntimeError("this metric's model is in another process")
