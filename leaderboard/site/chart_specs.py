"""The charts, as Altair specifications with a description each."""

from __future__ import annotations

import importlib.util
import io
import json
from collections.abc import Sequence
from typing import Literal

import altair as alt

from leaderboard.site.chart_rows import BINS, ChartRow
from leaderboard.site.palette import NEUTRAL, OUTCOME_COLOURS, SERIES, SHAPES
from omiti2v.definitions import OUTCOMES

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

ROW = alt.Step(26)
PICTURE_WIDTH = 640
_SHORT = 18
"""As many characters fit into half of a phone's width, beside their symbol."""
_LABELS = alt.Axis(labelLimit=180, labelOverlap=False, title=None)


def trade_off_chart(
    points: Sequence[ChartRow], arrows: Sequence[ChartRow], *, x: str, y: str
) -> Drawing:
    """Entries in the plane of two numbers, with the front and the way from each baseline.

    Args:
        points, arrows: See `trade_off_rows` and `arrow_rows`.
        x, y: Titles of the axes.
    """
    methods = sorted({row["method"] for row in points})
    scale_x = alt.Scale(zero=False, nice=True, padding=24)
    base = alt.Chart(_data(points)).encode(
        x=alt.X("x:Q", title=x, scale=scale_x),
        y=alt.Y("y:Q", title=y, scale=alt.Scale(zero=False, nice=True, padding=24)),
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
        color=alt.Color(
            "method:N",
            scale=alt.Scale(domain=methods, range=_cycle(SERIES, methods)),
            legend=_legend(methods),
        ),
        shape=alt.Shape(
            "method:N",
            scale=alt.Scale(domain=methods, range=_cycle(SHAPES, methods)),
            legend=_legend(methods),
        ),
        tooltip=[
            alt.Tooltip("entry:N", title="Entry"),
            alt.Tooltip("x:Q", title=x, format=".2f"),
            alt.Tooltip("y:Q", title=y, format=".1f"),
        ],
    )
    names = base.mark_text(dy=-12, fontSize=11, limit=170, color=NEUTRAL).encode(text="entry:N")
    layers = [front, ways, marks] if arrows else [front, marks]
    if len(points) <= 12:
        layers.append(names)
    return alt.layer(*layers).properties(
        height=460,
        description=(
            f"{len(points)} entries by {x} and {y}. "
            + "; ".join(f"{row['entry']}: {row['x']:.3g} and {row['y']:.1f}" for row in points[:12])
        ),
    )


def interval_chart(rows: Sequence[ChartRow], *, title: str, floor: float | None = None) -> Drawing:
    """A score of each entry as a point with its interval, and the still floor as a line."""
    order = [row["entry"] for row in rows]
    base = alt.Chart(_data(rows)).encode(y=alt.Y("entry:N", sort=order, axis=_LABELS))
    axis = alt.Scale(zero=False, nice=True)
    spans = base.mark_rule(strokeWidth=3, color=SERIES[0], opacity=0.55).encode(
        x=alt.X("low:Q", scale=axis, title=title), x2="high:Q"
    )
    points = base.mark_point(size=80, filled=True, opacity=1, color=SERIES[0]).encode(
        x=alt.X("value:Q", scale=axis, title=title),
        tooltip=[
            alt.Tooltip("entry:N", title="Entry"),
            alt.Tooltip("value:Q", title=title, format=".2f"),
            alt.Tooltip("low:Q", title="from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
        ],
    )
    layers: list[alt.Chart] = [spans, points]
    if floor is not None:
        line = alt.Chart(_data([{"floor": floor, "label": "still floor"}])).encode(
            x=alt.X("floor:Q", title=title)
        )
        layers += [
            line.mark_rule(strokeDash=[6, 4], strokeWidth=2, color=OUTCOME_COLOURS["broken"]),
            line.mark_text(
                dy=-6, dx=4, align="left", color=OUTCOME_COLOURS["broken"], fontSize=11
            ).encode(text="label:N", y=alt.value(0)),
        ]
    return alt.layer(*layers).properties(
        height=ROW,
        description=f"{title} with 95 % intervals. "
        + "; ".join(f"{row['entry']}: {row['value']:.1f}" for row in rows[:15]),
    )


def outcome_chart(rows: Sequence[ChartRow]) -> Drawing:
    """The outcomes of each entry as one bar of 100 %."""
    entries = list(dict.fromkeys(row["entry"] for row in rows))
    names = [definition.label for definition in OUTCOMES.values()]
    chart: Drawing = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("entry:N", sort=entries, axis=_LABELS),
            x=alt.X("share:Q", title="share of samples, %", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color(
                "outcome:N",
                scale=alt.Scale(domain=names, range=list(OUTCOME_COLOURS.values())),
                legend=_legend(names),
            ),
            order="order:O",
            tooltip=[
                alt.Tooltip("entry:N", title="Entry"),
                alt.Tooltip("outcome:N", title="Outcome"),
                alt.Tooltip("share:Q", title="%", format=".1f"),
            ],
        )
        .properties(
            height=ROW,
            description="Outcomes as shares of the samples. "
            + "; ".join(
                f"{row['entry']}, {row['outcome'].lower()}: {row['share']:.0f} %"
                for row in rows[:40]
            ),
        )
    )
    return chart


