"""Families with positions in three parts (time, row, column): those of Qwen-VL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from evaluators.judges.answer_tokens import Tokenizer
from evaluators.judges.family import POSITIONS, LoadOptions, Prefix, load_model
from evaluators.judges.processor_inputs import check_max_pixels, inputs_of
from evaluators.judges.prompt import one_token


class MultimodalRopeFamily:
    """What these families share; see `Family`. A subclass names the classes of transformers.

    Args:
        folder: The model's folder.
        options: How its weights are loaded.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down. None keeps
            the processor's own.

    Raises:
        UserError: `max_pixels` is less than one visual token, or the video has no token.
    """

    fixed_size = False
    model_class: ClassVar[Any]
    processor_class: ClassVar[Any]

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        self.architecture: str = self.model_class.__name__
        self.processor = self.processor_class.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self.video_token: str = self.processor.video_token
        if max_pixels is not None:
            check_max_pixels(max_pixels, self.processor.video_processor)
        # Frames are chosen and sized here; a budget of the library's own would change answers with
        # its version.
        self.processor.video_processor.cap_pixels_per_frame = False
        self.max_pixels = max_pixels
        one_token(self.tokenizer, self.video_token)
        options.check(self)
        self.model = load_model(self.model_class, folder, options)

    @property
    def tokenizer(self) -> Tokenizer:
        return cast(Tokenizer, self.processor.tokenizer)

    def prefix_of(self, batch: Any) -> Prefix:
        """The prefix for a processor's batch, which ends in text."""
        inputs = inputs_of(batch)
        positions = self.prefix_positions(inputs)
        return Prefix(
            inputs=inputs | {POSITIONS: positions},
            length=inputs["input_ids"].shape[1],
            next_positions=(int(positions.max()) + 1,),
        )

    def prefix_positions(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Positions of a prefix's tokens, shape (3, 1, length)."""
        positions: Tensor = self.model.model.get_rope_index(**inputs)[0]
        return positions

    def positions(self, starts: Sequence[int], *, length: int) -> Tensor:
        """Positions of text tokens, shape (3, rows, length); the three parts are the same."""
        rows = torch.tensor(starts)[:, None] + torch.arange(length)
        return rows.expand(3, -1, -1)
