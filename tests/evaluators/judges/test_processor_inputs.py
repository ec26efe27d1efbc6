"""What a processor of transformers is told about a clip's frames and times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from evaluators.frames import Clip
from evaluators.judges.processor_inputs import (
    check_max_pixels,
    even_metadata,
    inputs_of,
    run_processor,
    timed_metadata,
)
from omiti2v.errors import UserError


@pytest.fixture
def uneven() -> Clip:
    frames = np.arange(3 * 2 * 4 * 3, dtype=np.uint8).reshape(3, 2, 4, 3)[:, :, ::-1]
    times = np.array([0.0, 0.1254, 1.5])
    return Clip(frames=frames, times=times, indices=np.array([0, 1, 12]), fps=8.0)


def test_even_frames_have_the_clip_s_rate(uneven: Clip) -> None:
    metadata = even_metadata(uneven)
    assert (metadata.total_num_frames, metadata.fps) == (3, 8.0)
    assert list(metadata.frames_indices) == [0, 1, 2]


def test_timed_frames_are_told_to_the_millisecond(uneven: Clip) -> None:
    metadata = timed_metadata(uneven)
    assert metadata.fps == 1000
    assert list(metadata.frames_indices) == [0, 125, 1500]
    assert metadata.duration == pytest.approx(1.625)
    assert metadata.total_num_frames == 1625


def test_a_video_s_own_length_is_told_where_it_is_known(uneven: Clip) -> None:
    for seconds, told in ((2.0, 2.0), (2.9999998, 3.0), (2.5, 2.5)):
        assert timed_metadata(replace(uneven, video_seconds=seconds)).duration == told


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("metadata", [even_metadata, timed_metadata])
def test_a_rate_must_be_positive(
    fps: float, metadata: Callable[[Clip], object], make_clip: Callable[..., Clip]
) -> None:
    good = make_clip(2)
    clip = Clip(frames=good.frames, times=good.times, indices=good.indices, fps=fps)
    with pytest.raises(ValueError, match="expected a positive frame rate, got"):
        metadata(clip)


def test_a_processor_is_given_every_frame_once_and_samples_none(uneven: Clip) -> None:
    given: dict[str, Any] = {}
    metadata = even_metadata(uneven)
    run_processor(lambda **more: given.update(more), uneven, "text", metadata, size=3)
    (video,) = given.pop("videos")
    assert np.array_equal(video.numpy(), uneven.frames)
    assert given == {
        "text": ["text"],
        "video_metadata": [metadata],
        "do_sample_frames": False,
        "input_data_format": "channels_last",
        "return_tensors": "pt",
        "size": 3,
    }


def test_only_tensors_are_inputs() -> None:
    ids = torch.tensor([[1]])
    assert inputs_of({"input_ids": ids, "video_metadata": [{}]}) == {"input_ids": ids}


def test_a_frame_has_at_least_one_visual_token() -> None:
    processor = SimpleNamespace(patch_size=14, merge_size=2)
    check_max_pixels(784, processor)
    with pytest.raises(UserError, match="max_pixels: expected at least 784, got 783"):
        check_max_pixels(783, processor)
