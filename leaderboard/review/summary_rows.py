"""The summaries as rows of text, for the page and for the terminal alike."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard.review.judge_error import ErrorRate, JudgeErrorSummary
from leaderboard.review.reviewers import PairAgreement
from leaderboard.review.summary import ReviewSummary
from omiti2v.definitions import FEW_MARK, FEW_NOTE, FEW_SAMPLES
from omiti2v.number_format import fixed, interval, percent, plain_number

NONE_YET = "No person has reviewed anything yet."

Row = dict[str, str]

FORM_NAMES = {"reference": "the image alone", "edit": "image and prompt", "video": "the video"}


def state_rows(summary: ReviewSummary) -> list[Row]:
    """How far people have come with the edition."""
    return [
        {"": name, "number": number, "of": f"{of:,}"}
        for name, number, of in (
            ("samples confirmed by people", _or_none(summary.samples_confirmed), summary.samples),
            ("questions confirmed by people", _or_none(summary.confirmed), summary.questions),
            ("questions disputed", f"{summary.disputed:,}", summary.questions),
        )
    ]


def agreement_rows(summary: ReviewSummary, *, at_least: int = 0) -> list[Row]:
    """Agreement by reviewer and form.

    Args:
        summary: Of the edition.
        at_least: Answers below which agreement is not shown, so that a reviewer can't tell what
            the annotation says to a single question.
    """
    return [
        {
            "reviewer": row.reviewer,
            "saw": FORM_NAMES[row.form],
            "answered": f"{row.answered:,}",
            "of": f"{row.answered + row.left:,}",
            "samples": f"{row.samples:,} of {summary.samples:,}",
            "unclear": f"{row.unclear:,}",
            **_agreement_cells(row.agreed, row.answered, row.kappa, at_least=at_least),
        }
        for row in summary.agreement
    ]


def pair_rows(pairs: Sequence[PairAgreement], *, at_least: int = 0) -> list[Row]:
    """Agreement of reviewers with each other.

    Args:
        pairs: Of a summary.
        at_least: As for `agreement_rows`.
    """
    return [
        {
            "reviewers": f"{row.one} and {row.other}",
            "saw": FORM_NAMES[row.form],
            "both answered": f"{row.shared:,}",
            **_agreement_cells(row.agreed, row.shared, row.kappa, at_least=at_least),
        }
        for row in pairs
    ]


def _agreement_cells(agreed: int, answered: int, kappa: float | None, *, at_least: int) -> Row:
    if answered < max(1, at_least):
        return {"agree": "too few answers", "kappa": "-"}
    return {
        "agree": f"{percent(agreed / answered)} %",
        "kappa": "-" if kappa is None else plain_number(kappa),
    }


def _or_none(count: int) -> str:
    return f"{count:,}" if count else "none yet"


def error_rows(summary: JudgeErrorSummary) -> list[Row]:
    """The judge's errors, overall, by direction, category and dimension."""
    groups = {
        "all re-checked answers": summary.error,
        "false yes, where people say no": summary.false_yes,
        "false no, where people say yes": summary.false_no,
        **summary.categories,
        **{name.replace("_", " "): rate for name, rate in summary.dimensions.items()},
    }
    return [{"answers": name, **_rate_cells(rate)} for name, rate in groups.items()]


def error_notes(summary: JudgeErrorSummary) -> list[str]:
    """What belongs to the table in words."""
    answered = ", ".join(
        f"{name} {count:,} ({summary.in_full[name]:,} of {summary.samples:,} samples in full)"
        for name, count in summary.reviewers.items()
    )
    return [
        f"{summary.submission}, edition {summary.edition}, judge {summary.judge}: "
        f"{summary.judged:,} answers could be re-checked. By reviewer: {answered or 'none yet'}.",
        f"Left out: {summary.unclear:,} that people find unclear, {summary.disputed:,} over which "
        f"they differ. The judge said neither yes nor no {summary.silent:,} times; these are no "
        "errors.",
        "Intervals are at 95 %, over videos: answers about one video are alike. "
        f"{FEW_NOTE.replace('samples', 'videos', 1)}.",
    ]


def _rate_cells(rate: ErrorRate) -> Row:
    if rate.rate is None or rate.low is None or rate.high is None:
        return {"wrong": "-", "of": "0", "videos": "0", "error": "none yet", "95 % interval": ""}
    return {
        "wrong": f"{rate.wrong:,}",
        "of": f"{rate.answers:,}",
        "videos": f"{rate.videos:,}",
        "error": f"{_hundredths(rate.rate)} %{FEW_MARK if rate.videos < FEW_SAMPLES else ''}",
        "95 % interval": f"{interval(rate.low, rate.high, _hundredths)} %",
    }


def _hundredths(fraction: float) -> str:
    return fixed(100 * fraction, 2)
