"""Qwen2.5-VL: its processor's inputs and its three-part positions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from evaluators.frames import Clip
from evaluators.judges.answer_tokens import Tokenizer
from evaluators.judges.family import LoadOptions, Prefix, load_model
from evaluators.judges.multimodal_rope import prefix_with_positions, text_positions
from evaluators.judges.processor_inputs import (
    check_max_pixels,
    even_metadata,
    inputs_of,
    run_processor,
)


class Qwen25VL:
    """A loaded Qwen2.5-VL; see `Family`.

    Args:
        folder: The model's folder.
        options: How its weights are loaded.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down. None keeps
            the processor's own.

    Raises:
        UserError: `max_pixels` is less than one visual token.
    """

    architecture = "Qwen2_5_VLForConditionalGeneration"
    fixed_size = False

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        self.processor = Qwen2_5_VLProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self.video_token: str = self.processor.video_token
        video = self.processor.video_processor
        if max_pixels is not None:
            check_max_pixels(max_pixels, video)
            smallest = min(video.size["shortest_edge"], max_pixels)
            video.size = {"shortest_edge": smallest, "longest_edge": max_pixels}
        # Frames are chosen and sized here; a budget of the library's own would change answers with
        # its version.
        video.cap_pixels_per_frame = False
        self.model = load_model(Qwen2_5_VLForConditionalGeneration, folder, options)

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
        batch = run_processor(self.processor, clip, text, even_metadata(clip))
        return prefix_with_positions(self.model, inputs_of(batch))

    def positions(self, starts: Sequence[int], *, length: int) -> Tensor:
        """Positions of text tokens, shape (3, rows, length); the three parts are the same."""
        return text_positions(starts, length=length)
