"""Scores, as DESIGN section 3 defines them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest
import scipy.stats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omiti2v.errors import UserError
from omiti2v.responses import Answer, Measurement
from omiti2v.samples import CATEGORIES, Question, Sample, YesNo
from omiti2v.scores import Scores, compute_scores, same_scores

ANSWERS: tuple[Answer, ...] = ("yes", "no", "unknown", "error")
AnswerTable = dict[str, dict[str, Answer]]

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def editions(draw: st.DrawFn) -> tuple[Sample, ...]:
    """Samples with at least one edit question for yes, one for no, and a visible thing to keep."""
    samples = []
    for number in range(draw(st.integers(1, 8))):
        extra = draw(
            st.lists(
                st.tuples(st.sampled_from(["yes", "no"]), st.sampled_from(["yes", "no"])),
                max_size=3,
            )
        )
        pairs = [("yes", "no"), ("no", "yes"), ("yes", "yes"), *extra]
        questions = tuple(
            Question(
                id=f"q{i}",
                question="Is it so?",
                dimension=draw(st.sampled_from(["count", "state"])),
                expected_answer=expected,
                reference_answer=reference,
            )
            for i, (expected, reference) in enumerate(pairs)
        )
        samples.append(
            Sample(
                id=f"s{number}",
                image="a.png",
                prompt="Something changes",
                category=draw(st.sampled_from(CATEGORIES)),
                domain=draw(st.sampled_from([None, "Objects", "Structures"])),
                questions=questions,
            )
        )
    return tuple(samples)


@st.composite
def judged_editions(draw: st.DrawFn) -> tuple[tuple[Sample, ...], AnswerTable]:
    samples = draw(editions())
    answers: AnswerTable = {}
    for sample in samples:
        if draw(st.booleans()) or sample is samples[0]:
            answers[sample.id] = {q.id: draw(st.sampled_from(ANSWERS)) for q in sample.questions}
    return samples, answers


def answer_all(samples: tuple[Sample, ...], rule: Callable[[Question], Answer]) -> AnswerTable:
    return {s.id: {q.id: rule(q) for q in s.questions} for s in samples}


def opposite(answer: YesNo) -> YesNo:
    return "no" if answer == "yes" else "yes"


def score(
    samples: tuple[Sample, ...], answers: Mapping[str, Mapping[str, Answer]], **options: object
) -> Scores:
    # Scores of whatever was answered; that it takes half of the questions has tests of its own.
    return compute_scores(
        samples,
        answers,
        with_video=set(answers),
        judged=(),
        resamples=50,
        **options,  # type: ignore[arg-type]
    )


def values(scores: Scores) -> dict[str, float]:
    """The scores that are available, and the outcomes."""
    found = {name: estimate.value for name, estimate in scores.scores.items() if estimate}
    return found | {name: share.value for name, share in (scores.outcomes or {}).items()}


@quick
@given(judged_editions())
def test_scores_are_within_their_bounds_and_inside_their_intervals_range(
    judged: tuple[tuple[Sample, ...], AnswerTable],
) -> None:
    scores = score(*judged)
    for name, estimate in scores.scores.items():
        if estimate is None:
            continue
        if estimate.exact:
            assert (name, estimate.low, estimate.high) == ("still_floor", None, None)
            continue
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= estimate.value <= estimate.high
        assert estimate.low < estimate.high <= 1
        if name != "lift":
            assert estimate.low >= 0
        assert estimate.value <= 1 + 1e-12
        assert 1 <= estimate.n <= len(judged[0])


@quick
@given(judged_editions())
def test_outcomes_and_coverage_add_up_to_one(
    judged: tuple[tuple[Sample, ...], AnswerTable],
) -> None:
    scores = score(*judged)
    assert scores.outcomes is not None
    assert math.isclose(sum(share.value for share in scores.outcomes.values()), 1)
    shares = [scores.coverage[name].value for name in ("answered", "unknown", "error", "missing")]
    assert math.isclose(sum(shares), 1)
    assert scores.coverage["videos"].value == len(judged[1]) / len(judged[0])


@quick
@given(judged_editions(), st.randoms(use_true_random=False))
def test_the_order_of_samples_and_questions_does_not_matter(
    judged: tuple[tuple[Sample, ...], AnswerTable], random: object
) -> None:
    samples, answers = judged
    shuffled = list(samples)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    reversed_questions = tuple(
        sample.model_copy(update={"questions": sample.questions[::-1]}) for sample in shuffled
    )
    assert values(score(reversed_questions, answers)) == pytest.approx(values(score(*judged)))


@quick
@given(editions())
def test_all_right_is_success_everywhere(samples: tuple[Sample, ...]) -> None:
    found = values(score(samples, answer_all(samples, lambda q: q.expected_answer)))
    for name in ("accuracy", "edit_accuracy", "preserve_accuracy", "edit_success", "lift"):
        assert found[name] == pytest.approx(1)
    assert found["success"] == 1


@quick
@given(editions())
def test_all_wrong_is_zero_and_broken_everywhere(samples: tuple[Sample, ...]) -> None:
    found = values(score(samples, answer_all(samples, lambda q: opposite(q.expected_answer))))
    for name in ("accuracy", "edit_accuracy", "preserve_accuracy", "edit_success"):
        assert found[name] == 0
    assert found["broken"] == 1
    assert found["lift"] <= 0


@quick
@given(editions(), st.sampled_from(["yes", "no"]))
def test_a_judge_that_always_says_the_same_has_no_edit_success(
    samples: tuple[Sample, ...], word: YesNo
) -> None:
    found = values(score(samples, answer_all(samples, lambda q: word)))
    assert found["edit_success"] == 0
    assert found["success"] == 0
    assert 0 < found["edit_accuracy"] < 1


@quick
@given(editions())
def test_a_blank_clip_is_broken(samples: tuple[Sample, ...]) -> None:
    """Nothing is visible: whatever is asked for is not there."""
    found = values(score(samples, answer_all(samples, lambda q: "no")))
    assert found["broken"] == 1


@quick
@given(editions())
def test_a_still_video_scores_exactly_the_still_floor(samples: tuple[Sample, ...]) -> None:
    def on_the_reference(question: Question) -> Answer:
        assert question.reference_answer is not None
        return question.reference_answer

    found = values(score(samples, answer_all(samples, on_the_reference)))
    assert found["accuracy"] == pytest.approx(found["still_floor"])
    assert found["lift"] == pytest.approx(0)
    assert found["negligent"] == 1
    assert found["edit_accuracy"] == 0
    assert found["preserve_accuracy"] == 1


@quick
@given(judged_editions())
def test_the_still_floor_does_not_depend_on_the_answers(
    judged: tuple[tuple[Sample, ...], AnswerTable],
) -> None:
    samples, answers = judged
    perfect = answer_all(samples, lambda q: q.expected_answer)
    floor = values(score(samples, answers))["still_floor"]
    assert floor == values(score(samples, perfect))["still_floor"]


@quick
@given(judged_editions())
def test_a_missing_video_counts_zero_unless_dropped(
    judged: tuple[tuple[Sample, ...], AnswerTable],
) -> None:
    samples, answers = judged
    zero, drop = values(score(samples, answers)), values(score(samples, answers, missing="drop"))
    assert zero["accuracy"] * len(samples) == pytest.approx(drop["accuracy"] * len(answers))
    assert zero["unscored"] >= 1 - len(answers) / len(samples) - 1e-12
    present = tuple(sample for sample in samples if sample.id in answers)
    assert drop == pytest.approx(values(score(present, answers)))


def test_accuracy_is_a_mean_over_samples_and_dimensions_are_over_questions(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    one, two = make_samples(2)
    two = two.model_copy(update={"questions": two.questions[:2]})
    # s000: 4 of 4 right; s001: 1 of 2.
    answers: AnswerTable = {
        "s000": {"q1": "yes", "q2": "no", "q3": "yes", "q4": "no"},
        "s001": {"q1": "no", "q2": "no"},
    }
    scores = score((one, two), answers)
    accuracy = scores.scores["accuracy"]
    assert accuracy is not None
    assert accuracy.value == pytest.approx((1 + 0.5) / 2)
    dimensions = scores.breakdowns["dimension"]
    assert dimensions["count"]["accuracy"].value == pytest.approx(2 / 2)
    assert dimensions["object_presence"]["accuracy"].value == pytest.approx(3 / 4)


def test_the_semantic_average_weighs_the_categories_alike(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(7)  # 3 additions, 2 deletions, 2 modifications
    answers = answer_all(samples, lambda q: q.expected_answer)
    for sample in samples:
        if sample.category == "addition":
            answers[sample.id] = dict.fromkeys(answers[sample.id], "unknown")
    scores = score(samples, answers)
    assert values(scores)["semantic_average"] == pytest.approx((0 + 1 + 1) / 3)
    assert values(scores)["accuracy"] == pytest.approx(4 / 7)
    assert scores.breakdowns["category"]["addition"]["accuracy"].n == 3


def test_an_edition_without_a_category_has_no_semantic_average(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(2)
    scores = score(samples, answer_all(samples, lambda q: "yes"))
    assert scores.scores["semantic_average"] is None


def test_without_reference_answers_what_needs_them_is_not_available(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    sample = make_samples(1)[0]
    question = Question(id="q1", question="?", dimension="count", expected_answer="yes")
    samples = (sample, sample.model_copy(update={"id": "s001", "questions": (question,)}))
    scores = score(samples, answer_all(samples, lambda q: "yes"))
    assert scores.scores["accuracy"] is not None
    for name in ("edit_accuracy", "preserve_accuracy", "edit_success", "still_floor", "lift"):
        assert scores.scores[name] is None
    assert scores.outcomes is None


def test_without_a_judge_there_are_metrics_and_no_scores(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(3)
    measurements = [
        Measurement(
            sample_id=sample.id,
            metric="speed",
            metric_version="1",
            value=value,
            video_sha256="0" * 64,
        )
        for sample, value in zip(samples, (1.0, 2.0, None), strict=True)
    ]
    scores = compute_scores(
        samples, None, with_video={"s000", "s001"}, measurements=measurements, resamples=50
    )
    available = {name for name, estimate in scores.scores.items() if estimate}
    assert available == {"still_floor"}
    speed = scores.metrics["speed"]
    assert speed is not None
    assert (speed.value, speed.n) == (1.5, 2)
    assert set(scores.coverage) == {"videos"}


def test_nothing_to_score_is_said(make_samples: Callable[..., tuple[Sample, ...]]) -> None:
    with pytest.raises(UserError, match="no sample has a video"):
        compute_scores(make_samples(2), {}, with_video=(), missing="drop")


def test_answers_about_a_video_that_is_not_there_do_not_count(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(2)
    answers = answer_all(samples, lambda q: q.expected_answer)
    scores = compute_scores(samples, answers, with_video={"s000"}, resamples=100)
    accuracy = scores.scores["accuracy"]
    assert accuracy is not None
    assert accuracy.value == 0.5
    assert scores.coverage["missing"].value == 0.5


def test_lift_is_the_way_from_the_floor_to_perfect(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(4)
    # Three of four questions right everywhere: accuracy 0.75 over a floor of 0.5.
    answers = answer_all(samples, lambda q: "yes" if q.id == "q2" else q.expected_answer)
    found = values(score(samples, answers))
    assert found["still_floor"] == 0.5
    assert found["lift"] == pytest.approx((0.75 - 0.5) / (1 - 0.5))


def test_groups_have_their_own_success_and_negligence(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(6)  # two of each category; domains Structures and Objects in turn
    answers = answer_all(samples, lambda q: q.expected_answer)
    still: dict[str, Answer] = {"q1": "no", "q2": "yes", "q3": "yes", "q4": "no"}
    answers["s000"] = still
    breakdowns = score(samples, answers).breakdowns
    assert set(breakdowns) == {"category", "domain", "dimension"}
    addition = breakdowns["category"]["addition"]
    assert addition["success"].value == addition["negligence"].value == 0.5
    assert breakdowns["category"]["deletion"]["negligence"].value == 0
    assert breakdowns["domain"]["Structures"]["success"].value == pytest.approx(2 / 3)


def test_samples_that_are_right_or_wrong_have_the_interval_of_clopper_and_pearson(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(100)
    answers = answer_all(samples, lambda q: q.expected_answer)
    for sample in samples[:40]:
        answers[sample.id] = dict.fromkeys(answers[sample.id], "unknown")
    scores = score(samples, answers)
    theirs = scipy.stats.binomtest(60, 100).proportion_ci(method="exact")
    assert scores.outcomes is not None
    for estimate in (scores.scores["accuracy"], scores.outcomes["success"]):
        assert estimate is not None
        assert (estimate.low, estimate.high) == pytest.approx(tuple(theirs))


def test_a_single_sample_says_little_of_others_and_is_marked(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(1)
    success = score(samples, answer_all(samples, lambda q: q.expected_answer)).outcomes
    assert success is not None
    assert (success["success"].value, success["success"].high) == (1, 1)
    assert success["success"].low == pytest.approx(0.025)
    assert success["success"].is_of_few


def test_the_ends_of_the_lift_are_those_of_the_accuracy_above_the_exact_floor(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(40)
    answers = answer_all(samples, lambda q: q.expected_answer)
    for sample in samples[:10]:
        answers[sample.id] = dict.fromkeys(answers[sample.id], "no")
    scores = score(samples, answers).scores
    accuracy, floor, lift = scores["accuracy"], scores["still_floor"], scores["lift"]
    assert accuracy and floor and lift and accuracy.low is not None and lift.low is not None
    assert floor.exact
    assert not floor.is_of_few
    assert lift.low * (1 - floor.value) + floor.value == pytest.approx(accuracy.low)
    assert '"exact"' not in accuracy.model_dump_json()


def test_a_metric_is_kept_within_its_bounds_and_has_no_interval_of_one_value(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(3)
    rows = [
        Measurement(
            sample_id=sample.id, metric=name, metric_version="1", value=value, video_sha256=None
        )
        for name, values in (("share", (1.0, 1.0, 0.9)), ("speed", (2.0, None, None)))
        for sample, value in zip(samples, values, strict=True)
    ]
    scores = compute_scores(
        samples,
        None,
        with_video={sample.id for sample in samples},
        measurements=rows,
        metric_bounds={"share": (0.0, 1.0)},
    )
    share, speed = scores.metrics["share"], scores.metrics["speed"]
    assert share and speed and share.low is not None and share.high is not None
    assert 0 < share.low < share.value < share.high <= 1
    assert (speed.value, speed.low, speed.high, speed.n) == (2.0, None, None, 1)


def test_files_of_before_are_held_against_the_numbers_alone(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(3)
    now = score(samples, answer_all(samples, lambda q: q.expected_answer))
    text = now.model_dump(mode="json")
    del text["intervals"]
    text["scores"]["accuracy"] |= {"low": 1.0, "high": 1.0}
    before = Scores.model_validate(text)
    assert before.intervals == "bootstrap"
    assert same_scores(before, now)
    text["scores"]["accuracy"]["value"] = 0.9
    assert not same_scores(Scores.model_validate(text), now)


def test_two_results_are_the_same_where_only_rounding_differs(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    samples = make_samples(3)
    one = score(samples, answer_all(samples, lambda q: q.expected_answer))
    accuracy = one.scores["accuracy"]
    assert accuracy is not None

    def changed(by: float) -> Scores:
        other = accuracy.model_copy(update={"value": accuracy.value + by})
        return one.model_copy(update={"scores": one.scores | {"accuracy": other}})

    assert same_scores(one, changed(1e-15))
    assert not same_scores(one, changed(1e-6))
    assert not same_scores(one, one.model_copy(update={"seed": 1}))
