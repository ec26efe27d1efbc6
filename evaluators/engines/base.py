"""What an engine is: something that does tasks, in this process, in others or on other machines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.frames import FrameRule
from evaluators.judges import Judge, Usage
from evaluators.metrics import Metric


@dataclass(frozen=True)
class JudgeInfo:
    """What is known of a judge, wherever it runs; see `evaluators.judges.Judge`."""

    name: str
    frame_rule: FrameRule
    identity: Mapping[str, object]
    fingerprint: str

    @classmethod
    def of(cls, judge: Judge) -> JudgeInfo:
        """The information of a judge that is here."""
        return cls(judge.name, judge.frame_rule, dict(judge.identity), judge.fingerprint)


class Engine(ABC):
    """Does tasks. It decides nothing and writes nothing: whoever runs it does both."""

    @property
    @abstractmethod
    def judge(self) -> JudgeInfo | None:
        """Who answers; None where nobody is asked."""

    @property
    @abstractmethod
    def metrics(self) -> Sequence[Metric]:
        """What can be measured; where their models are elsewhere, not with these objects."""

    @property
    @abstractmethod
    def usage(self) -> Usage | None:
        """The judge's tokens so far; None where it does not count them."""

    @abstractmethod
    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        """Do the tasks.

        Args:
            tasks: Drawn as there is room for them, a bounded number ahead of the results.

        Yields:
            Results as they come, in any order, in batches that were computed together. Each task
            has one result that is complete, and a few have others before it.

        Raises:
            UserError: Nothing more can be done, because a reference image can't be read for
                instance.
        """

    def close(self) -> None:  # noqa: B027 (an engine of this process holds nothing)
        """Let go of other processes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
