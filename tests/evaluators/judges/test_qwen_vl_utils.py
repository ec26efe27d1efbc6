"""The size and pixels of frames. The numbers are what qwen-vl-utils 0.0.14 gave."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as transforms

from evaluators.judges.qwen_vl_utils import frame_size, resized


@pytest.mark.parametrize(
    ("given", "frames", "expected"),
    [
        ((832, 480), 40, (504, 280)),
        ((640, 608), 48, (392, 364)),
        ((1920, 1080), 16, (504, 280)),
        ((426, 240), 16, (420, 252)),  # enlarged from here on
        ((480, 270), 20, (476, 280)),
        ((200, 120), 40, (420, 252)),
        ((96, 160), 80, (252, 420)),
        ((64, 64), 768, (336, 336)),
        ((28, 1400), 16, (56, 2240)),
        ((100, 700), 8, (140, 840)),
    ],
)
def test_frames_are_brought_between_their_bounds(
    given: tuple[int, int], frames: int, expected: tuple[int, int]
) -> None:
    width, height = given
    size = frame_size(height, width, frames=frames, side=28, max_pixels=360 * 420)
    assert size == expected[::-1]


def test_many_large_frames_share_a_bound() -> None:
    few, many = (
        frame_size(1080, 1920, frames=frames, side=28, max_pixels=None) for frames in (16, 768)
    )
    assert few == (560, 1008)  # 768 tokens
    assert many == (336, 644)  # 115,200 tokens over 384 pairs


def test_a_smaller_bound_takes_the_floor_down_with_it() -> None:
    assert frame_size(64, 64, frames=8, side=16, max_pixels=64 * 64) == (64, 64)


@pytest.mark.parametrize(("height", "width"), [(1, 201), (4020, 20)])
def test_frames_too_narrow_are_refused(height: int, width: int) -> None:
    with pytest.raises(ValueError, match="expected sides of at most 200:1"):
        frame_size(height, width, frames=2, side=28, max_pixels=None)


@pytest.mark.parametrize("size", [(28, 56), (112, 140), (48, 64)])
def test_pixels_are_those_of_torchvision(size: tuple[int, int]) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (11, 48, 64, 3), dtype=np.uint8)
    expected = transforms.resize(
        torch.tensor(frames).permute(0, 3, 1, 2), list(size), InterpolationMode.BICUBIC
    )
    assert np.array_equal(resized(frames, *size), expected.permute(0, 2, 3, 1).numpy())
