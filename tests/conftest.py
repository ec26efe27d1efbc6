"""Judges whose answers are known beforehand, for every test that needs a judge but no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest

from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judge, Judgement, fingerprint_of

TWO_FRAMES = FrameRule(count=2)


@dataclass(frozen=True)
class RuleJudge:
    """A judge that answers by `rule`, a function of the question's text."""

    name: str
    rule: Callable[[str], Judgement]
    frame_rule: FrameRule = TWO_FRAMES

    @property
    def identity(self) -> Mapping[str, object]:
        return {"class": "RuleJudge", "name": self.name, "frame_rule": str(self.frame_rule)}

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        return [self.rule(question) for question in questions]


@pytest.fixture(scope="session")
def always_yes() -> Judge:
    return RuleJudge("always-yes", lambda _: Judgement("yes", p_yes=1.0, mass=1.0))


@pytest.fixture(scope="session")
def always_no() -> Judge:
    return RuleJudge("always-no", lambda _: Judgement("no", p_yes=0.0, mass=1.0))


@pytest.fixture(scope="session")
def knowing_judge() -> Callable[[Mapping[str, str]], Judge]:
    """Builds the judge that knows: from question texts to the answers it gives."""

    def build(answers: Mapping[str, str]) -> Judge:
        def rule(question: str) -> Judgement:
            yes = answers[question] == "yes"
            return Judgement("yes" if yes else "no", p_yes=float(yes), mass=1.0)

        return RuleJudge("knowing", rule)

    return build


@pytest.fixture(scope="session")
def broken_judge() -> Judge:
    """Raises on every call, as a judge that is itself broken does."""

    def rule(question: str) -> Judgement:
        raise RuntimeError("the judge is broken")

    return RuleJudge("broken", rule)
