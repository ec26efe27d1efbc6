"""What takes tell beside the scores: their spread, and how often some or all of them succeed."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from omiti2v.responses import Answer
from omiti2v.samples import Sample
from omiti2v.scores import Scores, compute_scores
from omiti2v.take_scores import spread_lines

Row = dict[str, Answer]


@pytest.fixture
def samples(make_samples: Callable[..., tuple[Sample, ...]]) -> tuple[Sample, ...]:
    return make_samples(3)


def row(sample: Sample, right: int) -> Row:
    """The first so many of four questions are answered rightly, the others not."""
    wrong: dict[str, Answer] = {"yes": "no", "no": "yes"}
    return {
        question.id: question.expected_answer if number < right else wrong[question.expected_answer]
        for number, question in enumerate(sample.questions)
    }


def score(samples: tuple[Sample, ...], right: dict[str, int]) -> Scores:
    by_id = {sample.id: sample for sample in samples}
    answers = {video: row(by_id[video.split("@")[0]], count) for video, count in right.items()}
    return compute_scores(samples, answers, with_video=answers, resamples=100)


def test_the_spread_is_pooled_within_samples(samples: tuple[Sample, ...]) -> None:
    found = score(samples, {"s000@0": 4, "s000@1": 0, "s001@0": 4, "s001@1": 2, "s001@2": 0}).takes
    assert found is not None
    squares = (0.5**2 + 0.5**2) + (0.5**2 + 0 + 0.5**2)
    assert found.accuracy == pytest.approx(math.sqrt(squares / (1 + 2)))
    success = (0.5**2 + 0.5**2) + ((2 / 3) ** 2 + 2 * (1 / 3) ** 2)
    assert found.success == pytest.approx(math.sqrt(success / 3))
    assert (found.videos, found.fewest, found.most) == (5, 2, 3)


def test_some_and_every_take_are_counted_over_all_samples(samples: tuple[Sample, ...]) -> None:
    scores = score(samples, {"s000@0": 4, "s000@1": 4, "s001@0": 4, "s001@1": 3})
    assert scores.takes is not None
    assert scores.takes.any is not None
    assert scores.takes.all is not None
    # Two of three, one of three; the third has no video and counts 0.
    assert (scores.takes.any.value, scores.takes.all.value) == pytest.approx((2 / 3, 1 / 3))
    assert scores.outcomes is not None
    assert scores.takes.all.value <= scores.outcomes["success"].value <= scores.takes.any.value


def test_the_spread_is_told_in_words(samples: tuple[Sample, ...]) -> None:
    scores = score(samples, {"s000@0": 4, "s000@9": 0, "s001@0": 2, "s002@0": 3, "s002@3": 4})
    assert scores.takes is not None
    assert spread_lines(scores.takes) == [
        "takes: 1 to 2 a sample, 5 videos; each sample weighs alike",
        f"standard deviation within a sample, points: accuracy {100 * math.sqrt(0.53125 / 2):.1f}, "
        f"success {100 * math.sqrt(1 / 2):.1f}",
    ]


def test_without_takes_there_is_no_such_block(samples: tuple[Sample, ...]) -> None:
    scores = score(samples, {"s000": 4, "s001": 4})
    assert scores.takes is None
    assert "takes" not in scores.model_dump_json()


def test_metrics_alone_tell_how_many_takes_there_are(samples: tuple[Sample, ...]) -> None:
    scores = compute_scores(samples, None, with_video=["s000@0", "s000@1"], resamples=100)
    assert scores.takes is not None
    assert scores.takes.model_dump() == {
        **{"videos": 2, "fewest": 2, "most": 2},
        **{"accuracy": None, "success": None, "any": None, "all": None},
    }
    assert Scores.model_validate_json(scores.model_dump_json()) == scores
