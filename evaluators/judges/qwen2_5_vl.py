"""Qwen2.5-VL: as Qwen2-VL, with the seconds between frames in its positions."""

from __future__ import annotations

from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from evaluators.judges.qwen2_vl import Qwen2VL


class Qwen25VL(Qwen2VL):
    """A loaded Qwen2.5-VL; see `Qwen2VL`."""

    model_class = Qwen2_5_VLForConditionalGeneration
    processor_class = Qwen2_5_VLProcessor
