"""The page's figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lab.tiny_wan.experiment.settings import BASELINE, BLUR, CONTROLS, DEFAULT, GAMMAS, GUIDED
from lab.tiny_wan.experiment.statistics import EDIT_SUCCESS, ELSEWHERE, NEGLIGENT, Key
from omiti2v.comparison import Difference
from omiti2v.outcomes import OUTCOMES

Found = Mapping[str, Mapping[Key, Difference]]
"""Scores or differences by setting and score."""

LEAST_SPAN = 10.0
"""Points that an axis of shares spans at least."""

BLUE, GREY, SIZE = "#33557f", "#888888", 8
PANELS: Mapping[str, Key] = {
    "edit success": EDIT_SUCCESS,
    "negligent": NEGLIGENT,
    "accuracy": ("accuracy",),
    "preserve accuracy": ("preserve_accuracy",),
    "change done (no judge)": ("metric", "change"),
    "change elsewhere": ELSEWHERE,
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


def _values(rows: list[Mapping[Key, Difference]], key: Key) -> tuple[Any, Any, Any]:
    """Values and the two ends of their intervals, in per cent or levels."""
    factor = 1 if key == ELSEWHERE else 100
    numbers = [(row[key].difference, row[key].low, row[key].high) for row in rows]
    value, low, high = (factor * pd.DataFrame(numbers, dtype=float)).T.to_numpy()
    return value, low, high


def draw_gammas(scores: Found, path: Path) -> None:
    """Scores against gamma, with their intervals; the blurred image as a dotted line."""
    names = {1.0: BASELINE} | {gamma: f"gamma-{gamma:g}" for gamma in GAMMAS}
    figure = Figure(figsize=(11, 5), layout="constrained")
    axes: Any = figure.subplots(2, 4).flatten()
    for axis, (title, key) in zip(axes, PANELS.items(), strict=True):
        value, low, high = _values([scores[name] for name in names.values()], key)
        reach = [value - low, high - value]
        axis.errorbar(list(names), value, yerr=reach, marker="o", ms=4, capsize=2, color=BLUE)
        axis.axhline(_values([scores[BLUR]], key)[0][0], ls=":", color=GREY)
        bottom, top = axis.get_ylim()
        if key != ELSEWHERE and top - bottom < LEAST_SPAN:
            # Else a few tenths of a point would fill a panel as ten points do in another.
            top = min((bottom + top + LEAST_SPAN) / 2, 101)
            axis.set_ylim(top - LEAST_SPAN, top)
        axis.set_title(f"{title}, {'levels of 255' if key == ELSEWHERE else '%'}", fontsize=9)
        axis.tick_params(labelsize=SIZE)
    figure.supxlabel("gamma (1: the model alone; dotted line: blurred image)", fontsize=9)
    figure.savefig(path, dpi=100)


def draw_outcomes(scores: Found, path: Path) -> None:
    """What became of the clips of each setting, as stacked bars."""
    names = [name for name in scores if name not in CONTROLS] + list(CONTROLS)
    figure = Figure(figsize=(8, 0.8 + 0.28 * len(names)), layout="constrained")
    axis: Any = figure.subplots()
    left: Any = 0.0
    for outcome in OUTCOMES:
        shares = _values([scores[name] for name in names], ("outcome", outcome))[0]
        axis.barh(names, shares, left=left, color=_COLOURS[outcome], label=outcome)
        left = left + shares
    axis.invert_yaxis()
    axis.set_xlim(0, 100)
    axis.set_xlabel("per cent of the clips", fontsize=SIZE)
    axis.tick_params(labelsize=SIZE)
    figure.legend(loc="outside upper center", ncols=len(OUTCOMES), fontsize=SIZE)
    figure.savefig(path, dpi=100)


def draw_differences(compared: Found, path: Path) -> None:
    """Differences of edit success and negligence, with their intervals."""
    figure = Figure(figsize=(10, 0.9 + 0.28 * len(compared)), layout="constrained")
    axes: Any = figure.subplots(1, 2, sharey=True)
    guided = f"{GUIDED}-{DEFAULT}"
    labels = [f"{name} against {GUIDED}" if name == guided else name for name in compared]
    places = range(len(labels))
    for axis, title, key in zip(
        axes, ("edit success", "negligent"), (EDIT_SUCCESS, NEGLIGENT), strict=True
    ):
        value, low, high = _values(list(compared.values()), key)
        axis.hlines(places, low, high, color=BLUE)
        axis.plot(value, places, "o", ms=4, color=BLUE)
        axis.axvline(0, color=GREY, lw=0.8)
        axis.set_title(f"{title}, points", fontsize=9)
        axis.set_yticks(places, labels)
        axis.tick_params(labelsize=SIZE)
    axes[0].invert_yaxis()
    figure.savefig(path, dpi=100)


def draw_attention(rows: pd.DataFrame, path: Path) -> None:
    """Entropy and mass on text by step, a panel for each block and a line for each gamma."""
    blocks, gammas = rows["block"].unique(), rows["gamma"].unique()
    figure = Figure(figsize=(2.3 * len(blocks) + 1, 4.4), layout="constrained")
    axes: Any = figure.subplots(2, len(blocks), squeeze=False, sharex=True, sharey="row")
    for line, (name, title) in enumerate((("entropy", "entropy"), ("text_mass", "mass on text"))):
        for axis, block in zip(axes[line], blocks, strict=True):
            for number, gamma in enumerate(gammas):
                own = rows[(rows["block"] == block) & (rows["gamma"] == gamma)]
                shade = number / max(1, len(gammas) - 1)
                axis.plot(
                    own["step"],
                    own[name],
                    color=(0.1 + 0.7 * shade, 0.3, 0.7 - 0.6 * shade),
                    lw=1,
                    label=f"gamma {gamma:g}" if not line and block == blocks[0] else None,
                )
            axis.set_title(f"block {block}: {title}", fontsize=8)
            axis.tick_params(labelsize=7)
    for axis in axes[-1]:
        axis.set_xlabel("step", fontsize=8)
    figure.legend(loc="outside upper center", ncols=len(gammas), fontsize=8)
    figure.savefig(path, dpi=100)
