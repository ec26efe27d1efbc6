"""The numbers behind the charts: a list of flat rows each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from leaderboard.entries import Entry
from leaderboard.entries.table import Figure, Row
from leaderboard.site.columns import figure_column
from omiti2v.definitions import OUTCOMES
from omiti2v.editions import Edition

ChartRow = dict[str, Any]
BASELINE = "baseline"


def scaled(name: str, figure: Figure) -> ChartRow:
    """A figure as its columns show it: shares in percent."""
    factor = 100.0 if figure_column(name).kind == "share" else 1.0
    return {
        "value": factor * figure.value,
        "low": None if figure.low is None else factor * figure.low,
        "high": None if figure.high is None else factor * figure.high,
    }


def interval_rows(rows: Sequence[Row], labels: Mapping[str, str], name: str) -> list[ChartRow]:
    """One score of each row that has it, with its interval."""
    return [
        {"entry": labels[row.id], **scaled(name, row.figures[name]), "badge": row.badge}
        for row in rows
        if name in row.figures
    ]


def outcome_rows(rows: Sequence[Row], labels: Mapping[str, str]) -> list[ChartRow]:
    """The outcomes of each row that has them, in percent, in the order of `OUTCOMES`."""
    headline = {"success": "success", "negligent": "negligence"}
    return [
        {
            "entry": labels[row.id],
            "outcome": definition.label,
            "order": order,
            "share": 100 * figure.value,
        }
        for row in rows
        for order, (name, definition) in enumerate(OUTCOMES.items())
        if (figure := row.figures.get(headline.get(name, f"outcome:{name}")))
    ]


def group_names(rows: Sequence[Row], kind: str) -> list[str]:
    """The groups of a kind, as the categories, in which any row has an accuracy."""
    found = {
        name.split(":", 1)[1].rpartition(":")[0]
        for row in rows
        for name in row.figures
        if name.startswith(f"{kind}:") and name.endswith(":accuracy")
    }
    return sorted(found)


def group_rows(rows: Sequence[Row], labels: Mapping[str, str], kind: str) -> list[ChartRow]:
    """The accuracy of each row in each group of a kind."""
    return [
        {
            "entry": labels[row.id],
            "group": group.replace("_", " "),
            **scaled(name, row.figures[name]),
        }
        for row in rows
        for group in group_names(rows, kind)
        if (name := f"{kind}:{group}:accuracy") in row.figures
    ]


def trade_off_rows(
    rows: Sequence[Row], labels: Mapping[str, str], *, x: str, y: str
) -> list[ChartRow]:
    """Each row that has both numbers, with whether none is better in both."""
    points = [
        {
            "id": row.id,
            "entry": labels[row.id],
            "method": row.method or "not said",
            "x": scaled(x, row.figures[x])["value"],
            "y": scaled(y, row.figures[y])["value"],
        }
        for row in rows
        if x in row.figures and y in row.figures
    ]
    for point in points:
        point["front"] = not any(
            other["x"] >= point["x"]
            and other["y"] >= point["y"]
            and (other["x"], other["y"]) != (point["x"], point["y"])
            for other in points
        )
    for number, (point, place) in enumerate(zip(points, _places(points), strict=True), start=1):
        point["number"], point["place"] = number, place
    return points


PLACES = {"right": (13, 0), "above": (0, -13), "below": (0, 13), "left": (-13, 0)}
"""Where the number of a mark can stand: how far across and down, in pixels."""
_PLANE = (300.0, 360.0)
"""A small plane to find places in, in pixels: a phone's. There is more room on a larger one."""
_APART = 12.0


def _places(points: Sequence[ChartRow]) -> list[str]:
    """For each point the first of `PLACES` in which its number lies upon no mark and no number."""
    spread = [
        (max(p[axis] for p in points) - min(p[axis] for p in points)) or 1.0 for axis in ("x", "y")
    ]
    marks = [
        (_PLANE[0] * point["x"] / spread[0], -_PLANE[1] * point["y"] / spread[1])
        for point in points
    ]
    taken = list(marks)
    chosen = []
    for across, down in marks:
        free = {
            name: (across + dx, down + dy)
            for name, (dx, dy) in PLACES.items()
            if not any(
                abs(across + dx - x) < _APART and abs(down + dy - y) < _APART
                for x, y in taken
                if (x, y) != (across, down)
            )
        }
        place = next(iter(free), "right")
        taken.append(free.get(place, (across, down)))
        chosen.append(place)
    return chosen


def numbered_names(points: Sequence[ChartRow]) -> list[str]:
    """What the numbers of the points stand for, as `2: Wan + AlignVid`."""
    return [f"{point['number']}: {point['entry']}" for point in points]


def arrow_rows(rows: Sequence[Row], points: Sequence[ChartRow]) -> list[ChartRow]:
    """From each baseline to the methods on the same backbone and from the same source.

    Two rows an arrow, numbered by `step`. Where a backbone has several baselines of one source
    nothing tells which belongs to which, and there is no arrow.
    """
    place = {point["id"]: point for point in points}
    shown = [row for row in rows if row.id in place and row.backbone]
    baselines = [row for row in shown if row.method.casefold() == BASELINE]
    counts = Counter((row.backbone, row.source) for row in baselines)
    start = {
        (row.backbone, row.source): row
        for row in baselines
        if counts[row.backbone, row.source] == 1
    }
    table = []
    for row in shown:
        begin = start.get((row.backbone, row.source))
        if begin is None or row.method.casefold() == BASELINE:
            continue
        for step, end in enumerate((begin, row)):
            point = place[end.id]
            table.append({"arrow": row.id, "step": step, "x": point["x"], "y": point["y"]})
    return table


def distribution_rows(
    entries: Sequence[Entry], labels: Mapping[str, str], edition: Edition
) -> list[ChartRow]:
    """How many samples of each entry have which share of their questions answered rightly."""
    table = []
    asked = [len(sample.questions) for sample in edition.samples]
    for entry in entries:
        rights = entry.marks.right_means() if entry.marks else None
        if rights is None:
            continue
        shares = [right / of for right, of in zip(rights, asked, strict=True)]
        counts = Counter(_bin(share) for share in shares)
        table += [
            {
                "entry": labels[entry.id],
                "bin": name,
                "order": order,
                "share": 100 * counts[name] / len(shares),
                "samples": counts[name],
            }
            for order, name in enumerate(BINS)
        ]
    return table


BINS = ("none", "under half", "half and more", "all")
"""Share of a sample's questions that were answered rightly."""


def _bin(share: float) -> str:
    if share == 0:
        return BINS[0]
    if share == 1:
        return BINS[3]
    return BINS[1] if share < 0.5 else BINS[2]
