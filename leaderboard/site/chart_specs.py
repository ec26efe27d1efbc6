"""The charts, as Altair specifications with a description each."""

from __future__ import annotations

import importlib.util
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import altair as alt

from leaderboard.site.chart_rows import BINS, PLACES, ChartRow
from leaderboard.site.palette import NEUTRAL, OUTCOME_COLORS, SERIES, SHAPES
from omiti2v.definitions import OUTCOMES
from omiti2v.number_format import fixed, plain_number, signed_points
from omiti2v.outcomes import Outcome

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

ROW = alt.Step(26)
PICTURE_WIDTH = 640
PUBLISHED = "as published of OmitI2V"
_SHORT = 18
"""As many characters fit into half of a phone's width, beside their symbol."""
_TICKS = alt.Axis(tickCount=8)
_LABELS = alt.Axis(labelLimit=180, labelOverlap=False, labelFlush=False, title=None)


def trade_off_chart(
    points: Sequence[ChartRow], arrows: Sequence[ChartRow], *, x: str, y: str
) -> Drawing:
    """Entries in the plane of two numbers, with the front and the way from each baseline.

    Names would lie upon each other: a mark has its entry's number, see `chart_rows.numbered_names`.

    Args:
        points, arrows: See `trade_off_rows` and `arrow_rows`.
        x, y: Titles of the axes.
    """
    methods = sorted({row["method"] for row in points})
    base = alt.Chart(_data(points)).encode(
        x=alt.X("x:Q", title=x, axis=_TICKS, scale=_reach([row["x"] for row in points])),
        y=alt.Y("y:Q", title=y, axis=_TICKS, scale=_reach([row["y"] for row in points], most=100)),
    )
    front = (
        base.transform_filter("datum.front")
        .mark_line(strokeDash=[4, 4], color=NEUTRAL)
        .encode(order="x:Q")
    )
    ways = (
        alt.Chart(_data(arrows))
        .mark_trail(color=NEUTRAL, opacity=0.75)
        .encode(
            x="x:Q",
            y="y:Q",
            detail="arrow:N",
            order="step:O",
            size=alt.Size("step:Q", scale=alt.Scale(domain=[0, 1], range=[0.6, 6]), legend=None),
        )
    )
    marks = base.mark_point(size=110, filled=True, opacity=1).encode(
        color=alt.Color("method:N", **_series(SERIES, methods)),
        shape=alt.Shape("method:N", **_series(SHAPES, methods)),
        tooltip=_tooltip(
            ("number:O", "Number"), ("entry:N", "Entry"), ("x:Q", x, ".3f"), ("y:Q", y, ".1f")
        ),
    )
    numbers = [
        base.transform_filter(f"datum.place === '{place}'")
        .mark_text(fontSize=13, fontWeight="bold", color=NEUTRAL, dx=dx, dy=dy)
        .encode(text="number:O")
        for place, (dx, dy) in PLACES.items()
    ]
    layers = [front, *([ways] if arrows else []), marks, *numbers]
    said = [
        f"{row['entry']}: {plain_number(row['x'])} and {fixed(row['y'], 1)}" for row in points[:12]
    ]
    return alt.layer(*layers).properties(
        height=460, description=f"{len(points)} entries by {x} and {y}. {'; '.join(said)}"
    )


def interval_chart(rows: Sequence[ChartRow], *, title: str, floor: float | None = None) -> Drawing:
    """A score of each entry as a point with its interval, and the still floor as a line."""
    order = [row["entry"] for row in rows]
    base = alt.Chart(_data(rows)).encode(y=alt.Y("entry:N", sort=order, axis=_LABELS))
    ends = [row[name] for row in rows for name in ("value", "low", "high")]
    axis = _reach([*ends, floor], most=100)
    spans = base.mark_rule(strokeWidth=3, color=SERIES[0], opacity=0.55).encode(
        x=alt.X("low:Q", scale=axis, title=title, axis=_TICKS), x2="high:Q"
    )
    points = base.mark_point(size=80, filled=True, opacity=1, color=SERIES[0]).encode(
        x=alt.X("value:Q", scale=axis, title=title, axis=_TICKS),
        tooltip=_tooltip(
            ("entry:N", "Entry"),
            ("value:Q", title, ".1f"),
            ("low:Q", "from", ".1f"),
            ("high:Q", "to", ".1f"),
        ),
    )
    layers: list[alt.Chart] = [spans, points]
    if floor is not None:
        line = alt.Chart(_data([{"floor": floor, "label": "still floor"}])).encode(
            x=alt.X("floor:Q", title=title)
        )
        color = OUTCOME_COLORS["broken"]
        layers += [
            line.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=color),
            line.mark_text(dy=-6, dx=4, align="left", color=color, fontSize=11).encode(
                text="label:N", y=alt.value(0)
            ),
        ]
    said = [f"{row['entry']}: {fixed(row['value'], 1)}" for row in rows[:15]]
    return alt.layer(*layers).properties(
        height=ROW, description=f"{title} with 95 % intervals. {'; '.join(said)}"
    )


