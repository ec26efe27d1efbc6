"""The columns of a table: what they are called, what they mean, and how their numbers look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from leaderboard.entries.display_text import display_text
from leaderboard.entries.table import Row
from omiti2v.definitions import (
    COVERAGE,
    GROUP_KINDS,
    NEGLIGENCE,
    OUTCOMES,
    SCORES,
    SOFT,
    SUCCESS,
    TAKES,
)
from omiti2v.estimation.summary_rows import TERMS
from omiti2v.samples import CATEGORIES

Kind = Literal["rank", "text", "share", "number", "date"]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: Of a figure, or of a field of a row.
        label: What people read.
        meaning: A sentence; empty where the label says it all.
        kind: `share` is shown in percent.
        chosen: Whether it is shown unless the reader chooses otherwise.
    """

    name: str
    label: str
    meaning: str
    kind: Kind
    chosen: bool = False


NAME_LABEL = "Entry"

_FIRST = (
    Column(
        "rank",
        "Rank",
        "The places that an entry may have: 2-5 of 9 where one is proven better and four are "
        "proven worse, in one family of tests over all pairs of the table. No rank: published "
        "numbers, reference lines, and rows under 99 % coverage.",
        "rank",
        chosen=True,
    ),
    Column("name", NAME_LABEL, "", "text", chosen=True),
)
_LAST = (
    Column("badge", "Badge", "What the numbers rest on; see About.", "text"),
    Column("method", "Method", "", "text", chosen=True),
    Column("backbone", "Backbone", "The video model.", "text", chosen=True),
    Column(
        "coverage",
        "Coverage",
        "Share of samples with a video, or of questions that the judge came to, whichever is "
        "smaller.",
        "share",
        chosen=True,
    ),
    Column("weights", "Weights", "Whether the video model's weights are available.", "text"),
    Column("added", "Added", "", "date", chosen=True),
    Column("unranked", "Why no rank", "", "text"),
    Column("source", "Source", "", "text"),
    Column("note", "Note", "", "text"),
    Column("id", "Id", "", "text"),
)
_CHOSEN = {
    "success",
    "semantic_average",
    "negligence",
    "lift",
    *(f"category:{name}:accuracy" for name in CATEGORIES),
    "metric:dynamic_degree",
    "metric:aesthetic_quality",
}
_ORDER = ("success", "semantic_average", "accuracy", "negligence", "lift")


_PEOPLE = Column(
    "people", "People", "Of how many samples people answered the questions.", "text", chosen=True
)
_ANCHORED = (
    "From the judge's answers to all and people's to some of the samples, so that the judge's "
    "errors are not in it."
)


def table_columns(rows: Iterable[Row]) -> list[Column]:
    """The columns that rows fill, headlines first."""
    rows = list(rows)
    people = [_PEOPLE] if any(row.people for row in rows) else []
    names = {name for row in rows for name in row.figures}
    categories = [f"category:{name}:accuracy" for name in CATEGORIES]
    first = [name for name in (*_ORDER, *categories) if name in names]
    metrics = sorted(name for name in names if name.startswith("metric:"))
    rest = sorted(names - {*first, *metrics})
    return [*_FIRST, *(figure_column(name) for name in (*first, *metrics, *rest)), *people, *_LAST]


def figure_column(name: str) -> Column:
    """The column of a figure, as `success` or `category:addition:accuracy`."""
    label, meaning = _described(name)
    kind: Kind = "number" if name.startswith("metric:") else "share"
    return Column(name, label, meaning, kind, chosen=name in _CHOSEN)


def _described(name: str) -> tuple[str, str]:
    headlines = {"success": SUCCESS, "negligence": NEGLIGENCE} | SCORES
    if name in headlines:
        return headlines[name].label, headlines[name].meaning
    kind, _, rest = name.partition(":")
    if kind == "metric":
        return _spaced(rest), "Mean over the videos measured, in the metric's own unit."
    if kind == "takes" and rest in TAKES:
        return TAKES[rest].label, TAKES[rest].meaning
    if kind == "people" and rest in TERMS:
        label = TERMS[rest].label
        return f"{label}, judge and people", f"{TERMS[rest].meaning} {_ANCHORED}"
    if kind == "soft" and rest in SOFT:
        return SOFT[rest].label, SOFT[rest].meaning
    for family, definitions in (("outcome", OUTCOMES), ("coverage", COVERAGE)):
        known = {str(key): value for key, value in definitions.items()}
        if kind == family and rest in known:
            return f"{family.capitalize()}: {known[rest].label.lower()}", known[rest].meaning
    group, _, score = rest.rpartition(":")
    if kind in GROUP_KINDS and group:
        what = "" if score == "accuracy" else f", {score}"
        title = _spaced(group)
        label = f"{title}{what}" if kind == "category" else f"{GROUP_KINDS[kind]}: {title}{what}"
        return label, f"{score.capitalize()} over this {GROUP_KINDS[kind].lower()} alone."
    return _spaced(name), ""


def _spaced(name: str) -> str:
    text = display_text(name).replace("_", " ")
    return f"{text[:1].upper()}{text[1:]}"
