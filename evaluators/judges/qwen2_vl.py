"""Qwen2-VL, and what Qwen2.5-VL shares with it: all patches of a video in one run of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor
from transformers import Qwen2VLForConditionalGeneration, Qwen2VLProcessor

from evaluators.frames import Clip, FrameRule
from evaluators.judges.family import LoadOptions, Prefix
from evaluators.judges.multimodal_rope import MultimodalRopeFamily
from evaluators.judges.processor_inputs import even_metadata, run_processor
from evaluators.judges.qwen_vl_utils import frame_size, resized


class Qwen2VL(MultimodalRopeFamily):
    """A loaded Qwen2-VL; see `MultimodalRopeFamily`.

    Its positions are those of `video_positions`. Until `positions` 2 they were those of the
    installed transformers, which differ where a clip has more than one step of time.
    """

    authors_identity: ClassVar[Mapping[str, object]] = {"video_inputs": "qwen-vl-utils 0.0.14"}
    model_class = Qwen2VLForConditionalGeneration
    processor_class = Qwen2VLProcessor

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        super().__init__(folder, options, max_pixels=max_pixels)
        if max_pixels is not None:
            video = self.processor.video_processor
            smallest = min(video.size["shortest_edge"], max_pixels)
            video.size = {"shortest_edge": smallest, "longest_edge": max_pixels}

    def identity_of(self, rule: FrameRule) -> Mapping[str, object]:
        """See `Family`."""
        most = rule.count or rule.max_frames
        one_step = most is not None and most <= self.processor.video_processor.temporal_patch_size
        return {} if one_step else {"positions": 2}

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text before the question.

        All frames of the clip are used; the processor repeats the last one where their number is
        odd. Their rate reaches Qwen2.5-VL as seconds for each pair of frames, and Qwen2-VL not.

        Raises:
            ValueError: The clip's rate is not positive, or the processor can't take its frames.
        """
        return self.prefix_of(run_processor(self.processor, clip, text, even_metadata(clip)))

    def authors_prefix(self, clip: Clip, text: str) -> Prefix:
        """As `prefix`, with the video as the evaluator of OmitI2V's authors hands it over.

        Frames have the size and the pixels that qwen-vl-utils gives them. No rate is passed on, so
        that the processor takes 2 frames a second, whatever they are.

        Raises:
            ValueError: As for `prefix`, or the frames are too narrow.
        """
        processor = self.processor.video_processor
        side = processor.patch_size * processor.merge_size
        height, width = frame_size(
            *clip.frames.shape[1:3],
            frames=len(clip.frames),
            side=side,
            max_pixels=self.max_pixels,
        )
        clip = replace(clip, frames=resized(clip.frames, height, width), fps=2.0)
        batch = run_processor(self.processor, clip, text, even_metadata(clip), do_resize=False)
        return self.prefix_of(batch)

    def prefix_positions(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """See `video_positions`."""
        config = self.model.config
        seconds = inputs.get("second_per_grid_ts")
        rate = getattr(config.vision_config, "tokens_per_second", 1)
        return video_positions(
            inputs["input_ids"][0] == config.video_token_id,
            inputs["video_grid_thw"][0],
            merge=config.vision_config.spatial_merge_size,
            seconds=torch.tensor(1.0) if seconds is None else seconds[0],
            rate=rate if seconds is not None else 1,
        )[:, None]


def video_positions(
    video: Tensor, grid: Tensor, *, merge: int, seconds: Tensor, rate: int
) -> Tensor:
    """Positions of text with one video in it, as these models were trained and published with.

    A token of text has one position in all three parts: one more than the largest position, of any
    part, of all tokens before it. The video's tokens stand in order of time, row and column. Where
    its first one is at p, one in time step i, row r and column c is at p + floor(i * `seconds` *
    `rate`), p + r and p + c. So text after a video comes after its last time step too; transformers
    from 5.0 on (5.24 is the last we looked at) only let it come after the longer side.

    Args:
        video: Whether a token is the video's, shape (length,); those are one run, and not empty.
        grid: Patches of the video in time, height and width, shape (3,).
        merge: Patches that one token stands for, along a side.
        seconds: Seconds from one time step to the next, a number in single precision, in which it
            is multiplied too.
        rate: Positions in a second.

    Returns:
        Time, row and column, shape (3, length).

    Raises:
        ValueError: No token is the video's.
    """
    times, rows, columns = (int(size) for size in grid // torch.tensor([1, merge, merge]))
    if not video.any():
        raise ValueError("the model's token for a video is another than its tokenizer's")
    first = int(video.nonzero()[0])
    time = (torch.arange(times) * seconds * rate).long()
    inside = torch.stack(
        torch.meshgrid(time, torch.arange(rows), torch.arange(columns), indexing="ij")
    ).reshape(3, -1)
    inside = inside + first
    before = torch.arange(first).expand(3, -1)
    left = len(video) - first - inside.shape[1]
    after = (torch.arange(left) + int(inside.max()) + 1).expand(3, -1)
    return torch.cat([before, inside, after], dim=1)
