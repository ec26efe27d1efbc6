"""Clips to train on, from the known-answer world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames
from evaluators.world import Behaviour, Nuisances, WorldSettings, make_scene, render_frames
from evaluators.world.scene import make_stage
from lab.tiny_wan.parts import FPS, FRAMES, SIDE

SETTINGS = WorldSettings(
    width=SIDE, height=SIDE, frames=FRAMES, fps=FPS, backgrounds=("plain", "gradient")
)

# Captions of real videos do not always say what moves, and much of what they say does not happen.
# A model trained on them learns to trust the picture over the text, and so shall this one.
TARGET_SHARES: Mapping[Behaviour, float] = {
    "done": 0.5,
    "still": 0.3,
    "camera_only": 0.1,
    "wrong_object": 0.1,
}
"""What the clip under a prompt shows: the edit in half of all clips."""

PICTURE_SHARES: Mapping[Behaviour, float] = {
    "done": 0.4,
    "wrong_object": 0.3,
    "camera_only": 0.15,
    "flicker": 0.15,
}
"""What the autoencoder is trained on: nearly all clips change."""


@dataclass(frozen=True)
class TrainingClip:
    """A rendered clip.

    Attributes:
        frames: RGB, shape (9, 64, 64, 3), uint8; the first is the reference image.
        prompt: The edit that was asked for.
        behaviour: What the clip shows.
    """

    frames: Frames
    prompt: str
    behaviour: Behaviour


def make_clip(index: int, *, seed: int, shares: Mapping[Behaviour, float]) -> TrainingClip:
    """The clip number `index` of a seed, as the world renders it by default: sharp, no noise.

    Args:
        index: Which clip; the six kinds of edit take turns.
        seed: Seed of the world.
        shares: How often each behaviour is drawn.
    """
    scene = make_scene(index, seed=seed, settings=SETTINGS)
    behaviour = _draw(shares, np.random.default_rng([seed, index, 600]))
    return TrainingClip(render_frames(scene.stage, behaviour), scene.sample.prompt, behaviour)


def make_pictures(indices: range, *, seed: int) -> NDArray[np.uint8]:
    """Clips for the autoencoder, with motion and speed drawn more widely than the world's own.

    Args:
        indices: Which clips.
        seed: Seed of the world.

    Returns:
        RGB, shape (clips, 9, 64, 64, 3).
    """
    clips = []
    for index in indices:
        rng = np.random.default_rng([seed, index, 700])
        nuisances = Nuisances(
            motion=float(rng.uniform(0, 0.016)), speed=float(rng.uniform(0.7, 1.5))
        )
        behaviour = _draw(PICTURE_SHARES, rng)
        stage = make_stage(index, seed=seed, settings=replace(SETTINGS, nuisances=nuisances))
        clips.append(render_frames(stage, behaviour))
    return np.stack(clips)


def _draw(shares: Mapping[Behaviour, float], rng: np.random.Generator) -> Behaviour:
    return list(shares)[int(rng.choice(len(shares), p=list(shares.values())))]
