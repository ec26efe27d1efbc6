"""The numbers of an edition as one picture: bars, drawn as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from omiti2v.dataset.stats import Count, EditionStats
from omiti2v.dataset.stats_tables import NOT_SAID, percent
from omiti2v.safe_text import visible_text

_WIDTH, _GAP, _MARGIN = 440, 40, 28
_ROW, _HEAD = 22, 44
_LABEL, _VALUE = 222, 86
_INK, _MUTED, _TRACK = "#1c2126", "#5c6670", "#eceff1"
_MAIN, _OTHER, _MARK = "#0a63a5", "#7fc4ee", "#b9400c"
_COLUMNS = 3


@dataclass(frozen=True)
class Bar:
    """A row of a panel.

    Attributes:
        label: On its left.
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
    heights = [sum(panel.height for panel in column) for column in columns]
    width = 2 * _MARGIN + _COLUMNS * _WIDTH + (_COLUMNS - 1) * _GAP
    height = max(heights) + 96
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="system-ui, Segoe UI, Liberation Sans, Arial, sans-serif" '
        'font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        _text(_MARGIN, 40, f"Edition {stats.edition}", size=22, weight=650),
        _text(
            _MARGIN,
            62,
            f"{stats.samples} samples, {stats.images} images, {stats.questions} questions, "
            f"fingerprint {stats.fingerprint[:12]}",
            fill=_MUTED,
        ),
    ]
    for number, column in enumerate(columns):
        top = 84
        for panel in column:
            parts += _draw_panel(panel, _MARGIN + number * (_WIDTH + _GAP), top)
            top += panel.height
    return "\n".join([*parts, "</svg>"]) + "\n"


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
                    row.name,
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
                count.name or NOT_SAID,
                (count.share / longest,),
                f"{count.samples} · {100 * count.share:.0f} %",
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


def _draw_panel(panel: Panel, left: int, top: int) -> Iterator[str]:
    yield _text(left, top + 18, panel.title, size=15, weight=650)
    yield _text(left, top + 35, panel.legend, size=11, fill=_MUTED)
    axis = _WIDTH - _LABEL - _VALUE
    for number, bar in enumerate(panel.bars):
        y = top + _HEAD + number * _ROW
        x = float(left + _LABEL)
        yield _text(left + _LABEL - 10, y + 14, _short(bar.label), anchor="end")
        yield _rectangle(x, y + 3, axis, _TRACK)
        for part, colour in zip(bar.parts, (_MAIN, _OTHER), strict=False):
            yield _rectangle(x, y + 3, part * axis, colour)
            x += part * axis
        if bar.mark is not None:
            at = left + _LABEL + bar.mark * axis
            yield (
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y}" y2="{y + 20}" stroke="{_MARK}" '
                'stroke-width="2"/>'
            )
        yield _text(left + _WIDTH, y + 14, bar.value, anchor="end")


def _short(label: str) -> str:
    return label if len(label) <= 34 else f"{label[:33]}…"


def _rectangle(x: float, y: float, width: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="14" fill="{fill}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 13,
    weight: int = 400,
    fill: str = _INK,
    anchor: str = "start",
) -> str:
    shown = escape(visible_text(text, one_line=True))
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}">{shown}</text>'
    )
