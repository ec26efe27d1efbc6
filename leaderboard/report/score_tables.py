"""The tables of the report: scores, coverage, metrics, and scores by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaderboard.report.score_cells import ScoreCell, number_cell, percent_cell
from omiti2v.bootstrap import Ratio
from omiti2v.definitions import (
    COVERAGE,
    FACET_TITLE,
    FACETS,
    GROUP_KINDS,
    NEGLIGENCE,
    SCORES,
    SOFT,
    SUCCESS,
    TAKES,
    Definition,
)
from omiti2v.outcomes import Outcome
from omiti2v.runs import MetricStamp, Run
from omiti2v.score_ratios import QUESTION_KINDS, has_roles, question_floors
from omiti2v.scores import Estimate, Scores, scored_samples
from omiti2v.takes import sample_of

LIFT_AXIS = (-1.0, 1.0)

Groups = Mapping[str, Mapping[str, Estimate]]
"""Scores by group."""


@dataclass(frozen=True)
class ScoreRow:
    """A score of every run; None where it is not available.

    Attributes:
        key: Names it for the style sheet.
        definition: Its name and meaning.
        figures: In the order of the runs.
        unit: What the number is a number of, where it is no percentage.
    """

    key: str
    definition: Definition
    figures: tuple[ScoreCell | None, ...]
    unit: str = ""


@dataclass(frozen=True)
class Breakdown:
    """Scores by group.

    Attributes:
        kind: Key, as "image_type".
        label: As "Image type".
        columns: Names of the scores that each run has here.
        rows: Each group with its figures: for each run, those of `columns`.
        note: What is counted.
        terms: What the groups mean, where their names don't say.
    """

    kind: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[ScoreCell | None, ...], ...]], ...]
    note: str
    terms: tuple[Definition, ...] = ()

    @property
    def title(self) -> str:
        """What stands above the table."""
        return FACET_TITLE if self.kind == "facet" else self.label


def score_rows(scores: Sequence[Scores]) -> tuple[ScoreRow, ...]:
    """The headline: success and accuracy first, negligence last."""

    def outcome(name: Outcome) -> tuple[ScoreCell | None, ...]:
        return tuple(percent_cell((score.outcomes or {}).get(name)) for score in scores)

    def overall(name: str) -> tuple[ScoreCell | None, ...]:
        axis = LIFT_AXIS if name == "lift" else (0.0, 1.0)
        return tuple(percent_cell(score.scores.get(name), axis=axis) for score in scores)

    def soft(name: str) -> tuple[ScoreCell | None, ...]:
        return tuple(percent_cell((score.soft or {}).get(name)) for score in scores)

    return (
        ScoreRow("success", SUCCESS, outcome("success")),
        *(ScoreRow(name, definition, overall(name)) for name, definition in SCORES.items()),
        ScoreRow("negligence", NEGLIGENCE, outcome("negligent")),
        *_take_rows(scores),
        *(
            ScoreRow(f"soft-{name}", definition, soft(name))
            for name, definition in SOFT.items()
            if any(score.soft for score in scores)
        ),
    )


def _take_rows(scores: Sequence[Scores]) -> tuple[ScoreRow, ...]:
    """Success in some and in every take, where a run has several of a sample."""
    if not any(score.takes for score in scores):
        return ()
    shares = {
        name: [getattr(score.takes, name) if score.takes else None for score in scores]
        for name in TAKES
    }
    return tuple(
        ScoreRow(f"takes-{name}", TAKES[name], tuple(map(percent_cell, row)))
        for name, row in shares.items()
    )


def coverage_rows(scores: Sequence[Scores]) -> tuple[ScoreRow, ...]:
    """Samples with a video, and what became of the questions."""
    return tuple(
        ScoreRow(
            name, definition, tuple(percent_cell(score.coverage.get(name)) for score in scores)
        )
        for name, definition in COVERAGE.items()
        if any(name in score.coverage for score in scores)
    )


def metric_rows(runs: Sequence[Run], scores: Sequence[Scores]) -> tuple[ScoreRow, ...]:
    """The mean of each metric over the videos measured."""
    stamps: dict[str, MetricStamp] = {}
    for run in reversed(runs):
        stamps |= run.info.metrics
    names = sorted({name for score in scores for name in score.metrics})
    return tuple(
        ScoreRow(
            name,
            Definition(name, stamps[name].description if name in stamps else ""),
            tuple(number_cell(score.metrics.get(name)) for score in scores),
            unit=_unit(stamps[name]) if name in stamps else "unit not known",
        )
        for name in names
    )


def _unit(stamp: MetricStamp) -> str:
    if stamp.higher_is_better is None:
        return stamp.unit
    return f"{stamp.unit}, {'higher' if stamp.higher_is_better else 'lower'} is better"


def build_breakdowns(runs: Sequence[Run], scores: Sequence[Scores]) -> tuple[Breakdown, ...]:
    """The scores by group, for each kind of group that a run has.

    Args:
        runs: The runs.
        scores: Of each; what they say of missing videos counts.
    """
    return tuple(
        _breakdown(kind, [_groups(*pair, kind) for pair in zip(runs, scores, strict=True)])
        for kind in GROUP_KINDS
        if any(kind in score.breakdowns for score in scores)
    )


def _groups(run: Run, scores: Scores, kind: str) -> Groups:
    """A run's scores by group, with the still floor where groups are of questions."""
    found: Groups = scores.breakdowns.get(kind, {})
    there = {sample_of(video) for video in run.with_video}
    samples = scored_samples(run.samples, there, scores.missing)
    if kind not in QUESTION_KINDS or not found or not has_roles(samples):
        return found
    floors = question_floors(samples, kind)
    return {group: {**row, "still_floor": _exact(floors[group])} for group, row in found.items()}


def _exact(ratio: Ratio) -> Estimate:
    return Estimate(value=ratio.value, low=None, high=None, n=ratio.n, exact=True)


def _breakdown(kind: str, tables: Sequence[Groups]) -> Breakdown:
    present = {name for table in tables for row in table.values() for name in row}
    columns = tuple(
        name for name in ("accuracy", "still_floor", "success", "negligence") if name in present
    )
    groups = sorted({group for table in tables for group in table})

    def cells(group: str) -> tuple[tuple[ScoreCell | None, ...], ...]:
        rows = [table.get(group, {}) for table in tables]
        return tuple(tuple(percent_cell(row.get(name)) for name in columns) for row in rows)

    note = "n counts samples."
    if kind in QUESTION_KINDS:
        note = "Accuracy is over the questions of a row; n counts the samples that have one."
    if "still_floor" in present:
        note += f" Still floor, at the same questions: {SCORES['still_floor'].meaning}"
    return Breakdown(
        kind,
        GROUP_KINDS[kind],
        columns,
        tuple((group, cells(group)) for group in groups),
        note,
        tuple(FACETS.values()) if kind == "facet" else (),
    )
