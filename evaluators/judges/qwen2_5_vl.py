"""Qwen2.5-VL for the fast protocol: its processor's inputs and its three-part positions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor
from transformers.video_utils import VideoMetadata

from evaluators.frames import Clip
from evaluators.judges.answers import Tokenizer
from evaluators.judges.family import Attention, Prefix, load_model
from omiti2v.errors import UserError


class Qwen25VL:
    """A loaded Qwen2.5-VL; see `Family`.

    Args:
        folder: The model's folder.
        dtype: "auto" or a float type's name.
        device: A torch device, as "cuda" or "cpu".
        attention: The attention implementation.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down.

    Raises:
        UserError: `max_pixels` is less than one visual token.
    """

    architecture = "Qwen2_5_VLForConditionalGeneration"

    def __init__(
        self, folder: Path, *, dtype: str, device: str, attention: Attention, max_pixels: int
    ) -> None:
        self.processor = Qwen2_5_VLProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self.video_token: str = self.processor.video_token
        video = self.processor.video_processor
        token_pixels = (video.patch_size * video.merge_size) ** 2
        if max_pixels < token_pixels:
            raise UserError(f"max_pixels: expected at least {token_pixels}, got {max_pixels}")
        smallest = min(video.size["shortest_edge"], max_pixels)
        video.size = {"shortest_edge": smallest, "longest_edge": max_pixels}
        # Frames are chosen and sized here; a budget of the library's own would change answers with
        # its version.
        video.cap_pixels_per_frame = False
        self.model = load_model(
            Qwen2_5_VLForConditionalGeneration,
            folder,
            dtype=dtype,
            device=device,
            attention=attention,
        )

    @property
    def tokenizer(self) -> Tokenizer:
        return cast(Tokenizer, self.processor.tokenizer)

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text before the question.

        All frames of the clip are used; the processor repeats the last one where their number is
        odd. Their rate reaches the model as seconds for each pair of frames.

        Raises:
            ValueError: The clip's rate is not positive, or the processor can't take its frames.
        """
        if not (math.isfinite(clip.fps) and clip.fps > 0):
            raise ValueError(f"expected a positive frame rate, got {clip.fps}")
        count = len(clip.frames)
        metadata = VideoMetadata(
            total_num_frames=count, fps=clip.fps, frames_indices=list(range(count))
        )
        batch = self.processor(
            text=[text],
            videos=[torch.tensor(np.ascontiguousarray(clip.frames))],
            video_metadata=[metadata],
            do_sample_frames=False,
            input_data_format="channels_last",
            return_tensors="pt",
        )
        inputs: dict[str, Tensor] = dict(batch.to(self.model.device))
        inputs["position_ids"] = self.model.model.get_rope_index(**inputs)[0]
        # After a video, text goes on from the video's largest side, not from the number of tokens;
        # the last token before the question is text, with the same position in all three parts.
        next_position = int(inputs["position_ids"][:, 0, -1].max()) + 1
        return Prefix(
            inputs=inputs, length=inputs["input_ids"].shape[1], next_position=next_position
        )

    def positions(self, start: int, *, rows: int, length: int) -> Tensor:
        """Positions of text tokens, shape (3, rows, length); the three parts are the same."""
        row = torch.arange(start, start + length, device=self.model.device)
        return row.expand(3, rows, length)
