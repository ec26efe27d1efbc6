"""Comparing runs with several takes a sample: equal seeds are paired, each sample counts once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from run_rows import as_takes

from omiti2v.comparison import compare_runs
from omiti2v.comparison.judge_agreement import judge_agreement
from omiti2v.comparison.match import matched_videos
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample

Make = Callable[..., Run]


def right(sample: Sample, question: Question) -> str:
    return question.expected_answer


def wrong(sample: Sample, question: Question) -> str:
    return "no" if question.expected_answer == "yes" else "yes"


@pytest.fixture
def good(edition: Edition, make_run: Make) -> Run:
    return make_run(edition, "good", right, speeds={"s000": 1.0})


@pytest.fixture
def bad(edition: Edition, make_run: Make) -> Run:
    return make_run(edition, "bad", wrong, speeds={"s000": 3.0})


def test_equal_seeds_are_compared_where_both_have_them(good: Run, bad: Run) -> None:
    a = as_takes({0: good, 1: bad})
    b = as_takes({1: good, 2: good})
    found = compare_runs(a, b)
    accuracy = found.scores["accuracy"]
    assert accuracy is not None
    # Over seed 1 alone: nothing right in A, all in B.
    assert (accuracy.a, accuracy.b, accuracy.n) == (0, 1, 12)
    assert found.metrics["speed"] is not None
    assert (found.metrics["speed"].a, found.metrics["speed"].b) == (3.0, 1.0)
    assert found.success is not None
    assert (found.success.only_b, found.success.both) == (12, 0)
    assert any("12 samples compared over the seeds that both have" in n for n in found.notes)
    assert any("a success of more than half of the takes" in n for n in found.notes)


def test_without_a_common_seed_all_takes_of_each_are(good: Run, bad: Run) -> None:
    a, b = as_takes({0: good, 1: bad}), as_takes({2: good, 3: good, 4: bad})
    found = compare_runs(a, b)
    accuracy = found.scores["accuracy"]
    assert accuracy is not None
    assert (accuracy.a, accuracy.b) == pytest.approx((1 / 2, 2 / 3))
    assert accuracy.n == 12
    assert any("12 samples compared over all takes of each run" in note for note in found.notes)
    # Two of three takes are more than half, one of two is not.
    assert found.success is not None
    assert (found.success.only_a, found.success.only_b) == (0, 12)
    assert {flip.outcome_a for flip in found.flips} == {"broken"}


def test_uneven_takes_are_matched_sample_by_sample(edition: Edition, good: Run, bad: Run) -> None:
    a = as_takes({0: good, 1: bad}, only={"s000": {0}, "s001": {1}})
    b = as_takes({0: bad, 2: good}, only={"s001": {2}, "s002": {0, 2}})
    matched = matched_videos(a, b, edition.samples)
    assert (matched.by_seed, matched.averaged) == (11, 1)
    assert {v for v in matched.a if v.startswith("s001")} == {"s001@1"}
    assert {v for v in matched.b if v.startswith("s001")} == {"s001@2"}
    assert {v for v in matched.b if v.startswith("s002")} == {"s002@0"}


def test_a_run_without_takes_is_compared_with_the_mean_of_the_other_s(good: Run, bad: Run) -> None:
    found = compare_runs(good, as_takes({0: good, 1: bad}))
    accuracy = found.scores["accuracy"]
    assert accuracy is not None
    assert (accuracy.a, accuracy.b, accuracy.n) == (1, 0.5, 12)
    assert found.b.videos == 12


def test_equal_takes_differ_in_nothing(good: Run, bad: Run) -> None:
    run = as_takes({0: good, 1: bad})
    found = compare_runs(run, run)
    assert all(row.difference == 0 for row in found.scores.values() if row)
    assert found.flips == ()


def test_judges_vote_on_each_take(edition: Edition, make_run: Make) -> None:
    runs = {
        name: {
            take: make_run(edition, f"{name}-{take}", rule, judge=name, videos=f"v{take}")
            for take, rule in enumerate(rules)
        }
        for name, rules in {"one": (right, right), "other": (right, wrong)}.items()
    }
    result = judge_agreement([as_takes(runs["one"]), as_takes(runs["other"])])
    assert len(result.votes) == 2 * 12 * 4
    assert result.pairs[0].agreed == 12 * 4
    assert {(row.take, row.split) for row in result.votes} == {(0, False), (1, True)}
    assert [judge.accuracy.value for judge in result.judges if judge.accuracy] == [1, 0.5]
    with pytest.raises(UserError, match="s000: not the video of"):
        judge_agreement([as_takes(runs["one"]), runs["other"][0]])
