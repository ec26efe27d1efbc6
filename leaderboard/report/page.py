"""Everything on the page, prepared; nothing here knows of HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leaderboard.report.cards import RunLookup, SampleCard, build_cards
from leaderboard.report.definitions import (
    COVERAGE,
    GROUP_KINDS,
    NEGLIGENCE,
    OUTCOMES,
    SCORES,
    SUCCESS,
    Definition,
)
from leaderboard.report.facts import (
    Facts,
    collect_facts,
    collect_notices,
    judge_label,
    refuse_mixed_editions,
)
from leaderboard.report.figures import Figure, Segment, quantity, share, stacked_outcomes
from leaderboard.report.text import short_digest
from omiti2v.findings import Finding, Level
from omiti2v.outcomes import Outcome
from omiti2v.runs import MetricStamp, Run
from omiti2v.scores import Estimate, Missing, Scores

LIFT_AXIS = (-1.0, 1.0)


@dataclass(frozen=True)
class RunHead:
    """The head of a run's column.

    Attributes:
        number: From 1.
        name: Of the submission.
        judge: Name and short fingerprint.
        is_judged: Whether a judge was asked.
    """

    number: int
    name: str
    judge: str
    is_judged: bool


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
    figures: tuple[Figure | None, ...]
    unit: str = ""


@dataclass(frozen=True)
class Breakdown:
    """Scores by group.

    Attributes:
        kind: Key, as "image_type".
        label: As "Image type".
        columns: Names of the scores that each run has here.
        rows: Each group with its figures: for each run, those of `columns`.
    """

    kind: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[Figure | None, ...], ...]], ...]


@dataclass(frozen=True)
class FindingRow:
    """A finding and the number of its run."""

    run: int
    finding: Finding


@dataclass(frozen=True)
class Page:
    """The contents of a report; the template shows it and decides nothing.

    Attributes:
        edition, fingerprint, edition_samples: What the questions come from.
        runs: The columns.
        notices: What to know before reading a number.
        facts: What the runs are.
        scores, coverage, metrics: The tables.
        outcomes: The stacked bar of each run; empty where it has none.
        breakdowns: By category first.
        errors, warnings: What the look at the videos found.
        cards: One for each sample.
        filters: Outcomes of the first run with the number of samples; empty where it has none.
    """

    edition: str
    fingerprint: str
    edition_samples: int
    runs: tuple[RunHead, ...]
    notices: tuple[str, ...]
    facts: Facts
    scores: tuple[ScoreRow, ...]
    outcomes: tuple[tuple[Segment, ...], ...]
    coverage: tuple[ScoreRow, ...]
    metrics: tuple[ScoreRow, ...]
    breakdowns: tuple[Breakdown, ...]
    errors: tuple[FindingRow, ...]
    warnings: tuple[FindingRow, ...]
    cards: tuple[SampleCard, ...]
    filters: tuple[tuple[Outcome, int], ...]

    @property
    def title(self) -> str:
        """As "Wan2.1 + AlignVid on open"."""
        return f"{', '.join(run.name for run in self.runs)} on {self.edition}"


def build_page(
    runs: Sequence[Run],
    *,
    missing: Missing | None = None,
    resamples: int | None = None,
    seed: int | None = None,
) -> Page:
    """Prepare a report; the scores are computed from the runs' logs.

    Args:
        runs: At least one, all of one edition.
        missing: What a sample without a video counts; each run's own rule where None.
        resamples, seed: Of the bootstrap; each run's own where None.

    Raises:
        UserError: The runs are of different editions, or a log does not fit its edition.
        ValueError: There is no run.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    refuse_mixed_editions(runs)
    if missing is not None:
        runs = [replace(run, info=run.info.model_copy(update={"missing": missing})) for run in runs]
    scores = [
        run.compute_scores(
            missing=run.info.missing,
            resamples=run.info.resamples if resamples is None else resamples,
            seed=run.info.seed if seed is None else seed,
        )
        for run in runs
    ]
    cards = build_cards(
        [
            RunLookup(run, has_outcomes=score.outcomes is not None)
            for run, score in zip(runs, scores, strict=True)
        ]
    )
    edition = runs[0].info.edition
    return Page(
        edition=edition.name,
        fingerprint=short_digest(edition.fingerprint),
        edition_samples=edition.samples,
        runs=tuple(
            RunHead(number, run.info.submission.name, judge_label(run.info), bool(run.info.judge))
            for number, run in enumerate(runs, start=1)
        ),
        notices=collect_notices(runs, scores, _names(runs)),
        facts=collect_facts(runs, scores),
        scores=score_rows(scores),
        outcomes=tuple(stacked_outcomes(score.outcomes) for score in scores),
        coverage=coverage_rows(scores),
        metrics=metric_rows(runs, scores),
        breakdowns=build_breakdowns(scores),
        errors=finding_rows(runs, "error"),
        warnings=finding_rows(runs, "warning"),
        cards=cards,
        filters=outcome_filters(cards) if scores[0].outcomes else (),
    )