def outcome_chart(rows: Sequence[ChartRow]) -> Drawing:
    """The outcomes of each entry as one bar of 100 %."""
    colors = {definition.label: OUTCOME_COLORS[name] for name, definition in OUTCOMES.items()}
    return _share_bars(
        rows,
        "outcome",
        colors,
        tooltip=_tooltip(("entry:N", "Entry"), ("outcome:N", "Outcome"), ("share:Q", "%", ".1f")),
        description="Outcomes as shares of the samples.",
    )


def distribution_chart(rows: Sequence[ChartRow]) -> Drawing:
    """For each entry, how many samples have which share of right answers."""
    worst_first: tuple[Outcome, ...] = ("broken", "negligent", "partial", "success")
    return _share_bars(
        rows,
        "bin",
        {name: OUTCOME_COLORS[like] for name, like in zip(BINS, worst_first, strict=True)},
        tooltip=_tooltip(
            ("entry:N", "Entry"), ("bin:N", "right answers"), ("samples:Q", "samples")
        ),
        description="Samples by the share of their questions that were answered rightly.",
    )


def _share_bars(
    rows: Sequence[ChartRow],
    part: str,
    colors: Mapping[str, str],
    *,
    tooltip: list[alt.Tooltip],
    description: str,
) -> Drawing:
    """A bar of 100 % for each entry, divided into the values of the column `part`."""
    entries = list(dict.fromkeys(row["entry"] for row in rows))
    said = [f"{row['entry']}, {row[part].lower()}: {fixed(row['share'], 0)} %" for row in rows[:40]]
    chart: Drawing = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("entry:N", sort=entries, axis=_LABELS),
            x=alt.X("share:Q", title="share of samples, %", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color(
                f"{part}:N",
                scale=alt.Scale(domain=list(colors), range=list(colors.values())),
                legend=_legend(list(colors)),
            ),
            order="order:O",
            tooltip=tooltip,
        )
        .properties(height=ROW, description=f"{description} {'; '.join(said)}")
    )
    return chart


def group_chart(rows: Sequence[ChartRow], *, title: str) -> Drawing:
    """The accuracy of several entries in each group, with intervals."""
    said = [f"{row['entry']}, {row['group']}: {fixed(row['value'], 0)} %" for row in rows[:40]]
    ends = [row[name] for row in rows for name in ("value", "low", "high")]
    return alt.layer(
        *_spans(rows, "accuracy, %", _reach(ends, most=100), group=title, decimals=".1f")
    ).properties(
        height=_row_height(rows), description=f"Accuracy by {title.lower()}. {'; '.join(said)}"
    )


def difference_chart(rows: Sequence[ChartRow]) -> Drawing:
    """Differences of scores, B less A, with their intervals and a line where there is none.

    Args:
        rows: See `comparison_cells.difference_rows`.
    """
    title = "B less A, points: right of 0 B is higher"
    ends = [0.0, *(row[name] for row in rows for name in ("value", "low", "high"))]
    none = alt.Chart(_data([{"none": 0}])).mark_rule(color=NEUTRAL).encode(x="none:Q")
    said = [
        f"{row['entry']}, {row['group']}: {signed_points(row['value'])} points" for row in rows[:40]
    ]
    return alt.layer(
        none, *_spans(rows, title, _reach(ends, most=100), group="Score", decimals="+.1f")
    ).properties(
        height=_row_height(rows),
        description=f"Differences with 95 % intervals, B less A. {'; '.join(said)}",
    )


def _spans(
    rows: Sequence[ChartRow], title: str, scale: alt.Scale, *, group: str, decimals: str
) -> tuple[alt.Chart, alt.Chart]:
    """Intervals and points of several entries in each group."""
    entries = list(dict.fromkeys(row["entry"] for row in rows))
    groups = list(dict.fromkeys(row["group"] for row in rows))
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("group:N", sort=groups, axis=_LABELS),
        yOffset=alt.YOffset("entry:N", sort=entries),
        color=alt.Color("entry:N", sort=entries, **_series(SERIES, entries)),
    )
    spans = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=_TICKS), x2="high:Q"
    )
    points = base.mark_point(size=60, filled=True, opacity=1).encode(
        x=alt.X("value:Q", title=title, scale=scale, axis=_TICKS),
        shape=alt.Shape("entry:N", sort=entries, **_series(SHAPES, entries)),
        tooltip=_tooltip(
            ("entry:N", "Entry"),
            ("group:N", group),
            ("value:Q", title, decimals),
            ("low:Q", "from", decimals),
            ("high:Q", "to", decimals),
        ),
    )
    return spans, points


