"""The rows of a table, as plain values: what a page, a CSV file or a test shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from leaderboard.entries.board import Board, BoardKey
from leaderboard.entries.display_text import display_text, link_or_none
from leaderboard.entries.entry import Entry
from leaderboard.entries.entry_info import Badge, ReportedResults
from leaderboard.entries.ranking import (
    RANKED_BY,
    BoardFamily,
    RankedBy,
    RowRank,
    board_family,
    rank_rows,
)
from leaderboard.report.run_facts import RANKED_FROM
from omiti2v.errors import UserError
from omiti2v.number_format import percent
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.scores import Estimate

_DEFAULTS: tuple[RankedBy, ...] = ("success", "accuracy", "semantic_average")
_HEADLINES = {"outcome:success": "success", "outcome:negligent": "negligence"}


@dataclass(frozen=True)
class Published:
    """A number without a log: no interval, and the samples are not known.

    Attributes:
        value: A fraction.
        low, high, n: As an `Estimate` has them; None.
    """

    value: float
    low: None = None
    high: None = None
    n: None = None


Figure = Estimate | Published
"""A number: a fraction for scores, a metric in its own unit."""


@dataclass(frozen=True)
class Row:
    """An entry in a table. Every text is one line of visible characters, never markup.

    Attributes:
        id: As `open/still-floor`.
        name, method, backbone, license: Of the submission.
        version: Of this name.
        links: Those that lead to the web.
        open_weights: None where not said.
        badge: What is known of the numbers; see `BADGES`.
        added: The day.
        source, note: What a reader should know; empty where nothing.
        figures: By name: success, negligence, accuracy, semantic_average, ... and
            `category:addition:accuracy`, `outcome:broken`, `coverage:videos`, `metric:NAME`.
        coverage: Share in [0, 1] of samples with a video, or of questions that the judge came to,
            whichever is smaller; None for reported and exact rows.
        unranked: Why it has no rank; None where it has one.
        standing: Its rank; None where it has none.
        people: Of how many samples people answered the questions; empty where of none.
    """

    id: str
    name: str
    version: int
    method: str
    backbone: str
    license: str
    links: tuple[str, ...]
    open_weights: bool | None
    badge: Badge
    added: date
    source: str
    note: str
    figures: Mapping[str, Figure]
    coverage: float | None
    unranked: str | None
    standing: RowRank | None = None
    people: str = ""

    @property
    def title(self) -> str:
        """Its name, with its version from the second on."""
        return self.name if self.version == 1 else f"{self.name} (v{self.version})"


@dataclass(frozen=True)
class Table:
    """A table of a board.

    Attributes:
        key: Its edition and judge.
        by: The score that its rows are ordered by, and ranked where they have a rank.
        rows: Ranked rows in the order of the score, then the others by the same score.
        floor: The exact accuracy of a frozen copy of the reference images; None where not known.
        pairs: Number of pairs of entries that were tested together for the ranks.
    """

    key: BoardKey
    by: RankedBy
    rows: tuple[Row, ...]
    floor: Figure | None
    pairs: int = 0


def table_family(board: Board, key: BoardKey) -> BoardFamily:
    """All pairs of a table, tested together: of the entries that answer for the whole edition.

    An entry that was limited to some samples, or whose judge's answers make no score, is not in it.
    """
    samples, _ = _samples(board, key)
    marks = {
        entry.id: entry.marks
        for entry in board.tables.get(key, ())
        if entry.marks and entry.run and entry.run.judge and entry.run.sample_ids is None
        if entry.run.edition.samples == len(samples)
        if entry.marks.right is not None
    }
    return board_family(marks, samples)


def make_table(
    board: Board, key: BoardKey, *, by: RankedBy | None = None, family: BoardFamily | None = None
) -> Table:
    """The rows of one edition and judge, ranked.

    Args:
        board: The board.
        key: One of `board.tables`.
        by: The score to rank by; None for the first of success, accuracy and semantic average
            that a row has.
        family: From `table_family`, where it is known already.

    Raises:
        UserError: There is no such table.
    """
    entries = board.tables.get(key)
    if entries is None:
        raise UserError(f"{board.storage.place}: has no table for edition {key.edition}")
    rows = {entry.id: make_row(entry) for entry in entries}
    by = by or _first_score(rows.values())
    _, problem = _samples(board, key)
    family = family or table_family(board, key)
    ranked = [entry_id for entry_id in family.ids if rows[entry_id].unranked is None]
    for entry_id, standing in rank_rows(family, ranked, by).items():
        rows[entry_id] = replace(rows[entry_id], standing=standing)
    for entry_id, row in rows.items():
        if row.unranked is None and row.standing is None:
            missing = f"no {by.replace('_', ' ')} over all samples of the edition"
            rows[entry_id] = replace(row, unranked=problem or missing)
    sign = -1 if RANKED_BY[by] else 1

    def order(row: Row) -> tuple[bool, float, str, int]:
        figure = row.figures.get(by)
        value = sign * figure.value if figure else float("inf")
        return (row.standing is None, value, row.name, row.version)

    floor = board.floor(key)
    return Table(
        key=key,
        by=by,
        rows=tuple(sorted(rows.values(), key=order)),
        floor=make_row(floor).figures.get("still_floor") if floor else None,
        pairs=family.pairs,
    )


def make_row(entry: Entry) -> Row:
    """An entry as a row, without a rank."""
    submission, info = entry.submission, entry.info
    figures = _figures(entry)
    coverage = _coverage(figures) if entry.run else None
    notes = [display_text(info.note or "")]
    if info.reported:
        notes.append(sample_count_note(info.reported))
    return Row(
        id=entry.id,
        name=display_text(submission.name),
        version=info.version,
        method=display_text(submission.method or ""),
        backbone=display_text(submission.backbone or ""),
        license=display_text(submission.license or ""),
        links=tuple(link for text in submission.links if (link := link_or_none(text))),
        open_weights=info.open_weights,
        badge=info.badge,
        added=info.added,
        source=display_text(info.source or ""),
        note=" ".join(filter(None, notes)),
        figures=figures,
        coverage=coverage,
        unranked=_unranked(entry, coverage),
        people=entry.people.scores.badge if entry.people else "",
    )


def sample_count_note(reported: ReportedResults) -> str:
    """On how many samples published numbers were measured, as far as that can be told."""
    stated, inferred = reported.samples_stated, reported.samples_inferred
    if stated == inferred:
        return f"Measured on {stated} samples, as its source states and its numbers fit."
    return (
        f"Its source states {stated} samples, which is the number in the authors' release; the "
        f"published ratios fit {inferred} samples only, so it was in all likelihood measured on "
        f"{inferred}. Not comparable with numbers on {stated} samples without this in mind."
    )


def _samples(board: Board, key: BoardKey) -> tuple[tuple[Sample, ...], str | None]:
    """The samples of a table; none, and why, where they are not available."""
    try:
        edition = board.edition(key)
    except UserError as error:
        return (), f"the edition can't be read: {error}"
    return (edition.samples if edition else ()), None


def _first_score(rows: Iterable[Row]) -> RankedBy:
    # A floor is in every table, and its scores are no reason to rank submissions by them.
    submissions = [row for row in rows if row.badge != "exact"]
    for name in _DEFAULTS:
        if any(name in row.figures for row in submissions):
            return name
    return _DEFAULTS[0]


def _unranked(entry: Entry, coverage: float | None) -> str | None:
    if entry.info.badge == "reported":
        return "published numbers without a log: no paired comparison is possible"
    if entry.info.badge == "exact":
        return "a reference line, not a submission"
    if entry.judge is None:
        return "no judge was asked: metrics only"
    if entry.scores and entry.scores.judge_unavailable:
        return entry.scores.judge_unavailable
    if coverage is None or coverage < RANKED_FROM:
        return f"coverage {percent(coverage or 0)} %, expected at least {100 * RANKED_FROM:.0f} %"
    if entry.run and entry.run.sample_ids is not None:
        return f"limited to {len(entry.run.sample_ids)} of {entry.run.edition.samples} samples"
    return None


def _coverage(figures: Mapping[str, Figure]) -> float:
    videos = figures["coverage:videos"].value
    lost = sum(
        figures[name].value for name in ("coverage:error", "coverage:missing") if name in figures
    )
    return min(videos, 1 - lost)


def _figures(entry: Entry) -> Mapping[str, Figure]:
    if entry.info.reported:
        return _reported_figures(entry.info.reported)
    figures = {_HEADLINES.get(name, name): row for name, row in entry.figures.items()}
    anchored = entry.people.scores if entry.people else None
    return figures | {
        f"people:{name}": Estimate(value=row.value, low=row.low, high=row.high, n=anchored.answered)
        for name, row in (anchored.scores if anchored else {}).items()
        if anchored
    }


def _reported_figures(reported: ReportedResults) -> Mapping[str, Figure]:
    shares = {name: value / 100 for name, value in reported.categories.items()}
    figures = {f"category:{name}:accuracy": Published(value) for name, value in shares.items()}
    if all(name in shares for name in CATEGORIES):
        figures["semantic_average"] = Published(sum(shares[name] for name in CATEGORIES) / 3)
    return figures | {
        f"metric:{name}": Published(value / 100) for name, value in reported.metrics.items()
    }
