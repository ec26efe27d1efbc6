"""InternVL 2.5 and 3. It takes numbered frames; the model has no way to be told their times."""

from __future__ import annotations

from transformers import InternVLForConditionalGeneration, InternVLProcessor

from evaluators.judges.sequential import SequentialFamily


class InternVL(SequentialFamily):
    """A loaded InternVL in the form of transformers (`-hf` on the hub); see `SequentialFamily`."""

    model_class = InternVLForConditionalGeneration
    processor_class = InternVLProcessor
