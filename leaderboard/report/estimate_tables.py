"""The scores that know that the judge errs, as tables of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omiti2v.calibration import Calibration
from omiti2v.comparison.pairs import pair_runs
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import read_anchors
from omiti2v.estimation.differences import anchored_differences, corrected_differences
from omiti2v.estimation.run_estimates import run_estimates
from omiti2v.estimation.summary_rows import (
    Row,
    anchored_difference_notes,
    anchored_notes,
    anchored_rows,
    corrected_difference_notes,
    corrected_notes,
    corrected_rows,
    difference_rows,
)
from omiti2v.records import read_record
from omiti2v.reviews.confirmed import REVIEWS
from omiti2v.runs import Run


@dataclass(frozen=True)
class EstimateTable:
    """A table of one run.

    Attributes:
        run: Its number, from 1.
        title: What the scores rest on.
        rows: Of equal columns.
        notes: What belongs to it in words.
    """

    run: int
    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def estimate_tables(runs: Sequence[Run]) -> tuple[EstimateTable, ...]:
    """What lies beside the runs' logs: people's answers, and calibrations of their judges."""
    tables = []
    for number, run in enumerate(runs, start=1):
        found = run_estimates(run)
        if people := found.people:
            rows, notes = tuple(anchored_rows(people)), tuple(anchored_notes(people))
            tables.append(EstimateTable(number, "Anchored in people", rows, notes))
        if corrected := found.corrected:
            rows, notes = tuple(corrected_rows(corrected)), tuple(corrected_notes(corrected))
            tables.append(EstimateTable(number, "Corrected for the judge", rows, notes))
        if found.notes:
            tables.append(EstimateTable(number, "Not available", (), found.notes))
        if number > 1:
            tables += _against_first(runs[0], run, number)
    return tuple(tables)


def _against_first(first: Run, run: Run, number: int) -> list[EstimateTable]:
    """Differences to the first run, where people answered both, or one calibration is of both."""
    tables = []
    try:
        if first.judge_unavailable or run.judge_unavailable:
            return []
        # The videos that are compared alone, as in the section of differences: of equal seeds.
        pair = pair_runs(first, run, common=True)
        one, two = (read_anchors(item.paths.folder / REVIEWS) for item in (first, run))
        people = anchored_differences(pair.a, pair.b, pair.samples, (one, two))
        path = first.paths.calibration
        known = read_record(path, Calibration) if path.is_file() else None
        corrected = corrected_differences(pair.a, pair.b, pair.samples, known) if known else None
    except UserError:
        return []  # the section of differences says why
    if people:
        rows, notes = difference_rows(people.scores), anchored_difference_notes(people)
        title = "Anchored in people, against run 1"
        tables.append(EstimateTable(number, title, tuple(rows), tuple(notes)))
    if corrected:
        rows, notes = difference_rows(corrected.scores), corrected_difference_notes(corrected)
        title = "Corrected for the judge, against run 1"
        tables.append(EstimateTable(number, title, tuple(rows), tuple(notes)))
    return tables
