"""The numbers of an edition as tables of text, for the terminal and for the dataset card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omiti2v import number_format
from omiti2v.dataset.stats import CategoryCount, Count, EditionStats
from omiti2v.definitions import FACET_TITLE
from omiti2v.samples import CATEGORIES

NOT_SAID = "(not said)"
_TITLES = {
    "category": "Categories",
    "domain": "Domains",
    "image_type": "Image types",
    "people": "People in the pictures",
    "edits": "Edits in a prompt",
    "difficulty": "Difficulty",
    "licence": "Licenses of the images",
}


@dataclass(frozen=True)
class StatsTable:
    """A table: the first column is text, the others are numbers.

    Attributes:
        title: Of the table.
        head: Names of the columns; one too wide for its numbers has two lines.
        rows: As many cells as `head`.
        note: What the columns count, where their names are too short to say.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def build_tables(stats: EditionStats) -> tuple[StatsTable, ...]:
    """All tables, in the order in which they are shown."""
    return (
        _totals(stats),
        *(_group(kind, stats.groups[kind]) for kind in ("category", "domain", "image_type")),
        *(
            _group(kind, stats.groups[kind])
            for kind in ("people", "edits")
            if any(count.name for count in stats.groups[kind])
        ),
        *(
            StatsTable(f"Subcategories of {category}", ("", "samples"), _samples(counts))
            for category, counts in stats.subcategories.items()
        ),
        *(_group(kind, stats.groups[kind]) for kind in ("difficulty", "licence")),
        _dimensions(stats),
        *([_facets(stats)] if stats.facets else []),
        _answers(stats),
        _constant_judges(stats),
    )


def markdown(tables: Sequence[StatsTable]) -> str:
    """The tables in Markdown, a heading of level 3 above each."""
    parts = []
    for table in tables:
        rule = ["---", *["---:"] * (len(table.head) - 1)]
        lines = [table.head, rule, *table.rows]
        rows = "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)
        parts.append(f"### {table.title}\n\n{rows}\n")
        if table.note:
            parts.append(f"{table.note}\n")
    return "\n".join(parts)


def percent(share: float | None) -> str:
    """A fraction as "61.3 %"."""
    return "not available" if share is None else f"{number_format.percent(share)} %"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _totals(stats: EditionStats) -> StatsTable:
    rows = (
        ("samples", str(stats.samples)),
        ("different images", str(stats.images)),
        ("questions", str(stats.questions)),
        ("questions that people have confirmed", str(stats.human_verified or "none yet")),
        (
            "samples that people have confirmed",
            str(stats.samples_verified or "none yet"),
        ),
    )
    return StatsTable(f"Edition {stats.edition}", ("", "number"), rows)


def _group(kind: str, counts: Sequence[Count]) -> StatsTable:
    published = any(count.published is not None for count in counts)
    rows = tuple(
        (
            *row,
            percent(count.share),
            *([_published(count)] if published else []),
        )
        for row, count in zip(_samples(counts), counts, strict=True)
    )
    head = ("", "samples", "share", *(["published share (OmitI2V)"] if published else []))
    return StatsTable(_TITLES[kind], head, rows)


def _published(count: Count) -> str:
    return "" if count.published is None else percent(count.published)


def _samples(counts: Sequence[Count]) -> tuple[tuple[str, ...], ...]:
    return tuple((count.name or NOT_SAID, str(count.samples)) for count in counts)


def _dimensions(stats: EditionStats) -> StatsTable:
    rows = tuple(
        (row.name, str(row.questions), str(row.edit), str(row.preserve), percent(row.yes_share))
        for row in stats.dimensions
    )
    head = ("", "questions", "edit", "preserve", "expect yes")
    return StatsTable("Dimensions of the questions", head, rows)


def _facets(stats: EditionStats) -> StatsTable:
    rows = tuple(
        (
            row.kind,
            *(str(row.samples.get(category, 0)) for category in CATEGORIES),
            str(row.facets),
            str(row.asked),
            str(row.questions),
            percent(row.yes_share) if row.questions else "–",
        )
        for row in stats.facets
    )
    head = ("kind", *CATEGORIES, "facets", "asked", "questions", "expect\nyes")
    note = (
        f"Under {', '.join(CATEGORIES)}: samples that list a facet of the kind. "
        "asked: facets that a question tests."
    )
    return StatsTable(FACET_TITLE, head, rows, note)


def _answers(stats: EditionStats) -> StatsTable:
    def row(count: CategoryCount) -> tuple[str, ...]:
        shares = (count.yes_share, count.edit_yes_share, count.preserve_yes_share)
        shown = [percent(share) for share in (*shares, count.still_floor)]
        return (count.name, str(count.samples), str(count.questions), *shown)

    return StatsTable(
        "Answers, and the still floor",
        (
            *("", "samples", "questions"),
            *("expect\nyes", "edit:\nyes", "preserve:\nyes", "still\nfloor"),
        ),
        tuple(row(count) for count in (*stats.categories, stats.overall)),
    )


def _constant_judges(stats: EditionStats) -> StatsTable:
    rows = tuple(
        (f"always {judge.answer}", percent(judge.accuracy), percent(judge.edit_success))
        for judge in stats.constant_judges
    )
    return StatsTable("Judges that do not look", ("", "accuracy", "edit success"), rows)
