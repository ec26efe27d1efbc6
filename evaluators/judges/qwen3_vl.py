"""Qwen3-VL: the time of each pair of frames is written before it, as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from torch import Tensor
from transformers import Qwen3VLForConditionalGeneration, Qwen3VLProcessor

from evaluators.frames import Clip
from evaluators.judges.answer_tokens import Tokenizer
from evaluators.judges.family import LoadOptions, Prefix, load_model
from evaluators.judges.multimodal_rope import prefix_with_positions, text_positions
from evaluators.judges.processor_inputs import (
    check_max_pixels,
    inputs_of,
    run_processor,
    timed_metadata,
)


class Qwen3VL:
    """A loaded Qwen3-VL; see `Family`.

    Args:
        folder: The model's folder.
        options: How its weights are loaded.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down. None keeps
            the processor's own bound, which is on the pixels of all frames together.

    Raises:
        UserError: `max_pixels` is less than one visual token.
    """

    architecture = "Qwen3VLForConditionalGeneration"
    fixed_size = False

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        self.processor = Qwen3VLProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self.video_token: str = self.processor.video_token
        video = self.processor.video_processor
        if max_pixels is not None:
            check_max_pixels(max_pixels, video)
        # Frames are chosen and sized here; a budget of the library's own would change answers with
        # its version.
        video.cap_pixels_per_frame = False
        start, end = self.processor.vision_start_token, self.processor.vision_end_token
        self._marked = f"{start}{self.video_token}{end}"
        self._max_pixels = max_pixels
        self.model = load_model(Qwen3VLForConditionalGeneration, folder, options)

    @property
    def tokenizer(self) -> Tokenizer:
        return cast(Tokenizer, self.processor.tokenizer)

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text before the question.

        All frames of the clip are used, the last one twice where their number is odd. Their times
        reach the model as text before each pair, to a tenth of a second.

        Raises:
            ValueError: The clip's rate is not positive, or the processor can't take its frames.
        """
        clip = _whole_patches(clip, self.processor.video_processor.temporal_patch_size)
        size = {} if self._max_pixels is None else {"size": self._size(len(clip.frames))}
        # Each pair of frames gets marks of its own. The first release of the processor dropped the
        # template's marks around all of them; later ones keep them, one pair more than there was.
        text = text.replace(self._marked, self.video_token)
        batch = run_processor(self.processor, clip, text, timed_metadata(clip), **size)
        return prefix_with_positions(self.model, inputs_of(batch))

    def positions(self, starts: Sequence[int], *, length: int) -> Tensor:
        """Positions of text tokens, shape (3, rows, length); the three parts are the same."""
        return text_positions(starts, length=length)

    def _size(self, frames: int) -> dict[str, int]:
        """The bound on one frame as this processor takes it: on all frames together."""
        largest = cast(int, self._max_pixels) * frames
        smallest = min(self.processor.video_processor.size["shortest_edge"], largest)
        return {"shortest_edge": smallest, "longest_edge": largest}


def _whole_patches(clip: Clip, frames: int) -> Clip:
    """The clip with its last frame repeated until the number is a multiple of `frames`.

    The processor would do it too, but after it has worked out the size of an odd number of frames,
    and not for a single frame.
    """
    count = len(clip.frames)
    places = np.minimum(np.arange(count + -count % frames), count - 1)
    return Clip(
        frames=clip.frames[places],
        times=clip.times[places],
        indices=clip.indices[places],
        fps=clip.fps,
    )
