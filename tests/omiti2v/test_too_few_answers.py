"""A judge that says yes or no to fewer than half of the questions put to it makes no score."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from omiti2v.responses import Answer, Answers, Measurement, too_few_answers
from omiti2v.samples import Sample
from omiti2v.scores import Scores, compute_scores

MakeSamples = Callable[..., tuple[Sample, ...]]


def answer(samples: Sequence[Sample], given: Sequence[Answer]) -> Answers:
    """The answers in turn to all questions of the samples; none to those that are left over."""
    left = iter(given)
    table: dict[str, dict[str, Answer]] = {}
    for sample in samples:
        for question, said in zip(sample.questions, left, strict=False):
            table.setdefault(sample.id, {})[question.id] = said
    return table


def score(samples: tuple[Sample, ...], answers: Answers, **options: object) -> Scores:
    options = {"with_video": {sample.id for sample in samples}} | options
    return compute_scores(samples, answers, resamples=50, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("silence", ["unknown", "error"])
def test_half_of_the_answers_is_enough_and_one_less_is_not(
    make_samples: MakeSamples, silence: Answer
) -> None:
    samples = make_samples(3)
    enough = score(samples, answer(samples, ["yes", "no"] * 3 + [silence] * 6))
    assert enough.judge_unavailable is None
    assert enough.scores["accuracy"] is not None
    assert enough.outcomes is not None

    few = score(samples, answer(samples, ["yes", "no"] * 2 + ["yes"] + [silence] * 7))
    counts = "7 unknown, 0 in error" if silence == "unknown" else "0 unknown, 7 in error"
    assert few.judge_unavailable == (
        f"the judge said yes or no to 5 of the 12 questions put to it ({counts}), fewer than half: "
        "no score that needs a judge is available"
    )
    assert {name for name, estimate in few.scores.items() if estimate} == {"still_floor"}
    assert few.outcomes is None
    assert few.breakdowns == {}
    # How it came about can be read off, and what needs no judge is there.
    assert few.coverage["answered"].value == pytest.approx(5 / 12)
    assert few.coverage[silence].value == pytest.approx(7 / 12)


def test_metrics_need_no_judge(make_samples: MakeSamples) -> None:
    samples = make_samples(2)
    row = {"metric": "speed", "metric_version": "1", "video_sha256": "0" * 64}
    measured = [Measurement(sample_id=sample.id, value=2.0, **row) for sample in samples]
    scores = score(samples, answer(samples, ["unknown"] * 8), measurements=measured)
    assert scores.metrics["speed"] is not None
    assert scores.metrics["speed"].value == 2.0


@pytest.mark.parametrize("missing", ["zero", "drop"])
def test_questions_about_videos_that_are_missing_or_broken_were_not_put_to_the_judge(
    make_samples: MakeSamples, missing: str
) -> None:
    samples = make_samples(4)
    broken = samples[1]
    answers = dict(answer(samples[:2], ["yes"] * 4 + ["error"] * 4))
    answers[samples[2].id] = answer(samples[2:3], ["unknown"] * 2 + ["no"] * 2)[samples[2].id]
    here = {sample.id for sample in samples[:3]}
    options = {"with_video": here, "missing": missing}
    scores = score(samples, answers, judged=here - {broken.id}, **options)
    assert scores.judge_unavailable is None
    # If the judge had been asked about it, it would be 6 of 12; one more error is too much.
    answers[samples[2].id] = answer(samples[2:3], ["unknown"] * 3 + ["no"])[samples[2].id]
    assert score(samples, answers, judged=here, **options).judge_unavailable
    assert not score(samples, answers, judged=here - {broken.id}, **options).judge_unavailable


def test_where_nothing_was_put_to_the_judge_nothing_is_said_of_it(
    make_samples: MakeSamples,
) -> None:
    samples = make_samples(2)
    assert too_few_answers({}, ["s000"]) is None
    broken = score(samples, answer(samples, ["error"] * 8), judged=())
    assert broken.judge_unavailable is None
    assert broken.scores["accuracy"] is not None
    assert broken.scores["accuracy"].value == 0


def test_a_score_of_some_samples_is_about_the_answers_to_these(make_samples: MakeSamples) -> None:
    samples = make_samples(4)
    answers = answer(samples, ["yes"] * 4 + ["unknown"] * 12)
    assert score(samples, answers).judge_unavailable
    assert score(samples[:1], answers).judge_unavailable is None


def test_scores_of_before_are_read(make_samples: MakeSamples) -> None:
    samples = make_samples(2)
    scores = score(samples, answer(samples, ["yes"] * 8))
    old = scores.model_dump_json(exclude={"judge_unavailable"})
    assert Scores.model_validate_json(old) == scores
