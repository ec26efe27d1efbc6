"""Frames as models read them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evaluators.metrics.model_inputs import (
    as_levels,
    batches,
    pick_device,
    run_in_batches,
    unit,
    vbench_clip_input,
    vbench_dino_input,
)

FRAMES = np.random.default_rng(0).integers(0, 256, (70, 20, 30, 3), dtype=np.uint8)


def test_batches_hold_all_frames_in_their_order() -> None:
    parts = list(batches(FRAMES))
    assert [len(part) for part in parts] == [32, 32, 6]
    assert np.array_equal(np.concatenate(parts), FRAMES)


def test_levels_are_those_of_the_pixels_with_colors_first() -> None:
    levels = as_levels(FRAMES[:2])
    assert levels.shape == (2, 3, 20, 30)
    assert float(levels[1, 2, 3, 4]) == FRAMES[1, 3, 4, 2]


def test_clip_gets_the_middle_square_and_dino_all_of_a_picture() -> None:
    square = vbench_clip_input(FRAMES[:1], side=10, mean=[0, 0, 0], std=[1, 1, 1])
    assert square.shape == (1, 3, 10, 10)
    assert vbench_dino_input(FRAMES[:1]).shape == (1, 3, 224, 336)


def test_a_model_is_run_on_every_frame() -> None:
    found = run_in_batches(FRAMES, as_levels, lambda x: x.amax(dim=(2, 3)), torch.device("cpu"))
    assert np.array_equal(found, FRAMES.max(axis=(1, 2)))


def test_vectors_get_length_one_and_zeros_stay() -> None:
    assert unit(np.array([[3, 4], [0, 0]], np.float32)) == pytest.approx(
        np.array([[0.6, 0.8], [0, 0]])
    )


def test_a_device_is_taken_as_it_is_named() -> None:
    assert pick_device("cpu") == torch.device("cpu")
