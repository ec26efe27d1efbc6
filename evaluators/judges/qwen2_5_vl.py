"""Qwen2.5-VL: its processor's inputs."""

from __future__ import annotations

from pathlib import Path

from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from evaluators.frames import Clip
from evaluators.judges.family import LoadOptions, Prefix
from evaluators.judges.multimodal_rope import MultimodalRopeFamily
from evaluators.judges.processor_inputs import even_metadata, run_processor


class Qwen25VL(MultimodalRopeFamily):
    """A loaded Qwen2.5-VL; see `MultimodalRopeFamily`."""

    model_class = Qwen2_5_VLForConditionalGeneration
    processor_class = Qwen2_5_VLProcessor

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        super().__init__(folder, options, max_pixels=max_pixels)
        if max_pixels is not None:
            video = self.processor.video_processor
            smallest = min(video.size["shortest_edge"], max_pixels)
            video.size = {"shortest_edge": smallest, "longest_edge": max_pixels}

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text before the question.

        All frames of the clip are used; the processor repeats the last one where their number is
        odd. Their rate reaches the model as seconds for each pair of frames.

        Raises:
            ValueError: The clip's rate is not positive, or the processor can't take its frames.
        """
        return self.prefix_of(run_processor(self.processor, clip, text, even_metadata(clip)))
