"""Putting questions to a judge: whatever it does, each question gets one answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from evaluators.engines.judge_runner import JudgeRunner
from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judgement

YES = Judgement("yes", p_yes=0.9, mass=0.8)
QUESTIONS = ("Is it?", "Was it?")


def clip(level: int) -> Clip:
    frames = np.full((2, 4, 4, 3), level, dtype=np.uint8)
    return Clip(frames=frames, times=np.arange(2.0), indices=np.arange(2), fps=1.0)


@dataclass
class PlainJudge:
    """Takes one clip at a time."""

    given: list[Judgement] = field(default_factory=lambda: [YES, YES])
    error: str = ""
    name: str = "plain"
    frame_rule: FrameRule = field(default_factory=lambda: FrameRule(count=2))
    identity: Mapping[str, object] = field(default_factory=dict)
    fingerprint: str = "0" * 64

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        if self.error:
            raise RuntimeError(self.error)
        return self.given


@dataclass(frozen=True)
class Ready:
    level: int

    @property
    def tokens(self) -> int:
        return self.level


@dataclass
class Batching(PlainJudge):
    """Takes several clips at once; breaks on some of them."""

    batch_clips: int = 4
    unprepared: int = -1
    broken: tuple[int, ...] = ()
    sizes: list[int] = field(default_factory=list)

    def prepare(self, clip: Clip, questions: Sequence[str]) -> Ready:
        level = int(clip.frames[0, 0, 0, 0])
        if level == self.unprepared:
            raise ValueError("a clip that it can't read")
        return Ready(level)

    def answer(self, batch: Sequence[Ready]) -> list[list[Judgement]]:
        self.sizes.append(len(batch))
        if any(ready.level in self.broken for ready in batch):
            raise RuntimeError("out of memory")
        return [self.given for _ in batch]


def answers(runner: JudgeRunner, *levels: int) -> list[list[str]]:
    inputs = [runner.prepare(clip(level), QUESTIONS) for level in levels]
    return [[one.answer for one in judged] for judged in runner.answer(inputs)]


def test_a_plain_judge_is_asked_about_one_clip_after_another() -> None:
    runner = JudgeRunner(PlainJudge())
    assert runner.batch_clips == 1
    prepared = runner.prepare(clip(1), QUESTIONS)
    assert (prepared.tokens, prepared.held_bytes) == (0, 2 * 4 * 4 * 3)
    (judged,) = runner.answer([prepared])
    assert [(one.answer, one.p_yes, one.mass, one.reason) for one in judged] == [
        ("yes", 0.9, 0.8, None)
    ] * 2


def test_a_judge_that_empties_its_list_of_questions_is_an_error_of_the_clip() -> None:
    class Emptying(PlainJudge):
        def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
            questions.clear()  # type: ignore[attr-defined]
            return []

    assert answers(JudgeRunner(Emptying()), 1) == [["error", "error"]]


def test_a_judge_that_takes_several_is_asked_once() -> None:
    judge = Batching()
    runner = JudgeRunner(judge)
    assert (runner.batch_clips, runner.prepare(clip(7), QUESTIONS).tokens) == (4, 7)
    assert answers(runner, 1, 2, 3) == [["yes", "yes"]] * 3
    assert judge.sizes == [3]


def test_a_clip_that_breaks_a_batch_costs_the_others_nothing() -> None:
    judge = Batching(broken=(2,))
    assert answers(JudgeRunner(judge), 1, 2, 3) == [["yes"] * 2, ["error"] * 2, ["yes"] * 2]
    assert judge.sizes == [3, 1, 1, 1]


def test_a_clip_that_can_t_be_prepared_is_an_error_with_its_reason() -> None:
    runner = JudgeRunner(Batching(unprepared=2))
    bad = runner.prepare(clip(2), QUESTIONS)
    (judged,) = runner.answer([bad])
    assert {one.reason for one in judged} == {
        "the judge failed: ValueError: a clip that it can't read"
    }
    assert answers(runner, 1, 2) == [["yes"] * 2, ["error"] * 2]


@pytest.mark.parametrize("kind", [PlainJudge, Batching])
def test_too_few_answers_are_not_believed(kind: type[PlainJudge]) -> None:
    runner = JudgeRunner(kind(given=[YES]))
    (judged,) = runner.answer([runner.prepare(clip(1), QUESTIONS)])
    assert {(one.answer, one.p_yes) for one in judged} == {("error", None)}
    assert "1 answers to 2 questions" in str(judged[0].reason)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["yes", "no"], "TypeError: expected a Judgement for each question, got 'yes'"),
        (None, "TypeError: expected a list of Judgement, got None"),
        (
            [YES, Judgement("maybe")],  # type: ignore[arg-type]
            "ValueError: Judgement: answer: input should be 'yes', 'no', 'unknown' or 'error', "
            "got 'maybe'",
        ),
        (
            [YES, Judgement("yes", p_yes=3)],
            "ValueError: Judgement: p_yes: input should be less than or equal to 1, got 3",
        ),
    ],
)
@pytest.mark.parametrize("kind", [PlainJudge, Batching])
def test_what_is_no_judgement_is_an_error_that_says_what_was_expected(
    kind: type[PlainJudge], given: Any, reason: str
) -> None:
    runner = JudgeRunner(kind(given=given))
    (judged,) = runner.answer([runner.prepare(clip(1), QUESTIONS)])
    assert [(one.answer, one.reason) for one in judged] == [
        ("error", f"the judge failed: {reason}")
    ] * 2


def test_a_reason_is_one_line_of_bounded_length() -> None:
    runner = JudgeRunner(PlainJudge(error="out of memory\n" * 50))
    (judged,) = runner.answer([runner.prepare(clip(1), QUESTIONS)])
    reason = str(judged[0].reason)
    assert reason.startswith("the judge failed: RuntimeError: out of memory out of")
    assert "\n" not in reason
    assert len(reason) <= 300
