"""Where the tiny Wan looks: its foreground blocks, and what gamma does to its attention."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import PIL.Image
from numpy.typing import NDArray

from alignvid_ref.analysis import ForegroundPrompt, attention_report, select_blocks
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

GROUPS = ["gamma", "block", "step", "timestep", "in_window"]
QUANTITIES = ["image_mass", "text_mass", "padding_mass", "entropy"]


def object_mask(scene: Scene) -> NDArray[np.bool_]:
    """Where a token of the reference image holds a part of an object, shape (4, 4).

    Most objects are smaller than a token and lie on the corner of four, so that none is half
    covered.
    """
    differs = (render_reference(scene.stage) != paint_backdrop(scene.stage)).any(axis=-1)
    cells = differs.reshape(TOKENS, SIDE // TOKENS, TOKENS, SIDE // TOKENS)
    mask: NDArray[np.bool_] = cells.any(axis=(1, 3))
    return mask


def call_inputs(scene: Scene, *, steps: int, guidance_scale: float = 1.0) -> dict[str, Any]:
    """Arguments of the stock pipeline for a scene, without the generator."""
    return {
        "image": PIL.Image.fromarray(render_reference(scene.stage)),
        "prompt": scene.sample.prompt,
        "height": SIDE,
        "width": SIDE,
        "num_frames": FRAMES,
        "num_inference_steps": steps,
        "guidance_scale": guidance_scale,
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
        config: Gives the window and the number of blocks.
        steps: Steps of the solver.
        count: Scenes to look at.
    """
    scenes = make_scenes(count, seed=CALIBRATION_SEED, settings=SETTINGS)
    # A picture with an object in every token has no background to tell it from.
    masks = [(scene, mask) for scene in scenes if not (mask := object_mask(scene)).all()]
    calibration = [ForegroundPrompt(call_inputs(scene, steps=steps), mask) for scene, mask in masks]
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
        path: The CSV, with the columns `GROUPS` and `QUANTITIES`; gamma 1 is the model alone.
        config: AlignVid's settings but for gamma.
        gammas: Above 1.
        steps: Steps of the solver.
    """
    rows = []
    for scene in make_scenes(len(KINDS), seed=REPORT_SEED, settings=SETTINGS):
        inputs = call_inputs(scene, steps=steps)
        for gamma in gammas:
            own = config.replace(gamma=gamma)
            for row in attention_report(pipe, inputs, config=own, seed=scene.stage.index).rows:
                # The model alone is measured beside each gamma: it counts once.
                if row.run != "plain" or gamma == gammas[0]:
                    rows.append(vars(row) | {"gamma": 1.0 if row.run == "plain" else gamma})
    means = pd.DataFrame(rows).groupby(GROUPS)[QUANTITIES].mean().reset_index()
    means = means.astype({"in_window": int})
    means["gamma"] = means["gamma"].map(str)
    means["timestep"] = means["timestep"].map("{:g}".format)
    write_atomically(path, means.to_csv(index=False, float_format="%.5f", lineterminator="\n"))
