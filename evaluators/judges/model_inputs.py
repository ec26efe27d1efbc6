"""A model's inputs read back: its pixels as pictures, and where the video's tokens stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from evaluators.frames import Frames
from evaluators.judges.family import POSITIONS, Prefix


def pixels_given(inputs: Mapping[str, Tensor], processor: Any) -> Frames | None:
    """The frames of one clip as a model is given them, as RGB of 0 to 255; None in another form.

    Args:
        inputs: With `pixel_values_videos` or `pixel_values`: patches in one row with their grid, as
            in the Qwen-VL families, or frames in the last four dimensions.
        processor: What made them, with its mean, deviation and sizes of patches.
    """
    pixels = inputs["pixel_values_videos" if "pixel_values_videos" in inputs else "pixel_values"]
    if pixels.ndim == 2 and "video_grid_thw" in inputs:
        pixels = _unpatched(pixels, inputs["video_grid_thw"][0].tolist(), processor)
    if pixels.ndim < 4 or pixels.shape[-3] != 3:
        return None
    pixels = pixels.reshape(-1, *pixels.shape[-3:]).permute(0, 2, 3, 1).float()
    if processor.do_normalize:
        deviation, mean = torch.tensor(processor.image_std), torch.tensor(processor.image_mean)
        pixels = pixels * deviation + mean
    if processor.do_rescale:
        pixels = pixels / processor.rescale_factor
    frames: Frames = pixels.round().clamp(0, 255).to(torch.uint8).numpy()
    return frames


def _unpatched(patches: Tensor, grid: list[int], processor: Any) -> Tensor:
    times, rows, columns = grid
    side, merge, deep = processor.patch_size, processor.merge_size, processor.temporal_patch_size
    # Blocks of patches that become one token follow each other; within a patch come its colors, its
    # frames, its rows and its columns.
    split = patches.reshape(
        times, rows // merge, columns // merge, merge, merge, 3, deep, side, side
    )
    return split.permute(0, 6, 5, 1, 3, 7, 2, 4, 8).reshape(
        times * deep, 3, rows * side, columns * side
    )


def video_places(prefix: Prefix, config: Any) -> dict[str, Any]:
    """How many tokens the video has and where they stand; see `Inspection`."""
    named = (getattr(config, name, None) for name in ("video_token_id", "image_token_id"))
    tokens = prefix.inputs["input_ids"][0]
    video = torch.isin(tokens, torch.tensor([token for token in named if token is not None]))
    if not bool(video.any()):
        return {"video_tokens": None}
    inside = video.nonzero()[:, 0]
    if POSITIONS not in prefix.inputs:  # the model works them out
        return {"video_tokens": len(inside)}
    positions = prefix.inputs[POSITIONS].reshape(-1, len(tokens))
    first, after = int(positions[0, inside[0]]), int(inside[-1]) + 1
    following = int(positions[0, after]) if after < len(tokens) else prefix.next_positions[0]
    grid = prefix.inputs.get("video_grid_thw")
    steps = None
    if grid is not None and len(positions) == 3:
        steps = tuple((positions[0, video].reshape(int(grid[0, 0]), -1)[:, 0] - first).tolist())
    return {
        "video_tokens": len(inside),
        "temporal_positions": steps,
        "text_after_video": following - first,
    }
