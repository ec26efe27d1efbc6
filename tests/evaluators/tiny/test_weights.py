"""The weights in the package look at the frames and answer rightly."""

from __future__ import annotations

import pytest

from evaluators.judges.transformers_judge import TransformersJudge
from evaluators.tiny.judge import WEIGHTS, tiny_judge
from evaluators.tiny.measure import CONDITIONS, measure

CLIPS = 60
BY_NAME = {condition.name: condition for condition in CONDITIONS}


@pytest.fixture(scope="module")
def judge() -> TransformersJudge:
    return tiny_judge()


def share(judge: TransformersJudge, condition: str, name: str = "all") -> float:
    right, asked = measure(judge, BY_NAME[condition], CLIPS)[name]
    return right / asked


def test_held_out_questions_of_both_answers_are_answered_rightly(judge: TransformersJudge) -> None:
    counts = measure(judge, BY_NAME["held out"], CLIPS)
    for name in ("all", "answer yes", "answer no"):
        right, asked = counts[name]
        assert right / asked > 0.94, name


@pytest.mark.parametrize("condition", ["more noise", "128x128", "twice as long", "double speed"])
def test_nuisances_that_were_never_trained_on_do_little_harm(
    judge: TransformersJudge, condition: str
) -> None:
    assert share(judge, condition) > 0.85


@pytest.mark.parametrize("condition", ["pixels shuffled", "another sample's video"])
def test_without_the_right_pixels_it_is_at_chance(judge: TransformersJudge, condition: str) -> None:
    assert share(judge, condition) < 0.72


def test_the_package_holds_all_that_the_judge_needs_below_ten_megabytes() -> None:
    sizes = {path.name: path.stat().st_size for path in WEIGHTS.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= set(sizes)
    assert sum(sizes.values()) < 10_000_000
