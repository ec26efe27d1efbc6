"""Where the tiny Wan looks: its foreground blocks, and what gamma does to its attention."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from alignvid_ref.analysis import Calibration, attention_report, select_blocks
from alignvid_ref.config import AlignVidConfig
from evaluators.world import Scene, make_scenes, render_reference
from evaluators.world.backdrop import paint_backdrop
from evaluators.world.vocabulary import KINDS
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.parts import FRAMES, SIDE
from omiti2v.records import write_atomically

CALIBRATION_SEED, REPORT_SEED = 51_000_000, 52_000_000
PROMPTS = 50
TOKENS = 4
"""Tokens along a side of a frame."""

QUANTITIES = ("image_mass", "text_mass", "entropy")
COLUMNS = ("gamma", "block", "step", "timestep", "in_window", *QUANTITIES)


def object_mask(scene: Scene) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where a token of the reference image holds a part of an object, shape (4, 4).

    Most objects are smaller than a token and lie on the corner of four, so that none is half
    covered.
    """
    differs = (render_reference(scene.stage) != paint_backdrop(scene.stage)).any(axis=-1)
    cells = differs.reshape(TOKENS, SIDE // TOKENS, TOKENS, SIDE // TOKENS)
    mask: np.ndarray[Any, np.dtype[np.bool_]] = cells.any(axis=(1, 3))
    return mask


def call_inputs(scene: Scene, *, steps: int) -> dict[str, Any]:
    """Arguments of the stock pipeline for a scene, without the generator."""
    return {
        "image": PIL.Image.fromarray(render_reference(scene.stage)),
        "prompt": scene.sample.prompt,
        "height": SIDE,
        "width": SIDE,
        "num_frames": FRAMES,
        "num_inference_steps": steps,
        "guidance_scale": 1.0,
        "output_type": "np",
    }


def measure_blocks(
    pipe: Any, path: Path, *, config: AlignVidConfig, steps: int, count: int = PROMPTS
) -> None:
    """Write each block's foreground ratio, and the best blocks, as many as `config` has.

    Args:
        pipe: The tiny Wan.
        path: The JSON: `ratios`, `chance` (the foreground's share of the tokens), `blocks`,
            `prompts`.
        config: Its window and its number of blocks.
        steps: Of the solver.
        count: Scenes to look at.
    """
    scenes = make_scenes(count, seed=CALIBRATION_SEED, settings=SETTINGS)
    # A picture with an object in every token has no background to tell it from.
    masks = [(scene, mask) for scene in scenes if not (mask := object_mask(scene)).all()]
    calibration = [Calibration(call_inputs(scene, steps=steps), mask) for scene, mask in masks]
    found = select_blocks(pipe, calibration, config=config, threshold=0.0)
    wanted = len(config.block_indices(len(found.ratios)))
    best = sorted(range(len(found.ratios)), key=lambda block: -found.ratios[block])[:wanted]
    told = {
        "blocks": sorted(best),
        "chance": float(np.mean([mask.mean() for _, mask in masks])),
        "prompts": found.prompts,
        "ratios": list(found.ratios),
    }
    write_atomically(path, json.dumps(told, indent=1) + "\n")


def measure_attention(
    pipe: Any, path: Path, *, config: AlignVidConfig, gammas: Sequence[float], steps: int
) -> None:
    """Write masses and entropy by gamma, block and step, over one scene of each kind of edit.

    Args:
        pipe: The tiny Wan.
        path: The CSV, with the columns of `COLUMNS`; gamma 1 is the model alone.
        config: AlignVid's settings but for gamma.
        gammas: Above 1.
        steps: Of the solver.
    """
    sums: defaultdict[tuple[float, int, int, float, bool], list[list[float]]] = defaultdict(list)
    for scene in make_scenes(len(KINDS), seed=REPORT_SEED, settings=SETTINGS):
        inputs = call_inputs(scene, steps=steps)
        for gamma in gammas:
            report = attention_report(
                pipe, inputs, config=config.replace(gamma=gamma), seed=scene.stage.index
            )
            for row in report.rows:
                if row.run == "plain" and gamma != gammas[0]:
                    continue
                key = (
                    1.0 if row.run == "plain" else gamma,
                    row.block,
                    row.step,
                    row.timestep,
                    row.in_window,
                )
                sums[key].append([getattr(row, name) for name in QUANTITIES])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (gamma, block, step, timestep, in_window), values in sorted(sums.items()):
        means = [f"{value:.5f}" for value in np.mean(values, axis=0)]
        writer.writerow([gamma, block, step, f"{timestep:g}", int(in_window), *means])
    write_atomically(path, text.getvalue())
