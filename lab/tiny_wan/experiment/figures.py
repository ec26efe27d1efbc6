"""The page's figures, drawn from the tables of `differences` under each setting's name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from lab.tiny_wan.experiment.equal_guidance import AT_SCALE, name_of
from lab.tiny_wan.experiment.settings import BASELINE, BLUR, CONTROLS, DEFAULT, GAMMAS, GUIDED
from leaderboard.site.palette import OUTCOME_COLORS
from omiti2v.outcomes import OUTCOMES

LEAST_SPAN = 10.0
"""Points that an axis of shares spans at least."""

BLUE, GREY, SIZE = "#33557f", "#888888", 8
COOL_TO_WARM = LinearSegmentedColormap.from_list("gammas", [(0.1, 0.3, 0.7), (0.8, 0.3, 0.1)])
PANELS: Mapping[str, str] = {
    "edit success": "edit success, %",
    "negligent": "negligent, %",
    "accuracy": "accuracy, %",
    "preserve": "preserve accuracy, %",
    "change": "change done (no judge), %",
    "elsewhere": "change elsewhere, levels of 255",
    "dynamic degree": "dynamic degree, %",
    "first frame": "first frame agreement, %",
}


def _axes(rows: int, columns: int, size: tuple[float, float], **share: Any) -> tuple[Figure, Any]:
    """A figure and its axes, shape (rows, columns)."""
    figure = Figure(figsize=size, layout="constrained")
    axes: Any = figure.subplots(rows, columns, squeeze=False, **share)
    for axis in axes.flat:
        axis.tick_params(labelsize=SIZE)
    return figure, axes


def draw_gammas(scores: pd.DataFrame, path: Path) -> None:
    """Scores against gamma, with their intervals; the blurred image as a dotted line."""
    names = {1.0: BASELINE} | {gamma: f"gamma-{gamma:g}" for gamma in GAMMAS}
    figure, axes = _axes(2, 4, (11, 5))
    for axis, (score, title) in zip(axes.flat, PANELS.items(), strict=True):
        by_setting = scores.xs(score, level=1)
        rows = by_setting.loc[list(names.values())]
        reach = [rows["value"] - rows["low"], rows["high"] - rows["value"]]
        axis.errorbar(list(names), rows["value"], reach, marker="o", ms=4, capsize=2, color=BLUE)
        axis.axhline(by_setting.loc[BLUR, "value"], ls=":", color=GREY)
        bottom, top = axis.get_ylim()
        if score != "elsewhere" and top - bottom < LEAST_SPAN:
            # Else a few tenths of a point would fill a panel as ten points do in another.
            top = min((bottom + top + LEAST_SPAN) / 2, 101)
            axis.set_ylim(top - LEAST_SPAN, top)
        axis.set_title(title, fontsize=9)
    figure.supxlabel("gamma (1: the model alone; dotted line: blurred image)", fontsize=9)
    figure.savefig(path, dpi=100)


def draw_outcomes(scores: pd.DataFrame, path: Path) -> None:
    """What became of the clips of each setting, as stacked bars."""
    shares = scores["value"].unstack()[list(OUTCOMES)]
    names = [name for name in scores.index.unique(0) if name not in CONTROLS] + list(CONTROLS)
    figure, axes = _axes(1, 1, (8, 0.8 + 0.28 * len(names)))
    axis = axes[0, 0]
    shares.loc[names].plot.barh(
        ax=axis, stacked=True, width=0.8, color=OUTCOME_COLORS, legend=False
    )
    axis.invert_yaxis()
    axis.set(xlim=(0, 100), ylabel=None)
    axis.set_xlabel("per cent of the clips", fontsize=SIZE)
    figure.legend(loc="outside upper center", ncols=len(OUTCOMES), fontsize=SIZE)
    figure.savefig(path, dpi=100)


def draw_differences(compared: pd.DataFrame, path: Path) -> None:
    """Differences of edit success and negligence, with their intervals."""
    guided = f"{GUIDED}-{DEFAULT}"
    names = compared.index.unique(0).str.replace(guided, f"{guided} against {GUIDED}")
    figure, axes = _axes(1, 2, (10, 0.9 + 0.28 * len(names)), sharey=True)
    for axis, score in zip(axes.flat, ("edit success", "negligent"), strict=True):
        rows = compared.xs(score, level=1)
        axis.hlines(names, rows["low"], rows["high"], color=BLUE)
        axis.plot(rows["value"], names, "o", ms=4, color=BLUE)
        axis.axvline(0, color=GREY, lw=0.8)
        axis.set_title(f"{score}, points", fontsize=9)
    axes[0, 0].invert_yaxis()
    figure.savefig(path, dpi=100)


def draw_methods(compared: pd.DataFrame, path: Path) -> None:
    """Edit success of the methods at one guidance scale, and what AlignVid on top changes."""
    by_success = compared.xs("edit success", level=1)
    others = {one.description: one.name for one in AT_SCALE if one.name != GUIDED}
    panels = {
        "against plain guidance, points of edit success": others,
        "AlignVid on top, points of edit success": {
            one.description: name_of(one.name, on_top=True) for one in AT_SCALE
        },
    }
    figure, axes = _axes(1, 2, (10, 2.8))
    for axis, (title, names) in zip(axes.flat, panels.items(), strict=True):
        rows = by_success.loc[list(names.values())]
        axis.hlines(list(names), rows["low"], rows["high"], color=BLUE)
        axis.plot(rows["value"], list(names), "o", ms=4, color=BLUE)
        axis.axvline(0, color=GREY, lw=0.8)
        axis.set_title(title, fontsize=9)
        axis.invert_yaxis()
    figure.savefig(path, dpi=100)


def draw_attention(rows: pd.DataFrame, path: Path) -> None:
    """Entropy and mass on text by step, a panel for each block and a line for each gamma."""
    blocks = rows["block"].unique()
    figure, axes = _axes(2, len(blocks), (2.3 * len(blocks) + 1, 4.4), sharex=True, sharey="row")
    for line, (name, title) in enumerate((("entropy", "entropy"), ("text_mass", "mass on text"))):
        for axis, block in zip(axes[line], blocks, strict=True):
            own = rows[rows["block"] == block].pivot(index="step", columns="gamma", values=name)
            own.plot(ax=axis, lw=1, colormap=COOL_TO_WARM, legend=False, fontsize=SIZE)
            axis.set_title(f"block {block}: {title}", fontsize=SIZE)
            axis.set_xlabel("step", fontsize=SIZE)
    labels = [f"gamma {gamma:g}" for gamma in own.columns]
    figure.legend(axes[0, 0].lines, labels, loc="outside upper center", ncols=6, fontsize=SIZE)
    figure.savefig(path, dpi=100)