def group_chart(rows: Sequence[ChartRow], *, title: str) -> Drawing:
    """The accuracy of several entries in each group, with intervals."""
    entries = list(dict.fromkeys(row["entry"] for row in rows))
    groups = list(dict.fromkeys(row["group"] for row in rows))
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("group:N", sort=groups, axis=_LABELS),
        yOffset=alt.YOffset("entry:N", sort=entries),
        color=alt.Color(
            "entry:N",
            sort=entries,
            scale=alt.Scale(domain=entries, range=_cycle(SERIES, entries)),
            legend=_legend(entries),
        ),
    )
    spans = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x=alt.X("low:Q", title="accuracy, %"), x2="high:Q"
    )
    points = base.mark_point(size=60, filled=True, opacity=1).encode(
        x=alt.X("value:Q", title="accuracy, %", scale=alt.Scale(zero=False)),
        shape=alt.Shape(
            "entry:N",
            sort=entries,
            scale=alt.Scale(domain=entries, range=_cycle(SHAPES, entries)),
            legend=_legend(entries),
        ),
        tooltip=[
            alt.Tooltip("entry:N", title="Entry"),
            alt.Tooltip("group:N", title=title),
            alt.Tooltip("value:Q", title="accuracy, %", format=".1f"),
        ],
    )
    return alt.layer(spans, points).properties(
        height=alt.Step(14 * len(entries) + 10, **{"for": "position"}),
        description=f"Accuracy by {title.lower()}. "
        + "; ".join(f"{r['entry']}, {r['group']}: {r['value']:.0f} %" for r in rows[:40]),
    )


def distribution_chart(rows: Sequence[ChartRow]) -> Drawing:
    """For each entry, how many samples have which share of right answers."""
    entries = list(dict.fromkeys(row["entry"] for row in rows))
    colours = [OUTCOME_COLOURS[name] for name in ("broken", "negligent", "partial", "success")]
    chart: Drawing = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("entry:N", sort=entries, axis=_LABELS),
            x=alt.X("share:Q", title="share of samples, %", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color(
                "bin:N",
                scale=alt.Scale(domain=list(BINS), range=colours),
                legend=_legend(BINS),
            ),
            order="order:O",
            tooltip=[
                alt.Tooltip("entry:N", title="Entry"),
                alt.Tooltip("bin:N", title="right answers"),
                alt.Tooltip("samples:Q", title="samples"),
            ],
        )
        .properties(
            height=ROW,
            description="Samples by the share of their questions that were answered rightly. "
            + "; ".join(f"{row['entry']}, {row['bin']}: {row['share']:.0f} %" for row in rows[:40]),
        )
    )
    return chart


def count_chart(rows: Sequence[ChartRow], *, title: str) -> Drawing:
    """Numbers of samples as bars, with published shares as ticks.

    Args:
        rows: With name, samples, and published (a number of samples, or None).
        title: What is counted.
    """
    order = [row["name"] for row in rows]
    base = alt.Chart(_data(rows)).encode(y=alt.Y("name:N", sort=order, axis=_LABELS))
    bars = base.mark_bar(color=SERIES[0]).encode(
        x=alt.X("samples:Q", title=title),
        tooltip=[alt.Tooltip("name:N", title="kind"), alt.Tooltip("samples:Q", title=title)],
    )
    numbers = base.mark_text(align="left", dx=4, color=NEUTRAL).encode(
        x=alt.X("samples:Q", title=title), text="samples:Q"
    )
    layers: list[alt.Chart] = [bars, numbers]
    if any(row.get("published") is not None for row in rows):
        layers.append(
            base.mark_tick(color=OUTCOME_COLOURS["broken"], thickness=3, size=18).encode(
                x=alt.X("published:Q", title=title)
            )
        )
    return alt.layer(*layers).properties(
        height=ROW,
        description=f"{title}: " + "; ".join(f"{row['name']} {row['samples']}" for row in rows),
    )


def as_vega_lite(chart: Drawing) -> str:
    """A chart as a Vega-Lite file with its data, for any program that draws such."""
    return json.dumps(chart.to_dict(), indent=1, allow_nan=False)


def can_draw_pictures() -> bool:
    """Whether the library that draws charts without a browser is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def as_picture(chart: Drawing, kind: Literal["png", "svg"]) -> bytes:
    """A chart as a picture for a paper or a slide, on white, drawn by vl-convert."""
    drawn = chart.properties(width=PICTURE_WIDTH, background="white")
    if kind == "svg":
        text = io.StringIO()
        drawn.save(text, format="svg")
        return text.getvalue().encode()
    content = io.BytesIO()
    drawn.save(content, format="png", scale_factor=2)
    return content.getvalue()


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


def _cycle(values: Sequence[str], names: Sequence[object]) -> list[str]:
    return [values[index % len(values)] for index in range(len(names))]
