"""What the tiny CLIP learns from: first and last frames of edits, with their captions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames
from evaluators.world.build import make_scene
from evaluators.world.render import render_frames
from lab.tiny_judge.examples import SETTINGS, compress, draw_nuisances, slots_of


@dataclass(frozen=True)
class Pairs:
    """The two ends of many edits, before and after along the second axis.

    Attributes:
        frames: Shape (scenes, 2, 64, 64, 3), uint8.
        captions: For each scene the caption before and the one after.
        prompts: For each scene.
        slots: What is at each place, shape (scenes, 2, 4, 3); as `slots_of` gives it.
    """

    frames: Frames
    captions: list[tuple[str, str]]
    prompts: list[str]
    slots: NDArray[np.int64]


def make_pairs(count: int, *, seed: int, compressed: bool = False) -> Pairs:
    """The ends of `count` edits done rightly, with nuisances; the same for the same arguments.

    Args:
        count: How many scenes.
        seed: Seed of the world.
        compressed: Whether the frames have gone through an H.264 file, which takes three times as
            long.
    """
    frames, captions, prompts, slots = [], [], [], []
    for index in range(count):
        rng = np.random.default_rng([seed, index, 600])
        scene = make_scene(index, seed=seed, settings=SETTINGS)
        nuisances = draw_nuisances(rng)
        clip = render_frames(scene.stage, "done", nuisances=nuisances)
        if compressed:
            clip = compress(clip, nuisances.crf)
        frames.append(clip[[0, -1]])
        slots.append(slots_of(scene.lines["done"])[[0, -1]])
        captions.append((scene.sample.caption_before or "", scene.sample.caption_after or ""))
        prompts.append(scene.sample.prompt)
    return Pairs(np.stack(frames), captions, prompts, np.stack(slots))
