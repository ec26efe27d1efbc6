"""Families whose tokens simply stand one after another, and whose frames all have one size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from evaluators.frames import Clip
from evaluators.judges.answer_tokens import Tokenizer
from evaluators.judges.family import POSITIONS, LoadOptions, Prefix, load_model
from evaluators.judges.processor_inputs import inputs_of, run_processor, timed_metadata
from omiti2v.errors import UserError


class SequentialFamily:
    """What these families share; see `Family`. A subclass names the classes of transformers.

    Args:
        folder: The model's folder.
        options: How its weights are loaded.
        max_pixels: Must be None: the processor brings every frame to the size the model knows.

    Raises:
        UserError: `max_pixels` is given.
    """

    fixed_size = True
    model_class: ClassVar[Any]
    processor_class: ClassVar[Any]

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        self.architecture: str = self.model_class.__name__
        if max_pixels is not None:
            raise UserError(
                f"max_pixels: expected none, as {self.architecture} takes frames of one size only, "
                f"got {max_pixels}"
            )
        self.processor = self.processor_class.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self.video_token: str = self.processor.video_token
        options.check(self)
        self.model = load_model(self.model_class, folder, options)

    @property
    def tokenizer(self) -> Tokenizer:
        return cast(Tokenizer, self.processor.tokenizer)

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text before the question; all frames of the clip are used.

        Raises:
            ValueError: The clip's rate is not positive, or the processor can't take its frames.
        """
        batch = run_processor(self.processor, clip, text, timed_metadata(clip))
        inputs = inputs_of(batch)
        length = inputs["input_ids"].shape[1]
        inputs[POSITIONS] = self.positions([0], length=length)
        return Prefix(inputs=inputs, length=length, next_positions=(length,))

    def positions(self, starts: Sequence[int], *, length: int) -> Tensor:
        """Positions of tokens, shape (rows, length)."""
        return torch.tensor(starts)[:, None] + torch.arange(length)
