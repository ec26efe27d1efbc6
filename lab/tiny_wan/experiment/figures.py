"""The report's figures, from its results alone."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.tiny_wan.experiment.results import AttentionMean
from lab.tiny_wan.experiment.settings import BASELINE, BLUR, CONTROLS, GAMMAS
from lab.tiny_wan.experiment.statistics import (
    EDIT_SUCCESS,
    NEGLIGENT,
    Key,
)
from omiti2v.comparison import Difference
from omiti2v.errors import UserError
from omiti2v.outcomes import OUTCOMES
from omiti2v.records import write_bytes_atomically
from omiti2v.scores import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Estimates = Mapping[str, Mapping[Key, Estimate]]
"""By setting and score."""

LEVELS: Key = ("metric", "elsewhere")
LEAST_SPAN = 10.0
"""Points that an axis of shares spans at least."""

PANELS: Mapping[str, Key] = {
    "edit success": EDIT_SUCCESS,
    "negligent": NEGLIGENT,
    "accuracy": ("accuracy",),
    "preserve accuracy": ("preserve_accuracy",),
    "change done (no judge)": ("metric", "change"),
    "change elsewhere": LEVELS,
    "dynamic degree": ("metric", "dynamic_degree"),
    "first frame agreement": ("metric", "first_frame"),
}
_COLOURS = {
    "success": "#2a7f62",
    "partial": "#e0b84c",
    "negligent": "#b5524a",
    "broken": "#7d7d8c",
    "unscored": "#d9d9d9",
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure without pyplot, which keeps figures alive and wants a display.

    Raises:
        UserError: matplotlib is absent.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError(
            "the figures need matplotlib, which is not installed: pip install 'omiti2v[figures]'"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


def save(figure: Figure, path: Path) -> None:
    """Write a figure as a small PNG.

    Raises:
        UserError: It can't be written.
    """
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100)
    write_bytes_atomically(path, content.getvalue())


def draw_gammas(found: Estimates, path: Path) -> None:
    """Scores against gamma, with their intervals; the blurred image as a dotted line."""
    names = {1.0: BASELINE} | {gamma: f"gamma-{gamma:g}" for gamma in GAMMAS}
    names = {gamma: name for gamma, name in names.items() if name in found}
    figure = new_figure(11, 5)
    axes: Any = figure.subplots(2, 4).flatten()
    for axis, (title, key) in zip(axes, PANELS.items(), strict=True):
        rows = [found[name][key] for name in names.values()]
        factor = 1 if key == LEVELS else 100
        values = [factor * row.value for row in rows]
        reach = [
            [factor * (row.value - row.low) for row in rows],
            [factor * (row.high - row.value) for row in rows],
        ]
        axis.errorbar(list(names), values, yerr=reach, marker="o", ms=4, capsize=2, color="#33557f")
        if BLUR in found:
            axis.axhline(factor * found[BLUR][key].value, ls=":", color="#888888")
        low, high = axis.get_ylim()
        if key != LEVELS and high - low < LEAST_SPAN:
            # Else a few tenths of a point would fill a panel as ten points do in another.
            top = min((low + high + LEAST_SPAN) / 2, 101)
            axis.set_ylim(top - LEAST_SPAN, top)
        axis.set_title(f"{title}, {'levels of 255' if key == LEVELS else '%'}", fontsize=9)
        axis.tick_params(labelsize=8)
    figure.supxlabel("gamma (1: the model alone; dotted line: blurred image)", fontsize=9)
    save(figure, path)


def draw_outcomes(found: Estimates, path: Path) -> None:
    """What became of the clips of each setting, as stacked bars."""
    names = [name for name in found if name not in CONTROLS] + [n for n in CONTROLS if n in found]
    figure = new_figure(8, 0.8 + 0.28 * len(names))
    axis: Any = figure.subplots()
    left = [0.0] * len(names)
    for outcome in OUTCOMES:
        shares = [100 * found[name]["outcome", outcome].value for name in names]
        axis.barh(names, shares, left=left, color=_COLOURS[outcome], label=outcome)
        left = [before + share for before, share in zip(left, shares, strict=True)]
    axis.invert_yaxis()
    axis.set_xlim(0, 100)
    axis.set_xlabel("per cent of the clips", fontsize=8)
    axis.tick_params(labelsize=8)
    figure.legend(loc="outside upper center", ncols=len(OUTCOMES), fontsize=8)
    save(figure, path)


def draw_differences(found: Mapping[str, tuple[str, Mapping[Key, Difference]]], path: Path) -> None:
    """Differences of edit success and negligence, with their intervals.

    Args:
        found: By setting: what it is compared with, and the differences.
        path: Of the PNG.
    """
    figure = new_figure(10, 0.9 + 0.28 * len(found))
    axes: Any = figure.subplots(1, 2, sharey=True)
    labels = [
        name if against == BASELINE else f"{name} against {against}"
        for name, (against, _) in found.items()
    ]
    for axis, (title, key) in zip(
        axes, (("edit success", EDIT_SUCCESS), ("negligent", NEGLIGENT)), strict=True
    ):
        rows = [differences[key] for _, differences in found.values()]
        middle = [100 * row.difference for row in rows]
        low, high = (
            [100 * (end if end is not None else row.difference) for row, end in ends]
            for ends in ([(row, row.low) for row in rows], [(row, row.high) for row in rows])
        )
        places = range(len(rows))
        axis.hlines(places, low, high, color="#33557f")
        axis.plot(middle, places, "o", ms=4, color="#33557f")
        axis.axvline(0, color="#888888", lw=0.8)
        axis.set_title(f"{title}, points", fontsize=9)
        axis.set_yticks(list(places), labels)
        axis.tick_params(labelsize=8)
    axes[0].invert_yaxis()
    save(figure, path)


def draw_attention(rows: Sequence[AttentionMean], path: Path) -> None:
    """Entropy and mass on text by step, a panel for each block and a line for each gamma."""
    blocks = sorted({row.block for row in rows})
    gammas = sorted({row.gamma for row in rows})
    figure = new_figure(2.3 * len(blocks) + 1, 4.4)
    axes: Any = figure.subplots(2, len(blocks), squeeze=False, sharex=True, sharey="row")
    for line, (name, title) in enumerate((("entropy", "entropy"), ("text_mass", "mass on text"))):
        for axis, block in zip(axes[line], blocks, strict=True):
            for number, gamma in enumerate(gammas):
                own = [row for row in rows if row.block == block and row.gamma == gamma]
                shade = number / max(1, len(gammas) - 1)
                axis.plot(
                    [row.step for row in own],
                    [getattr(row, name) for row in own],
                    color=(0.1 + 0.7 * shade, 0.3, 0.7 - 0.6 * shade),
                    lw=1,
                    label=f"gamma {gamma:g}" if not line and block == blocks[0] else None,
                )
            axis.set_title(f"block {block}: {title}", fontsize=8)
            axis.tick_params(labelsize=7)
    for axis in axes[-1]:
        axis.set_xlabel("step", fontsize=8)
    figure.legend(loc="outside upper center", ncols=len(gammas), fontsize=8)
    save(figure, path)
