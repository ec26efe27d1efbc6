"""What the autoencoder loses, in pixels and in answers."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.judges import Judge
from evaluators.world import render_frames, true_answers
from lab.tiny_wan.latents import Pool
from lab.tiny_wan.measure import (
    count_right,
    distances,
    held_out_scenes,
    measure,
    reconstruct,
)
from lab.tiny_wan.parts import load_vae


def test_distances_of_pictures_one_level_apart() -> None:
    one = np.full((2, 9, 64, 64, 3), 100, dtype=np.uint8)
    found = distances(one, one + 1)
    assert found["l1_levels"] == 1
    assert found["psnr_db"] == pytest.approx(48.13, abs=0.01)


def test_a_reconstruction_has_the_shape_of_the_clips(pool: Pool) -> None:
    clips = np.zeros((2, 9, 64, 64, 3), dtype=np.uint8)
    made = reconstruct(load_vae(pool.vae), clips)
    assert made.shape == clips.shape
    assert made.dtype == np.uint8


def test_answers_are_counted_against_what_the_clip_shows(always_yes: Judge) -> None:
    scenes = held_out_scenes(6)
    frames = np.stack([render_frames(scene.stage, behaviour) for scene, behaviour in scenes])
    counts = count_right(always_yes, scenes, frames)
    truth = [answer for one in scenes for answer in true_answers(*one).values()]
    assert counts["all"] == [truth.count("yes"), len(truth)]
    assert sum(asked for name, (_, asked) in counts.items() if name.startswith("kind ")) == len(
        truth
    )


def test_all_that_is_measured(pool: Pool, always_yes: Judge) -> None:
    found = measure(load_vae(pool.vae), clips=6, load_judge=lambda: always_yes)
    assert found["clips"] == 6
    assert found.keys() == {"clips", "reconstruction", "judge"}
    assert measure(load_vae(pool.vae), clips=2, load_judge=None).keys() == {
        "clips",
        "reconstruction",
    }
