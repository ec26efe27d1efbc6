"""The scores that know that the judge errs, as tables of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from omiti2v.calibration import Calibration
from omiti2v.comparison.match import agreed_missing, compared_samples, matched_samples
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import read_anchors
from omiti2v.estimation.differences import anchored_differences, corrected_differences
from omiti2v.estimation.run_estimates import run_estimates
from omiti2v.estimation.summary_rows import EstimateTable, estimate_tables
from omiti2v.records import read_record
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
        if first.judge_unavailable or run.judge_unavailable:
            return []
        covered = matched_samples([first, run], common=True)
        samples = compared_samples(first, run, covered, missing=agreed_missing(first, run, None))
        one, two = (read_anchors(item.paths.folder / REVIEWS) for item in (first, run))
        people = anchored_differences(first, run, samples, (one, two))
        path = first.paths.calibration
        known = read_record(path, Calibration) if path.is_file() else None
        corrected = corrected_differences(first, run, samples, known) if known else None
    except UserError:
        return []  # the section of differences says why
    return [
        replace(table, title=f"{table.title}, against run 1")
        for table in estimate_tables(people, corrected)
    ]
