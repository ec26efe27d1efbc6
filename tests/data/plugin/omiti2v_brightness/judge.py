"""A judge without a model, as the smallest there can be."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judgement, JudgeSpec, fingerprint_of, frame_rule_for


class BrighterJudge:
    """Says yes where the last frame is brighter than the first."""

    def __init__(self, spec: JudgeSpec) -> None:
        margin = float(spec.options.get("margin", 0))
        self.name = "brighter"
        self.frame_rule = frame_rule_for(spec) or FrameRule(count=2)
        self.identity = {
            "class": "omiti2v_brightness.BrighterJudge",
            "margin": margin,
            "frame_rule": str(self.frame_rule),
        }
        self.fingerprint = fingerprint_of(self.identity)
        self._margin = margin

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        brighter = clip.frames[-1].mean() > clip.frames[0].mean() + self._margin
        return [Judgement("yes" if brighter else "no") for _ in questions]
