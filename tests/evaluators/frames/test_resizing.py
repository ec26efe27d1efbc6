"""Pictures at other sizes, resized the same way everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.frames.resizing import fit_pixels, grey, rescale, resize


def test_shrinking_averages_over_areas() -> None:
    checks = np.indices((8, 8)).sum(axis=0) % 2 * 200
    small = resize(checks.astype(np.uint8), 4, 4)
    assert (small == 100).all()


def test_growing_keeps_the_range() -> None:
    picture = np.array([[0, 200]], dtype=np.uint8)
    grown = resize(picture, 8, 2)
    assert grown.shape == (2, 8)
    assert (np.diff(grown[0].astype(int)) >= 0).all()
    assert (grown.min(), grown.max()) == (0, 200)


@pytest.mark.parametrize(
    ("scale", "wanted"), [(0.5, (24, 32)), (1.0, (48, 64)), (0.001, (1, 1)), (1.5, (72, 96))]
)
def test_a_scale_is_of_both_sides_and_leaves_a_pixel(scale: float, wanted: tuple[int, int]) -> None:
    picture = np.zeros((48, 64, 3), dtype=np.uint8)
    assert rescale(picture, scale).shape == (*wanted, 3)


def test_grey_weighs_the_colours_as_bt_601_does() -> None:
    frame = np.zeros((1, 3, 3), dtype=np.uint8)
    frame[0, np.arange(3), np.arange(3)] = 255
    assert grey(frame)[0].tolist() == [76, 150, 29]


def test_large_frames_are_scaled_down_in_their_form_and_small_ones_are_left() -> None:
    frames = np.zeros((2, 60, 120, 3), dtype=np.uint8)
    assert fit_pixels(frames, max_pixels=1800).shape == (2, 30, 60, 3)
    assert fit_pixels(frames, max_pixels=7199).shape == (2, 59, 119, 3)
    assert fit_pixels(frames, max_pixels=7200) is frames
    assert fit_pixels(frames, max_pixels=1).shape == (2, 1, 1, 3)
