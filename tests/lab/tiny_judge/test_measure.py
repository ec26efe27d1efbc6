"""The weights in the package look at the frames and answer rightly."""

from __future__ import annotations

import json

import pytest

from evaluators.judges import load_judge
from evaluators.judges.transformers_judge import TransformersJudge
from evaluators.tiny import WEIGHTS
from evaluators.tiny.judge import tiny_judge
from lab.tiny_judge.examples import make_example
from lab.tiny_judge.measure import CONDITIONS, SEED, Counts, guess_blindly, measure, tally

CLIPS = 60
BY_NAME = {condition.name: condition for condition in CONDITIONS}


@pytest.fixture(scope="module")
def judge() -> TransformersJudge:
    return tiny_judge()


@pytest.fixture(scope="module")
def chance() -> float:
    """What can be got on these clips without looking."""
    examples = [make_example(index, seed=SEED, held_out=True) for index in range(CLIPS)]
    return share(tally(examples, guess_blindly(examples)))


def share(counts: Counts, name: str = "all") -> float:
    right, asked = counts[name]
    return right / asked


def test_held_out_questions_of_both_answers_are_answered_rightly(judge: TransformersJudge) -> None:
    counts = measure(judge, BY_NAME["held out"], CLIPS)
    assert share(counts) >= 0.97
    assert share(counts, "answer yes") >= 0.95
    assert share(counts, "answer no") >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("condition", ["more noise", "128x128", "double speed"])
def test_nuisances_that_were_never_trained_on_do_little_harm(
    judge: TransformersJudge, condition: str
) -> None:
    assert share(measure(judge, BY_NAME[condition], CLIPS)) > 0.85


@pytest.mark.parametrize("condition", ["all values shuffled", "another sample's video"])
def test_without_the_right_pixels_it_is_at_chance(
    judge: TransformersJudge, condition: str, chance: float
) -> None:
    assert share(measure(judge, BY_NAME[condition], CLIPS)) < chance + 0.03


def test_the_card_s_numbers_are_those_that_were_measured() -> None:
    card = (WEIGHTS / "README.md").read_text()
    columns = ("all", "answer yes", "answer no", "sample's own questions")
    for name, counts in json.loads((WEIGHTS / "accuracy.json").read_text()).items():
        shares = " | ".join(f"{100 * share(counts, column):.1f}" for column in columns)
        assert f"| {name} | {shares} | {counts['all'][1]} |" in card


def test_the_measured_numbers_are_as_good_as_was_asked_for() -> None:
    measured = json.loads((WEIGHTS / "accuracy.json").read_text())
    assert share(measured["held out"]) >= 0.97
    for name in ("answer yes", "answer no"):
        assert share(measured["held out"], name) >= 0.95
    nuisances = [name for name in BY_NAME if name != "held out"][:9]
    assert nuisances[-1] == "coarse compression"
    for name in nuisances:
        assert share(measured[name]) >= 0.85, name


def test_it_is_the_judge_called_tiny(judge: TransformersJudge) -> None:
    named = load_judge("tiny")
    assert named.name == "tiny"
    assert named.fingerprint == judge.fingerprint


def test_the_package_holds_all_that_the_judge_needs_below_ten_megabytes() -> None:
    sizes = {path.name: path.stat().st_size for path in WEIGHTS.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= set(sizes)
    assert {"accuracy.json", "training.log"} <= set(sizes)
    assert sum(sizes.values()) < 10_000_000