def _row_height(rows: Sequence[ChartRow]) -> alt.Step:
    entries = {row["entry"] for row in rows}
    return alt.Step(14 * len(entries) + 10, **{"for": "position"})


def count_chart(rows: Sequence[ChartRow], *, title: str) -> Drawing:
    """Numbers of samples as bars, with published shares as ticks.

    Args:
        rows: With name, samples, and published (a number of samples, or None).
        title: What is counted.
    """
    order = [row["name"] for row in rows]
    base = alt.Chart(_data(rows)).encode(y=alt.Y("name:N", sort=order, axis=_LABELS))
    # No half samples: on few the axis would count them.
    across = alt.X("samples:Q", title=title, axis=alt.Axis(tickMinStep=1, format="d"))
    bars = base.mark_bar(color=SERIES[0]).encode(
        x=across, tooltip=_tooltip(("name:N", "kind"), ("samples:Q", title))
    )
    numbers = base.mark_text(align="left", dx=4, color=NEUTRAL).encode(x=across, text="samples:Q")
    layers: list[alt.Chart] = [bars, numbers]
    if any(row.get("published") is not None for row in rows):
        layers.append(
            base.transform_calculate(kind=f"'{PUBLISHED}'")
            .mark_tick(thickness=3, size=18)
            .encode(
                x=alt.X("published:Q", title=title),
                color=alt.Color(
                    "kind:N",
                    scale=alt.Scale(domain=[PUBLISHED], range=[OUTCOME_COLORS["broken"]]),
                    legend=_legend([PUBLISHED]),
                ),
            )
        )
    said = [f"{row['name']} {row['samples']}" for row in rows]
    return alt.layer(*layers).properties(height=ROW, description=f"{title}: {'; '.join(said)}")


def as_vega_lite(chart: Drawing) -> str:
    """A chart as a Vega-Lite file with its data, for any program that draws such."""
    return json.dumps(chart.to_dict(), indent=1, allow_nan=False)


def can_draw_pictures() -> bool:
    """Whether the library that draws charts without a browser is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def as_picture(chart: Drawing, kind: Literal["png", "svg"], *, below: Sequence[str] = ()) -> bytes:
    """A chart as a picture for a paper or a slide, on white, drawn by vl-convert.

    Args:
        chart: The chart.
        kind: Of the picture.
        below: Lines to stand below it.
    """
    drawn = chart.properties(width=PICTURE_WIDTH, background="white")
    if below:
        drawn = drawn.properties(
            title=alt.TitleParams(
                list(below), anchor="start", orient="bottom", fontSize=11, fontWeight="normal"
            )
        )
    if kind == "svg":
        text = io.StringIO()
        drawn.save(text, format="svg")
        return text.getvalue().encode()
    content = io.BytesIO()
    drawn.save(content, format="png", scale_factor=2)
    return content.getvalue()


def _reach(values: Sequence[float | None], *, most: float | None = None) -> alt.Scale:
    """An axis that holds all values with some room, but none where no value can be.

    Args:
        values: None are passed over.
        most: The largest size that a value can have; none known where None. Below 0 there is room
            only where there are values.
    """
    known = [value for value in values if value is not None] or [0.0]
    low, high = min(known), max(known)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return alt.Scale(
        zero=False,
        nice=True,
        domain=[
            max(0.0, low - room) if low >= 0 else max(low - room, min(low, -(most or math.inf))),
            high + room if most is None or high > most else min(most, high + room),
        ],
    )


def _legend(names: Sequence[object]) -> alt.Legend:
    # On a phone there is room for two short names side by side, or for one long name.
    fits_twice = all(len(str(name)) <= _SHORT for name in names)
    return alt.Legend(
        title=None,
        orient="top",
        columns=2 if fits_twice else 1,
        labelLimit=150 if fits_twice else 300,
        symbolOpacity=1,
    )


def _data(rows: Sequence[ChartRow]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))


def _series(values: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """Scale and legend that give each name one of the values, from the start where they run out."""
    given = [values[index % len(values)] for index in range(len(names))]
    return {"scale": alt.Scale(domain=list(names), range=given), "legend": _legend(names)}


def _tooltip(*fields: tuple[str, str] | tuple[str, str, str]) -> list[alt.Tooltip]:
    """What stands beside the pointer: column, title, and format where the column has numbers."""
    return [
        alt.Tooltip(column, title=title, format=form[0] if form else alt.Undefined)
        for column, title, *form in fields
    ]
