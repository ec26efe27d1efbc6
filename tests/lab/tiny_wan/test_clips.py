"""Clips to train on."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evaluators.world import make_scene, render_reference
from lab.tiny_wan.clips import (
    PICTURE_SHARES,
    SETTINGS,
    TARGET_SHARES,
    make_clip,
    make_pictures,
)


def test_a_clip_begins_with_the_reference_image() -> None:
    clip = make_clip(7, seed=1, shares={"done": 1.0})
    scene = make_scene(7, seed=1, settings=SETTINGS)
    assert clip.frames.shape == (9, 64, 64, 3)
    assert np.array_equal(clip.frames[0], render_reference(scene.stage))
    assert clip.prompt == scene.sample.prompt


def test_half_of_all_clips_do_what_the_prompt_says() -> None:
    drawn = Counter(make_clip(i, seed=2, shares=TARGET_SHARES).behaviour for i in range(200))
    assert set(drawn) == set(TARGET_SHARES)
    assert drawn["done"] / 200 == pytest.approx(TARGET_SHARES["done"], abs=0.1)


@pytest.mark.parametrize("shares", [TARGET_SHARES, PICTURE_SHARES])
def test_shares_add_up(shares: dict[str, float]) -> None:
    assert sum(shares.values()) == pytest.approx(1)


def test_pictures_are_the_same_for_the_same_numbers() -> None:
    assert np.array_equal(make_pictures(range(2, 4), seed=1), make_pictures(range(4), seed=1)[2:])
