"""The summaries in words and numbers."""

from __future__ import annotations

from leaderboard.review.judge_error import ErrorRate, JudgeErrorSummary
from leaderboard.review.reviewers import PairAgreement
from leaderboard.review.summary import FormAgreement, ReviewSummary
from leaderboard.review.summary_rows import (
    agreement_rows,
    error_notes,
    error_rows,
    pair_rows,
    state_rows,
)

NONE = ErrorRate(wrong=0, answers=0, videos=0)


def reviews(*, confirmed: int = 0, answered: int = 3) -> ReviewSummary:
    row = FormAgreement(
        reviewer="ada",
        form="edit",
        answered=answered,
        agreed=2,
        unclear=1,
        left=7,
        samples=1,
        kappa=0.25,
    )
    return ReviewSummary(
        edition="open",
        fingerprint="0" * 64,
        samples=4,
        questions=1612,
        samples_confirmed=0,
        confirmed=confirmed,
        disputed=0,
        open=1612 - confirmed,
        outdated=0,
        agreement=(row,),
        pairs=(),
        disagreements=(),
    )


def errors(rate: ErrorRate) -> JudgeErrorSummary:
    return JudgeErrorSummary(
        submission="A",
        edition="open",
        judge="judge-32B",
        judge_fingerprint="0" * 64,
        reviewers={"ada": 1200},
        samples=90,
        in_full={"ada": 30},
        pairs=(),
        judged=3000,
        silent=5,
        unclear=2,
        disputed=1,
        error=rate,
        false_yes=NONE,
        false_no=NONE,
        categories={"addition": NONE},
        dimensions={"object_presence": NONE},
    )


def test_nothing_confirmed_is_said_in_words_and_not_as_0() -> None:
    numbers = {row[""]: (row["number"], row["of"]) for row in state_rows(reviews())}
    assert numbers["questions confirmed by people"] == ("none yet", "1,612")
    assert numbers["questions disputed"] == ("0", "1,612")
    confirmed = state_rows(reviews(confirmed=1200))[1]
    assert confirmed["number"] == "1,200"


def test_agreement_is_hidden_while_it_would_tell_a_single_answer() -> None:
    (shown,) = agreement_rows(reviews())
    assert (shown["answered"], shown["of"], shown["samples"]) == ("3", "10", "1 of 4")
    assert (shown["saw"], shown["agree"], shown["kappa"]) == ("image and prompt", "66.7 %", "0.250")
    (hidden,) = agreement_rows(reviews(), at_least=4)
    assert (hidden["agree"], hidden["kappa"]) == ("too few answers", "-")
    (nothing,) = agreement_rows(reviews(answered=0))
    assert nothing["agree"] == "too few answers"


def test_an_error_that_nobody_measured_is_no_zero() -> None:
    rate = ErrorRate(wrong=3, answers=1200, videos=90, rate=0.0025, low=0.001, high=0.006)
    rows = {row["answers"]: row for row in error_rows(errors(rate))}
    overall = rows["all re-checked answers"]
    assert (overall["error"], overall["95 % interval"]) == ("0.25 %", "0.10 to 0.60 %")
    assert overall["of"] == "1,200"
    assert rows["object presence"]["error"] == rows["addition"]["error"] == "none yet"


def test_the_notes_say_what_was_left_out() -> None:
    text = " ".join(error_notes(errors(NONE)))
    for part in (
        "3,000 answers could be re-checked",
        "ada 1,200 (30 of 90 samples in full)",
        "2 that people",
        "1 over which",
    ):
        assert part in text
    assert "neither yes nor no 5 times" in text


def test_agreement_between_reviewers_is_hidden_as_long() -> None:
    pair = PairAgreement(one="ada", other="bob", form="video", shared=4, agreed=3, kappa=0.5)
    (shown,) = pair_rows([pair])
    assert list(shown.values()) == ["ada and bob", "the video", "4", "75.0 %", "0.500"]
    (hidden,) = pair_rows([pair], at_least=5)
    assert (hidden["agree"], hidden["kappa"]) == ("too few answers", "-")
