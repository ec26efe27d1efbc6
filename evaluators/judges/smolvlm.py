"""SmolVLM2: the time of each frame is written before it, in whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from transformers import SmolVLMForConditionalGeneration, SmolVLMProcessor

from evaluators.frames import FrameRule
from evaluators.judges.family import LoadOptions
from evaluators.judges.sequential import SequentialFamily
from omiti2v.extras import require_extra


class SmolVLM(SequentialFamily):
    """A loaded SmolVLM2; see `SequentialFamily`.

    It is told the length of the whole video. Until `durations` 2 that was the samples' own.
    """

    model_class = SmolVLMForConditionalGeneration
    processor_class = SmolVLMProcessor

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        # The processor spells the number of frames in words.
        require_extra("SmolVLM", "vlm", "num2words")
        super().__init__(folder, options, max_pixels=max_pixels)

    def identity_of(self, rule: FrameRule) -> Mapping[str, object]:
        """See `Family`."""
        return {"durations": 2}
