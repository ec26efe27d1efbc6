"""Qwen3-VL: the time of each pair of frames is written before it, as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from transformers import Qwen3VLForConditionalGeneration, Qwen3VLProcessor

from evaluators.frames import Clip
from evaluators.judges.family import LoadOptions, Prefix
from evaluators.judges.multimodal_rope import MultimodalRopeFamily
from evaluators.judges.processor_inputs import run_processor, timed_metadata


class Qwen3VL(MultimodalRopeFamily):
    """A loaded Qwen3-VL; see `MultimodalRopeFamily`.

    Without `max_pixels` the processor's own bound holds, on the pixels of all frames together.
    """

    model_class = Qwen3VLForConditionalGeneration
    processor_class = Qwen3VLProcessor

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        super().__init__(folder, options, max_pixels=max_pixels)
        start, end = self.processor.vision_start_token, self.processor.vision_end_token
        self._marked = f"{start}{self.video_token}{end}"

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text before the question.

        All frames of the clip are used, the last one twice where their number is odd. Their times
        reach the model as text before each pair, to a tenth of a second.

        Raises:
            ValueError: The clip's rate is not positive, or the processor can't take its frames.
        """
        clip = _whole_patches(clip, self.processor.video_processor.temporal_patch_size)
        size = {}
        if self.max_pixels is not None:
            size = {"size": self._size(self.max_pixels * len(clip.frames))}
        # Each pair of frames gets marks of its own. The first release of the processor dropped the
        # template's marks around all of them; later ones keep them, one pair more than there was.
        text = text.replace(self._marked, self.video_token)
        batch = run_processor(self.processor, clip, text, timed_metadata(clip), **size)
        return self.prefix_of(batch)

    def _size(self, largest: int) -> dict[str, int]:
        """The bound on one frame as this processor takes it: on all frames together."""
        smallest = min(self.processor.video_processor.size["shortest_edge"], largest)
        return {"shortest_edge": smallest, "longest_edge": largest}


def _whole_patches(clip: Clip, frames: int) -> Clip:
    """The clip with its last frame repeated until the number is a multiple of `frames`.

    The processor would do it too, but after it has worked out the size of an odd number of frames,
    and not for a single frame.
    """
    count = len(clip.frames)
    places = np.minimum(np.arange(count + -count % frames), count - 1)
    return replace(
        clip, frames=clip.frames[places], times=clip.times[places], indices=clip.indices[places]
    )
