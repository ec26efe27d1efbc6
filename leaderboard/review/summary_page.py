"""The numbers as the page shows them; no single question's right answer shows in them."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboard.review.judge_error import summarize_judge
from leaderboard.review.reviewers import samples_in_full
from leaderboard.review.session import ReviewSession
from leaderboard.review.summary import summarize_reviews
from leaderboard.review.summary_rows import (
    NONE_YET,
    Row,
    agreement_rows,
    error_notes,
    error_rows,
    pair_rows,
    state_rows,
)
from omiti2v.reviews.people import read_people

FEWEST_SHOWN = 20
"""Answers of a form below which the page does not show how many agree."""


@dataclass(frozen=True)
class SummaryPage:
    """What the page shows.

    Attributes:
        progress: How far the reviewer has come, in words.
        tables: By title.
        notes: What belongs to them in words.
    """

    progress: str
    tables: dict[str, list[Row]]
    notes: tuple[str, ...]


def summary_page(review: ReviewSession) -> SummaryPage:
    """The summary for one reviewer, of the samples that were drawn where there is a limit.

    Raises:
        UserError: A reviewer's file is broken.
    """
    standing = review.standing()
    samples = {question.sample_id for question in review.questions}
    progress = (
        f"{review.reviewer}: {len(standing):,} of {len(review.questions):,} questions answered, "
        f"{samples_in_full(review.by_key, standing):,} of {len(samples):,} samples in full."
    )
    if review.run is None:
        tables, notes = _edition_tables(review, complete=len(standing) == len(review.questions))
    else:
        tables, notes = _run_tables(review)
    return SummaryPage(progress, {title: rows for title, rows in tables.items() if rows}, notes)


def _run_tables(review: ReviewSession) -> tuple[dict[str, list[Row]], tuple[str, ...]]:
    run = review.drawn_run
    people = read_people(review.folder)
    judged = summarize_judge(run, people)
    tables = {"Between reviewers": pair_rows(judged.pairs, at_least=FEWEST_SHOWN)}
    notes = error_notes(judged)
    if not any(people.values()):
        notes = [NONE_YET, *notes]
    elif judged.error.answers < FEWEST_SHOWN:
        notes = [f"The judge's error is shown from {FEWEST_SHOWN} re-checked answers on.", *notes]
    else:
        tables = {"Errors of the judge": error_rows(judged), **tables}
    if review.left_out:
        first = next(iter(review.left_out.values()))
        notes.append(f"{len(review.left_out)} videos can't be shown; first: {first}")
    return tables, tuple(notes)


def _edition_tables(
    review: ReviewSession, *, complete: bool
) -> tuple[dict[str, list[Row]], tuple[str, ...]]:
    summary = summarize_reviews(review.edition, read_people(review.folder), drawn=review.drawn)
    tables = {
        "Agreement with the annotation": agreement_rows(summary, at_least=FEWEST_SHOWN),
        "Between reviewers": pair_rows(summary.pairs, at_least=FEWEST_SHOWN),
    }
    notes = [] if summary.agreement else [NONE_YET]
    if summary.agreement and not complete:
        # Numbers that move with every answer would tell what the annotation says to each.
        notes.append(
            "What people have confirmed is shown once you have answered everything; "
            "omiti2v data review --summary prints it."
        )
    else:
        tables["What people have confirmed"] = state_rows(summary)
    if summary.outdated:
        notes.append(f"{summary.outdated:,} answers are to earlier questions and no longer count.")
    notes.append(f"Edition {summary.edition}, {summary.fingerprint}")
    return tables, tuple(notes)
