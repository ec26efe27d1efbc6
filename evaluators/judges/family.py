"""The seam between the fast protocol and a family of models.

A family says how its processor takes a clip and where its tokens stand; all the rest (prompt,
shared prefix, answers, digest) is common. Another family is one more module and one more line in
FAMILIES.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from torch import Tensor

from evaluators.frames import Clip
from evaluators.judges.answers import Tokenizer
from evaluators.judges.weights import one_line
from omiti2v.errors import UserError
from omiti2v.records import brief

logger = logging.getLogger(__name__)

Attention = Literal["eager", "sdpa", "flash_attention_2"]

# `model_type` in config.json -> the module and the class that implements `Family`.
FAMILIES: dict[str, tuple[str, str]] = {
    "qwen2_5_vl": ("evaluators.judges.qwen2_5_vl", "Qwen25VL"),
}


@dataclass(frozen=True)
class Prefix:
    """Everything up to the question, ready for the model: a batch of one.

    Attributes:
        inputs: Keyword arguments of the model's forward pass, its position ids among them.
        length: Number of tokens.
        next_position: Position of the text token that comes after it.
    """

    inputs: Mapping[str, Tensor]
    length: int
    next_position: int


class Family(Protocol):
    """A loaded model of one class.

    Attributes:
        architecture: The model class, as "Qwen2_5_VLForConditionalGeneration".
        model: The model of transformers, in evaluation mode, on its device. `model.model` gives
            hidden states and takes `past_key_values`.
        processor: Its processor.
        video_token: What the chat template writes where the video goes.
    """

    architecture: str
    model: Any
    processor: Any
    video_token: str

    @property
    def tokenizer(self) -> Tokenizer: ...

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text around it, up to the question, as inputs on the model's device.

        Raises:
            ValueError: The processor can't take this clip.
        """
        ...

    def positions(self, start: int, *, rows: int, length: int) -> Tensor:
        """Position ids of `rows` rows of `length` text tokens, the first of each at `start`."""
        ...


class FamilyLoader(Protocol):
    """How a family is built: its class, called."""

    def __call__(
        self, folder: Path, *, dtype: str, device: str, attention: Attention, max_pixels: int
    ) -> Family: ...


def family_for(config: Mapping[str, Any], *, where: Path) -> FamilyLoader:
    """The loader of the family that a model's config names.

    Raises:
        UserError: No family is known for it.
    """
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        raise UserError(
            f"{where / 'config.json'}: model_type: expected one of {', '.join(FAMILIES)}, "
            f"got {brief(model_type)}; use a model of one of these classes"
        )
    module, name = FAMILIES[model_type]
    loader: FamilyLoader = getattr(importlib.import_module(module), name)
    return loader


def load_model(
    model_class: Any, folder: Path, *, dtype: str, device: str, attention: Attention
) -> Any:
    """Load a model of transformers from safetensors, without remote code, ready to answer.

    Raises:
        ValueError: The weights don't fill the model; transformers would draw the rest at random.
    """
    model, info = model_class.from_pretrained(
        folder,
        dtype=dtype,
        attn_implementation=attention,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
    )
    if missing := sorted(info["missing_keys"]):
        raise ValueError(f"the weights lack {missing[0]} and {len(missing) - 1} more tensors")
    return model.to(device).eval()


def load_family(
    loader: FamilyLoader,
    folder: Path,
    *,
    name: str,
    dtype: str,
    device: str,
    attention: Attention,
    max_pixels: int,
) -> Family:
    """Call a family's loader; whatever goes wrong with the model's files is one line.

    Raises:
        UserError: The model can't be loaded.
    """
    try:
        return loader(
            folder, dtype=dtype, device=device, attention=attention, max_pixels=max_pixels
        )
    except UserError:
        raise
    except Exception as error:  # broken files make transformers raise nearly anything
        raise UserError(
            f"{name}: can't be loaded: {one_line(error)}; download the model again, or choose "
            "another dtype, device or attention"
        ) from error
