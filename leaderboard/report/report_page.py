"""Everything on the page, prepared; nothing here knows of HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.report.differences import RunDifferences, differences_to_first
from leaderboard.report.estimate_tables import tables_of_runs
from leaderboard.report.page_videos import PageVideos, VideoFolders, gather_page_videos
from leaderboard.report.run_facts import (
    Facts,
    collect_facts,
    collect_notices,
    judge_label,
    refuse_mixed_editions,
)
from leaderboard.report.sample_cards import (
    RunLookup,
    SampleCard,
    build_cards,
    by_importance,
    flipped_first,
)
from leaderboard.report.score_cells import Segment, stacked_outcomes
from leaderboard.report.score_tables import (
    Breakdown,
    ScoreRow,
    build_breakdowns,
    coverage_rows,
    metric_rows,
    score_rows,
)
from omiti2v.definitions import OUTCOMES
from omiti2v.edition_versions import edition_label
from omiti2v.estimation.summary_rows import EstimateTable
from omiti2v.findings import Finding, Level
from omiti2v.outcomes import Outcome
from omiti2v.runs import Run
from omiti2v.samples import CATEGORIES
from omiti2v.scores import Missing, Scores


@dataclass(frozen=True)
class RunHead:
    """A run as the report names it.

    Attributes:
        number: From 1.
        name: Of the submission.
        judge: Name and short fingerprint.
        is_judged: Whether a judge was asked.
        why_no_outcomes: Why there are none, where there are none.
    """

    number: int
    name: str
    judge: str
    is_judged: bool
    why_no_outcomes: str


@dataclass(frozen=True)
class FindingRow:
    """A finding and the number of its run."""

    run: int
    finding: Finding


@dataclass(frozen=True)
class ReportPage:
    """The contents of a report; the template shows it and decides nothing.

    Attributes:
        edition, edition_samples: What the questions come from.
        edition_label: Name, version where it is known, and short fingerprint.
        runs: In the order of every table.
        notices: What to know before reading a number.
        facts: What the runs are.
        scores, coverage, metrics: The tables.
        outcomes: The stacked bar of each run; empty where it has none.
        breakdowns: By category first.
        errors, warnings: What the look at the videos found.
        estimates: Scores anchored in people or corrected for the judge, each with its run's number.
        differences: Of each run after the first, to the first.
        cards: One for each sample, the flipped ones first.
        filters: Outcomes of the first run with the number of samples; empty where it has none.
        categories: With the number of samples.
        flipped: Number of samples at which some runs succeeded and others did not.
        videos_found: What became of the videos; empty where none were asked for.
    """

    edition: str
    edition_label: str
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
    estimates: tuple[tuple[int, EstimateTable], ...]
    differences: tuple[RunDifferences, ...]
    cards: tuple[SampleCard, ...]
    filters: tuple[tuple[Outcome, int], ...]
    categories: tuple[tuple[str, int], ...]
    flipped: int
    videos_found: PageVideos

    @property
    def title(self) -> str:
        """As "Wan2.1 + AlignVid on open"."""
        return f"{', '.join(run.name for run in self.runs)} on {self.edition}"

    @property
    def has_videos(self) -> bool:
        """Whether there are videos to play."""
        return bool(self.videos_found.found)


def build_page(
    runs: Sequence[Run],
    *,
    missing: Missing | None = None,
    videos: VideoFolders | None = None,
    path: Path = Path("report.html"),
) -> ReportPage:
    """Prepare a report; the scores are computed from the runs' logs.

    Args:
        runs: At least one, all of one edition.
        missing: What a sample without a video counts; each run's own rule where None.
        videos: Where the runs' videos are; None for a page without any.
        path: Where the page goes, which links to videos are relative to.

    Raises:
        UserError: The runs are of different editions, a log does not fit its edition, or a folder
            of videos does not exist.
        ValueError: There is no run, or not one folder of videos for each.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    refuse_mixed_editions(runs)
    if missing is not None:
        runs = [replace(run, info=run.info.model_copy(update={"missing": missing})) for run in runs]
    scores = [
        run.compute_scores(
            missing=run.info.missing,
            resamples=run.info.resamples,
            seed=run.info.seed,
        )
        for run in runs
    ]
    lookups = [RunLookup(run, score) for run, score in zip(runs, scores, strict=True)]
    cards = flipped_first(build_cards(lookups))
    videos_found = PageVideos()
    if videos:
        logs = [lookup.videos for lookup in lookups]
        videos_found = gather_page_videos(by_importance(cards), logs, videos, page=path)
    edition = runs[0].info.edition
    return ReportPage(
        edition=edition.name,
        edition_label=edition_label(edition.name, edition.fingerprint),
        edition_samples=edition.samples,
        runs=tuple(
            RunHead(
                number,
                run.info.submission.name,
                judge_label(run.info),
                is_judged=bool(run.info.judge),
                why_no_outcomes=_why_no_outcomes(run, score),
            )
            for number, (run, score) in enumerate(zip(runs, scores, strict=True), start=1)
        ),
        notices=collect_notices(runs, scores, _names(runs)),
        facts=collect_facts(runs, scores),
        scores=score_rows(scores),
        outcomes=tuple(stacked_outcomes(score.outcomes) for score in scores),
        coverage=coverage_rows(scores),
        metrics=metric_rows(runs, scores),
        breakdowns=build_breakdowns(runs, scores),
        errors=finding_rows(runs, "error"),
        warnings=finding_rows(runs, "warning"),
        estimates=tables_of_runs(runs),
        differences=differences_to_first(runs, missing=missing),
        cards=cards,
        filters=outcome_filters(cards) if scores[0].outcomes else (),
        categories=category_filters(cards),
        flipped=sum(card.is_flipped for card in cards),
        videos_found=videos_found,
    )


def finding_rows(runs: Sequence[Run], level: Level) -> tuple[FindingRow, ...]:
    """What was found in the submissions' files, by run and file."""
    return tuple(
        FindingRow(number, finding)
        for number, run in enumerate(runs, start=1)
        for finding in sorted(run.findings, key=lambda finding: finding.subject)
        if finding.level == level
    )


def outcome_filters(cards: Sequence[SampleCard]) -> tuple[tuple[Outcome, int], ...]:
    """How many samples of the first run have each outcome."""
    counts = Counter(card.outcome for card in cards)
    return tuple((outcome, counts[outcome]) for outcome in OUTCOMES)


def category_filters(cards: Sequence[SampleCard]) -> tuple[tuple[str, int], ...]:
    """How many samples there are of each category."""
    counts = Counter(card.sample.category for card in cards)
    return tuple((category, counts[category]) for category in CATEGORIES)


def _why_no_outcomes(run: Run, scores: Scores) -> str:
    if run.info.judge is None:
        return "no judge was asked"
    if scores.judge_unavailable:
        return scores.judge_unavailable
    return "the edition gives no reference answers"


def _names(runs: Sequence[Run]) -> list[str]:
    """What the notices call the runs."""
    if len(runs) == 1:
        return ["This run"]
    return [f"Run {number} ({run.info.submission.name})" for number, run in enumerate(runs, 1)]
