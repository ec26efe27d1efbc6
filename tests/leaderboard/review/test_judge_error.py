"""A judge's error on real videos, from what people saw in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scipy import stats

from leaderboard.review.judge_error import Checked, error_rate, summarize_judge
from leaderboard.review.questions import judged_keys
from leaderboard.review.summary_rows import _rate_cells, error_rows
from omiti2v.definitions import FEW_MARK
from omiti2v.reviews.people import PersonAnswer
from omiti2v.runs import Run

Given = Callable[..., PersonAnswer]


def checked(video: str, number: int, *, wrong: bool) -> Checked:
    key = ("video", video, f"q{number}", "0" * 64)
    return Checked(key, "yes", "no" if wrong else "yes", "addition", "count")


def test_one_answer_a_video_gives_the_interval_of_clopper_and_pearson() -> None:
    rate = error_rate([checked(f"s{i}", 1, wrong=i < 4) for i in range(40)])
    assert (rate.wrong, rate.answers, rate.videos, rate.rate) == (4, 40, 40, 0.1)
    theirs = stats.binomtest(4, 40).proportion_ci(method="exact")
    assert (rate.low, rate.high) == pytest.approx(tuple(theirs))


def test_errors_that_come_together_widen_the_interval() -> None:
    spread = error_rate(
        [checked(f"s{i}", q, wrong=q == i % 8) for i in range(20) for q in range(4)]
    )
    together = error_rate([checked(f"s{i}", q, wrong=i < 3) for i in range(20) for q in range(4)])
    assert spread.high is not None and spread.rate
    assert together.high is not None and together.rate
    assert together.high - together.rate > 1.3 * (spread.high - spread.rate)


def test_no_error_seen_is_not_no_error() -> None:
    rate = error_rate([checked(f"s{i}", 1, wrong=False) for i in range(30)])
    assert (rate.rate, rate.low) == (0, 0)
    assert rate.high == pytest.approx(0.1157, abs=1e-3)


def test_few_videos_are_marked() -> None:
    for videos, mark in ((29, FEW_MARK), (30, "")):
        rate = error_rate([checked(f"s{i}", 1, wrong=i == 0) for i in range(videos)])
        assert _rate_cells(rate)["error"] == f"{100 / videos:.2f} %{mark}"


def everything_right(run: Run) -> dict[tuple[str, str, str, str], str]:
    """What is to be seen: what is expected, everywhere."""
    expected = {(s.id, q.id): q.expected_answer for s in run.samples for q in s.questions}
    return {key: expected[key[1], key[2]] for key in judged_keys(run)}


def test_the_wrong_yes_of_the_judge_is_found(run: Run, given: Given) -> None:
    rows = [given(key, answer) for key, answer in everything_right(run).items()]
    found = summarize_judge(run, {"ada": rows})
    assert (found.error.wrong, found.error.answers, found.judged, found.silent) == (1, 11, 11, 1)
    assert (found.false_yes.wrong, found.false_yes.answers) == (1, 6)
    assert (found.false_no.wrong, found.false_no.answers) == (0, 5)
    assert found.categories["addition"].wrong == 1
    assert found.dimensions["count"].wrong == 1
    assert found.reviewers == {"ada": 11}


def test_what_people_find_unclear_or_differ_over_is_left_out_and_told(
    run: Run, given: Given
) -> None:
    right = everything_right(run)
    one, two, *_ = sorted(right)
    ada = [given(key, answer) for key, answer in right.items()]
    bob = [
        given(one, "unclear", reviewer="bob"),
        given(two, "no" if right[two] == "yes" else "yes", reviewer="bob"),
    ]
    found = summarize_judge(run, {"ada": ada, "bob": bob})
    assert (found.unclear, found.disputed, found.error.answers) == (1, 1, 9)


def test_machines_and_answers_to_other_videos_do_not_count(run: Run, given: Given) -> None:
    key, *_ = sorted(judged_keys(run))
    machine = given(key, "yes", kind="machine")
    other = given((*key[:3], "f" * 64), "yes")
    found = summarize_judge(run, {"ada": [machine, other]})
    assert (found.error.answers, found.reviewers) == (0, {})
    assert error_rows(found)[0]["error"] == "none yet"
