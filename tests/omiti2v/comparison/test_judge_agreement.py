"""Several judges of the same videos: majority, agreement, disagreements."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omiti2v.comparison.judge_agreement import judge_agreement, majority_answer, mean_p_yes
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import Answer
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample

Make = Callable[..., Run]


def right(sample: Sample, question: Question) -> Answer:
    return question.expected_answer


def always(answer: Answer) -> Callable[[Sample, Question], Answer]:
    return lambda sample, question: answer


def but(special: dict[str, Answer]) -> Callable[[Sample, Question], Answer]:
    """Right, but for the questions of the first sample that are named."""

    def rule(sample: Sample, question: Question) -> Answer:
        if sample.id == "s000" and question.id in special:
            return special[question.id]
        return question.expected_answer

    return rule


@pytest.mark.parametrize(
    ("answers", "majority"),
    [
        (("yes", "yes", "no"), "yes"),
        (("no", "yes", "no"), "no"),
        (("yes", "no"), "unknown"),
        (("yes", "yes"), "yes"),
        (("yes", "unknown"), "unknown"),
        (("yes", "yes", "unknown"), "yes"),
        (("yes", "no", "unknown"), "unknown"),
        (("yes", "unknown", "unknown"), "unknown"),
        (("yes", "error"), "yes"),
        (("no", None, "error"), "no"),
        (("yes", "no", "error"), "unknown"),
        (("unknown", "error"), "unknown"),
        (("error", "error"), "error"),
        ((None, None), "error"),
    ],
)
def test_the_majority_is_more_than_half_of_the_judgements(
    answers: tuple[Answer | None, ...], majority: Answer
) -> None:
    assert majority_answer(answers) == majority
    assert majority_answer(answers[::-1]) == majority


def test_the_mean_of_p_yes_leaves_out_what_is_not_given() -> None:
    assert mean_p_yes([0.2, None, 0.6]) == pytest.approx(0.4)
    assert mean_p_yes([None, None]) is None
    assert mean_p_yes([0.0]) == 0.0


def test_judges_are_counted_paired_and_outvoted(edition: Edition, make_run: Make) -> None:
    first = make_run(edition, "one", but({"q1": "no"}), judge="one", videos="v", p_yes=0.9)
    second = make_run(edition, "two", but({"q1": "unknown"}), judge="two", videos="v", p_yes=0.5)
    third = make_run(edition, "three", but({"q2": "error"}), judge="three", videos="v")
    result = judge_agreement([first, second, third])
    assert [judge.name for judge in result.judges] == ["one", "two", "three"]
    assert result.judges[0].answers == {"yes": 23, "no": 25, "unknown": 0, "error": 0, "missing": 0}
    assert result.judges[2].answers["error"] == 1
    assert (result.complete, result.unanimous) == (47, 46)
    q1, q2 = result.votes[:2]
    assert (q1.answers, q1.majority, q1.split) == (("no", "unknown", "yes"), "unknown", True)
    # The second judge said unknown, so that its P(yes) says nothing; the third gives none.
    assert q1.p_yes == 0.9
    assert (q2.answers, q2.majority, q2.split) == (("no", "no", "error"), "no", False)
    assert q2.p_yes == pytest.approx(0.7)
    one_two, one_three, two_three = result.pairs
    assert (one_two.one, one_two.other, one_two.questions, one_two.agreed) == (1, 2, 48, 47)
    assert (one_three.questions, one_three.agreed) == (47, 46)
    assert two_three.share == pytest.approx(46 / 47)
    assert result.majority.accuracy is not None
    assert result.majority.accuracy.value == pytest.approx(47 / 48)
    assert result.majority.fingerprint is None
    assert result.majority.success is not None
    assert result.majority.success.value == pytest.approx(11 / 12)


def test_the_scores_of_a_judge_are_those_of_its_run(edition: Edition, make_run: Make) -> None:
    runs = [
        make_run(edition, "one", always("yes"), judge="one", videos="v", without=["s003"]),
        make_run(edition, "two", right, judge="two", videos="v", without=["s003"]),
    ]
    result = judge_agreement(runs)
    assert len(result.votes) == 44
    for run, judge in zip(runs, result.judges, strict=True):
        own = run.compute_scores(missing="zero", resamples=100, seed=0)
        assert judge.accuracy == own.scores["accuracy"]
        assert own.outcomes is not None
        assert judge.success == own.outcomes["success"]


def test_a_judge_that_always_says_the_same_agrees_no_better_than_chance(
    edition: Edition, make_run: Make
) -> None:
    runs = [
        make_run(edition, "one", always("yes"), judge="one", videos="v"),
        make_run(edition, "two", right, judge="two", videos="v"),
    ]
    (pair,) = judge_agreement(runs).pairs
    assert (pair.share, pair.kappa) == (0.5, 0)


def test_judges_that_only_fail_have_no_agreement(edition: Edition, make_run: Make) -> None:
    runs = [
        make_run(edition, name, always("error"), judge=name, videos="v") for name in ("one", "two")
    ]
    result = judge_agreement(runs)
    assert (result.pairs[0].share, result.pairs[0].kappa) == (None, None)
    assert result.fleiss_kappa is None
    assert result.majority.answers["error"] == 48


def test_other_videos_the_same_judge_none_or_one_run_are_refused(
    edition: Edition, make_run: Make
) -> None:
    first = make_run(edition, "one", right, judge="one", videos="v")
    others = make_run(edition, "others", right, judge="two", videos="w")
    fewer = make_run(edition, "fewer", right, judge="two", videos="v", without=["s004"])
    twin = make_run(edition, "twin", right, judge="one", videos="v")
    unjudged = make_run(edition, "unjudged", videos="v")
    for run, complaint in (
        (others, "others: s000: not the video of"),
        (fewer, "fewer: s004: not the video of"),
        (twin, "twin: has the judge of"),
        (unjudged, "unjudged: has no judge; score it with --judge"),
    ):
        with pytest.raises(UserError, match=complaint):
            judge_agreement([first, run])
    with pytest.raises(UserError, match="at least two runs"):
        judge_agreement([first])
