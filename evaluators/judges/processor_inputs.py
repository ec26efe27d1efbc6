"""What a processor of transformers is given for a clip: common to all families."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers.video_utils import VideoMetadata

from evaluators.frames import Clip
from evaluators.judges import rust_panics
from omiti2v.errors import UserError

_TICKS = 1000
"""Of a second. Processors count times in whole frames; at this rate they are exact enough."""


def run_processor(
    processor: Any, clip: Clip, text: str, metadata: VideoMetadata, **more: Any
) -> Any:
    """The processor's batch for one clip and the text around it; every frame is used."""
    with rust_panics.as_errors():
        return processor(
            text=[text],
            videos=[torch.tensor(np.ascontiguousarray(clip.frames))],
            video_metadata=[metadata],
            do_sample_frames=False,
            input_data_format="channels_last",
            return_tensors="pt",
            **more,
        )


def even_metadata(clip: Clip) -> VideoMetadata:
    """The clip as evenly spaced frames at its rate, for models that only take a rate.

    Raises:
        ValueError: The clip's rate is not positive.
    """
    _check_rate(clip)
    count = len(clip.frames)
    return VideoMetadata(total_num_frames=count, fps=clip.fps, frames_indices=list(range(count)))


def timed_metadata(clip: Clip) -> VideoMetadata:
    """The clip with the time of each frame and the length of the whole video, to the millisecond.

    Where the length is not known, the last frame lasts for as long as the clip's others on average.

    Raises:
        ValueError: The clip's rate is not positive.
    """
    _check_rate(clip)
    ticks = [round(float(time) * _TICKS) for time in clip.times]
    last = float(clip.times[-1])
    duration = max(clip.video_seconds or last + 1 / clip.fps, last)
    duration = round(duration, 3)  # models are told whole seconds, which are cut off
    return VideoMetadata(
        total_num_frames=math.ceil(duration * _TICKS),
        fps=float(_TICKS),
        duration=duration,
        frames_indices=ticks,
    )


def inputs_of(batch: Any) -> dict[str, Tensor]:
    """The batch's tensors."""
    return {name: value for name, value in batch.items() if isinstance(value, Tensor)}


def _check_rate(clip: Clip) -> None:
    if not (math.isfinite(clip.fps) and clip.fps > 0):
        raise ValueError(f"expected a positive frame rate, got {clip.fps}")


def check_max_pixels(max_pixels: int, video_processor: Any) -> None:
    """Refuse frames of less than one visual token.

    Raises:
        UserError: `max_pixels` is too small.
    """
    token_pixels = (video_processor.patch_size * video_processor.merge_size) ** 2
    if max_pixels < token_pixels:
        raise UserError(f"max_pixels: expected at least {token_pixels}, got {max_pixels}")
