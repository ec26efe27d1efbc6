"""A judge that looks at other frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evaluators.frames import Clip, FrameRule
from evaluators.judges.base import Judge, Judgement, fingerprint_of


@dataclass(frozen=True)
class ReframedJudge:
    """The same judge, given frames that lie a part of a step later.

    Attributes:
        inner: Who answers.
        phase: Which part: see `FrameRule`.
    """

    inner: Judge
    phase: float = 0.5

    @property
    def name(self) -> str:
        return f"{self.inner.name}, other frames"

    @property
    def frame_rule(self) -> FrameRule:
        return replace(self.inner.frame_rule, phase=self.phase)

    @property
    def identity(self) -> Mapping[str, object]:
        return {**self.inner.identity, "frame_rule": str(self.frame_rule)}

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        return self.inner.judge(clip, questions)
