"""The numbers of an edition as one picture: bars, drawn as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from omiti2v.dataset.stats import Count, EditionStats
from omiti2v.dataset.stats_tables import NOT_SAID, percent
from omiti2v.html_templates import page_environment
from omiti2v.number_format import fixed
from omiti2v.safe_text import visible_text

# In pixels; colors and sizes of text are the template's.
_WIDTH, _GAP, _MARGIN = 440, 40, 28
_ROW, _HEAD = 22, 44
_LABEL, _VALUE = 222, 86
_COLUMNS = 3


@dataclass(frozen=True)
class Bar:
    """A row of a panel.

    Attributes:
        label: On its left, of one short line.
        parts: Lengths side by side, each 0 to 1 of the panel's axis.
        value: The number on its right.
        mark: A tick on its axis, 0 to 1, or None.
    """

    label: str
    parts: tuple[float, ...]
    value: str
    mark: float | None = None


@dataclass(frozen=True)
class Panel:
    """Bars under a title; `legend` says what colours and ticks mean."""

    title: str
    legend: str
    bars: tuple[Bar, ...]

    @property
    def height(self) -> int:
        """In pixels."""
        return _HEAD + _ROW * len(self.bars) + 26


def draw_figure(stats: EditionStats) -> str:
    """One SVG picture with the counts, the balance of answers and the still floors."""
    columns = _spread(build_panels(stats))
    drawn = (
        page_environment("omiti2v.dataset")
        .get_template("figure.svg")
        .render(
            stats=stats,
            places=list(_placed(columns)),
            width=2 * _MARGIN + _COLUMNS * _WIDTH + (_COLUMNS - 1) * _GAP,
            height=max(sum(panel.height for panel in column) for column in columns) + 96,
            left=_MARGIN,
            panel_width=_WIDTH,
            label_width=_LABEL,
            axis=_WIDTH - _LABEL - _VALUE,
            row_height=_ROW,
            head=_HEAD,
        )
    )
    return f"{drawn}\n"


def _placed(columns: Sequence[Sequence[Panel]]) -> Iterator[tuple[Panel, int, int]]:
    """Each panel with its left and upper edge."""
    for number, column in enumerate(columns):
        top = 84
        for panel in column:
            yield panel, _MARGIN + number * (_WIDTH + _GAP), top
            top += panel.height


def build_panels(stats: EditionStats) -> tuple[Panel, ...]:
    """What the figure shows, not yet drawn."""
    titles = {
        "category": "Categories",
        "domain": "Domains",
        "image_type": "Image types",
        "difficulty": "Difficulty",
    }
    groups = [_count_panel(title, stats.groups[kind]) for kind, title in titles.items()]
    subcategories = [
        _count_panel(f"Subcategories of {category}", counts)
        for category, counts in stats.subcategories.items()
    ]
    answered = (*stats.categories, stats.overall)
    most = max((row.questions for row in stats.dimensions), default=1)
    return (
        *groups,
        *subcategories,
        Panel(
            "Dimensions of the questions",
            "questions that expect yes (dark) and no (light)",
            tuple(
                Bar(
                    _short(row.name),
                    (
                        (row.yes_share or 0) * row.questions / most,
                        (1 - (row.yes_share or 0)) * row.questions / most,
                    ),
                    str(row.questions),
                )
                for row in stats.dimensions
            ),
        ),
        Panel(
            "Expected answer is yes",
            "share of questions; the tick is at 50 %",
            tuple(
                Bar(f"{row.name}{kind}", (share,), percent(share), mark=0.5)
                for row in answered
                for kind, share in (
                    (", edit", row.edit_yes_share),
                    (", preserve", row.preserve_yes_share),
                )
                if share is not None
            ),
        ),
        Panel(
            "Scores that need no looking",
            "accuracy; the tick is at 50 %",
            (
                *(
                    Bar(f"still, {row.name}", (row.still_floor,), percent(row.still_floor), 0.5)
                    for row in answered
                    if row.still_floor is not None
                ),
                *(
                    Bar(f"always {judge.answer}", (judge.accuracy,), percent(judge.accuracy), 0.5)
                    for judge in stats.constant_judges
                ),
            ),
        ),
    )


def _count_panel(title: str, counts: Sequence[Count]) -> Panel:
    longest = max(max(count.share, count.published or 0) for count in counts)
    has_published = any(count.published is not None for count in counts)
    return Panel(
        title,
        "samples; the tick is the published share of OmitI2V" if has_published else "samples",
        tuple(
            Bar(
                _short(count.name or NOT_SAID),
                (count.share / longest,),
                f"{count.samples} · {fixed(100 * count.share, 0)} %",
                None if count.published is None else count.published / longest,
            )
            for count in counts
        ),
    )


def _spread(panels: Iterable[Panel]) -> list[list[Panel]]:
    """The panels in columns of about one height, their order kept."""
    ordered = list(panels)
    target = sum(panel.height for panel in ordered) / _COLUMNS
    columns: list[list[Panel]] = [[] for _ in range(_COLUMNS)]
    filled = 0.0
    for panel in ordered:
        middle = filled + panel.height / 2
        columns[min(int(middle / target), _COLUMNS - 1)].append(panel)
        filled += panel.height
    return columns


def _short(label: str) -> str:
    shown = visible_text(label, one_line=True)
    return shown if len(shown) <= 34 else f"{shown[:33]}…"
