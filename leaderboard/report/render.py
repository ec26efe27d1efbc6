"""The page as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leaderboard.report.page import Page, build_page
from omiti2v.definitions import COVERAGE, NEGLIGENCE, OUTCOMES, SCORES, SUCCESS
from omiti2v.pages import page_environment
from omiti2v.records import write_atomically
from omiti2v.runs import Run
from omiti2v.scores import Missing


def write_report(
    runs: Sequence[Run],
    path: Path,
    *,
    missing: Missing | None = None,
    resamples: int | None = None,
    seed: int | None = None,
) -> None:
    """Write the report on one or several runs of one edition as one HTML file.

    Args:
        runs: At least one, all of one edition.
        path: The file; one already there is replaced.
        missing: What a sample without a video counts; each run's own rule where None.
        resamples, seed: Of the bootstrap; each run's own where None.

    Raises:
        UserError: The runs are of different editions, a log does not fit its edition, or the file
            can't be written.
        ValueError: There is no run.
    """
    page = build_page(runs, missing=missing, resamples=resamples, seed=seed)
    write_atomically(path, render_page(page))


def render_page(page: Page) -> str:
    """A self-contained HTML document. All text of the runs is shown as plain text."""
    return (
        page_environment("leaderboard.report")
        .get_template("template.html")
        .render(
            page=page,
            definitions={
                "Scores": (SUCCESS, *SCORES.values(), NEGLIGENCE),
                "Outcomes, tried in the order unscored, broken, success, negligent, partial": tuple(
                    OUTCOMES.values()
                ),
                "Coverage": tuple(COVERAGE.values()),
            },
            outcome_definitions=OUTCOMES,
        )
    )
