"""The scores that know that the judge errs, as tables of the report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from omiti2v.comparison.pairs import pair_runs
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import read_anchors
from omiti2v.estimation.differences import anchored_differences, corrected_differences
from omiti2v.estimation.run_estimates import kept_calibration, run_estimates
from omiti2v.estimation.summary_rows import EstimateTable, estimate_tables
from omiti2v.reviews.confirmed import REVIEWS
from omiti2v.runs import Run


def tables_of_runs(runs: Sequence[Run]) -> tuple[tuple[int, EstimateTable], ...]:
    """What lies beside the runs' logs makes of them: each table with its run's number, from 1."""
    tables = []
    for number, run in enumerate(runs, start=1):
        found = run_estimates(run)
        mine = estimate_tables(found.people, found.corrected)
        if found.notes:
            mine.append(EstimateTable("Not available", (), found.notes))
        if number > 1:
            mine += _against_first(runs[0], run)
        tables += [(number, table) for table in mine]
    return tuple(tables)


def _against_first(first: Run, run: Run) -> list[EstimateTable]:
    """Differences to the first run, where people answered both, or one calibration is of both."""
    try:
        pair = pair_runs(first, run, common=True)
    except UserError:
        return []  # the section of differences says why
    if pair.judge_unavailable:
        return []
    people, corrected = None, None
    # What one of the two runs lacks for it stands under "Not available".
    with suppress(UserError):
        one, two = (read_anchors(item.paths.folder / REVIEWS) for item in (first, run))
        people = anchored_differences(pair.a, pair.b, pair.samples, (one, two))
    with suppress(UserError):
        if known := kept_calibration(first, run):
            corrected = corrected_differences(pair.a, pair.b, pair.samples, known)
    return [
        replace(table, title=f"{table.title}, against run 1")
        for table in estimate_tables(people, corrected)
    ]