def score_rows(scores: Sequence[Scores]) -> tuple[ScoreRow, ...]:
    """The headline: success and accuracy first, negligence last."""

    def outcome(name: Outcome) -> tuple[Figure | None, ...]:
        return tuple(share((score.outcomes or {}).get(name)) for score in scores)

    return (
        ScoreRow("success", SUCCESS, outcome("success")),
        *(
            ScoreRow(
                name,
                definition,
                tuple(
                    share(score.scores.get(name), axis=LIFT_AXIS if name == "lift" else (0.0, 1.0))
                    for score in scores
                ),
            )
            for name, definition in SCORES.items()
        ),
        ScoreRow("negligence", NEGLIGENCE, outcome("negligent")),
    )


def coverage_rows(scores: Sequence[Scores]) -> tuple[ScoreRow, ...]:
    """Samples with a video, and what became of the questions."""
    return tuple(
        ScoreRow(name, definition, tuple(share(score.coverage.get(name)) for score in scores))
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
            tuple(quantity(score.metrics.get(name)) for score in scores),
            unit=_unit(stamps[name]) if name in stamps else "unit not known",
        )
        for name in names
    )


def _unit(stamp: MetricStamp) -> str:
    if stamp.higher_is_better is None:
        return stamp.unit
    return f"{stamp.unit}, {'higher' if stamp.higher_is_better else 'lower'} is better"


def build_breakdowns(scores: Sequence[Scores]) -> tuple[Breakdown, ...]:
    """The scores by group, for each kind of group that a run has."""
    return tuple(
        _breakdown(kind, label, [score.breakdowns.get(kind, {}) for score in scores])
        for kind, label in GROUP_KINDS.items()
        if any(kind in score.breakdowns for score in scores)
    )


def _breakdown(
    kind: str, label: str, tables: Sequence[Mapping[str, Mapping[str, Estimate]]]
) -> Breakdown:
    present = {name for table in tables for row in table.values() for name in row}
    columns = tuple(name for name in ("accuracy", "success", "negligence") if name in present)
    groups = sorted({group for table in tables for group in table})
    return Breakdown(
        kind,
        label,
        columns,
        tuple(
            (
                group,
                tuple(
                    tuple(share(table.get(group, {}).get(name)) for name in columns)
                    for table in tables
                ),
            )
            for group in groups
        ),
    )


def finding_rows(runs: Sequence[Run], level: Level) -> tuple[FindingRow, ...]:
    """What the look at the videos found, by run and file."""
    rows = [
        FindingRow(number, finding)
        for number, run in enumerate(runs, start=1)
        for video in run.videos
        for finding in video.findings
        if finding.level == level
    ]
    return tuple(sorted(rows, key=lambda row: (row.run, row.finding.subject)))


def outcome_filters(cards: Sequence[SampleCard]) -> tuple[tuple[Outcome, int], ...]:
    """How many samples of the first run have each outcome."""
    counts = Counter(card.outcome for card in cards)
    return tuple((outcome, counts[outcome]) for outcome in OUTCOMES)


def _names(runs: Sequence[Run]) -> list[str]:
    """What the notices call the runs."""
    if len(runs) == 1:
        return ["This run"]
    return [f"Run {number} ({run.info.submission.name})" for number, run in enumerate(runs, 1)]
