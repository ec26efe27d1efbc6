"""The attention report as a picture: heat maps of block by step."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alignvid_ref.analysis.attention_row import AttentionRow
from omiti2v.errors import UserError
from omiti2v.records import write_bytes_atomically

_QUANTITIES = {
    "text_mass": "mass on words",
    "image_mass": "mass on image",
    "video_mass": "mass on video",
    "padding_mass": "share of padding",
    "entropy": "entropy",
}


def draw(rows: Sequence[AttentionRow], path: Path) -> None:
    """Heat maps of masses and entropy, block by step: plain, AlignVid and their difference.

    A quantity that is the same everywhere is left out: the video mass is 0 in cross attention, and
    the text mass 1 where text is all there is. Blue bars under the maps mark the steps in the
    window; white lines part FramePack's sections.

    Args:
        rows: Of an `AttentionReport`.
        path: Ends in .png or .svg.

    Raises:
        UserError: matplotlib is absent, the ending is another, there is nothing to draw, or the
            file can't be written.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in ("png", "svg"):
        raise UserError(f"{path}: expected a file name that ends in .png or .svg")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError(
            "the figure needs matplotlib, which is not installed: pip install matplotlib"
        ) from None

    steps = sorted({_step(row) for row in rows}, key=lambda step: step[:2])
    lines = sorted({(row.transformer, row.block) for row in rows})
    shown = [name for name in _QUANTITIES if _varies([getattr(row, name) for row in rows])]
    if not shown:
        raise UserError("the figure needs rows that differ from one another, got none")
    figure = Figure(
        figsize=(10.5, 0.6 + 2.3 * len(shown)), layout="constrained"
    )  # no pyplot: it keeps figures alive and wants a display
    axes: Any = figure.subplots(len(shown), 3, squeeze=False, sharex=True, sharey=True)
    for line, name in enumerate(shown):
        plain, changed = (_grid(rows, run, name, lines, steps) for run in ("plain", "alignvid"))
        both = np.stack([plain, changed])
        low, high = float(np.nanmin(both)), float(np.nanmax(both))
        difference = changed - plain
        # Where nothing changed, a scale of rounding errors would show a storm.
        reach = max(float(np.nanmax(np.abs(difference))), 1e-6)
        panels = (
            ("plain", plain, "viridis", low, high),
            ("AlignVid", changed, "viridis", low, high),
            ("AlignVid - plain", difference, "RdBu_r", -reach, reach),
        )
        for axis, (title, values, colours, least, most) in zip(axes[line], panels, strict=True):
            image = axis.imshow(
                values, aspect="auto", cmap=colours, vmin=least, vmax=most, interpolation="nearest"
            )
            bar = figure.colorbar(image, ax=axis, fraction=0.06, pad=0.02)
            bar.ax.tick_params(labelsize=7)
            axis.set_title(f"{_QUANTITIES[name]}: {title}", fontsize=9)
            _label(axis, lines, steps)
        axes[line][0].set_ylabel("block")
    for axis in axes[-1]:
        axis.set_xlabel("timestep (1000 is noise; blue: in the window)", fontsize=8)
    content = io.BytesIO()
    figure.savefig(content, format=form, dpi=150)
    write_bytes_atomically(path, content.getvalue())


Line = tuple[str, int]
StepKey = tuple[int, int, float, bool]


def _step(row: AttentionRow) -> StepKey:
    return row.trajectory, row.step, row.timestep, row.in_window


def _varies(values: list[float]) -> bool:
    # Masses that are 0 or 1 by construction still carry the rounding of a sum.
    return max(values, default=0.0) - min(values, default=0.0) > 1e-6


def _grid(
    rows: Sequence[AttentionRow], run: str, name: str, lines: list[Line], steps: list[StepKey]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Values by line and step; NaN, drawn as a gap, where an expert did not run."""
    values = np.full((len(lines), len(steps)), np.nan)
    for row in rows:
        if row.run == run:
            place = lines.index((row.transformer, row.block)), steps.index(_step(row))
            values[place] = getattr(row, name)
    return values


def _label(axis: Any, lines: list[Line], steps: list[StepKey]) -> None:
    every = math.ceil(len(steps) / 8)
    axis.set_xticks(
        range(0, len(steps), every), [f"{step[2]:.0f}" for step in steps[::every]], fontsize=7
    )
    every = math.ceil(len(lines) / 10)
    # The second expert's blocks stand below the first's.
    names = [f"{block}'" if name == "transformer_2" else str(block) for name, block in lines]
    axis.set_yticks(range(0, len(lines), every), names[::every], fontsize=7)
    for place, step in enumerate(steps):
        if place and step[0] != steps[place - 1][0]:
            axis.axvline(place - 0.5, color="white", linewidth=2)
        if step[3]:
            axis.plot(
                [place - 0.5, place + 0.5],
                [-0.02, -0.02],
                transform=axis.get_xaxis_transform(),
                color="tab:blue",
                linewidth=3,
                solid_capstyle="butt",
                clip_on=False,
            )
