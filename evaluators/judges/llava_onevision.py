"""LLaVA-OneVision. It takes frames in their order; the model has no way to be told their times."""

from __future__ import annotations

from transformers import LlavaOnevisionForConditionalGeneration, LlavaOnevisionProcessor

from evaluators.judges.sequential import SequentialFamily


class LlavaOnevision(SequentialFamily):
    """A loaded LLaVA-OneVision; see `SequentialFamily`."""

    model_class = LlavaOnevisionForConditionalGeneration
    processor_class = LlavaOnevisionProcessor
