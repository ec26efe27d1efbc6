"""The seam between the protocols and a family of models.

A family says how its processor takes a clip and where its tokens stand; all the rest (prompt,
shared prefix, decoding, answers, digest) is common. Another family is one more module, registered
by the `model_type` of its models in the entry points `omiti2v.judge_families`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from evaluators.frames import Clip, FrameRule
from evaluators.judges import rust_panics
from evaluators.judges.answer_tokens import Tokenizer
from evaluators.judges.quantization import quantization_config
from omiti2v.errors import UserError, one_line
from omiti2v.judge_spec import Attention, Quantization

logger = logging.getLogger(__name__)

POSITIONS = "position_ids"


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """How weights are loaded.

    Attributes:
        dtype: "auto" or a float type's name.
        device: A torch device, as "cuda" or "cpu"; "auto" spreads the layers over what there is.
        attention: The attention implementation.
        quantization: None for the weights as they are stored.
        check: To be called with the family before its weights are read, as soon as it has its
            processor; raises what it finds.
    """

    dtype: str = "auto"
    device: str = "cpu"
    attention: Attention = "sdpa"
    quantization: Quantization | None = None
    check: Callable[[Any], object] = lambda family: None


@dataclass(frozen=True)
class Prefix:
    """The beginning of a prompt, as inputs of the model: of one clip, or of several in one batch.

    Attributes:
        inputs: Keyword arguments of the model's forward pass, its position ids among them.
        length: Number of tokens, the same for all clips.
        next_positions: Position of the text token that comes after it, of each clip.
    """

    inputs: Mapping[str, Tensor]
    length: int
    next_positions: tuple[int, ...]

    def to(self, device: torch.device) -> Prefix:
        """The same on another device."""
        inputs = {name: value.to(device) for name, value in self.inputs.items()}
        return replace(self, inputs=inputs)


class Family(Protocol):
    """A loaded model of one class.

    It may have a method `identity_of(rule: FrameRule)`: what of its own code answers about such
    frames depend on, as plain JSON values by name, which become part of the fingerprint.

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
        """The clip and the text around it, up to the question, as inputs on the CPU.

        May be called from several threads at once, and while the model runs.

        Raises:
            ValueError: The processor can't take this clip.
        """
        ...

    def positions(self, starts: Sequence[int], *, length: int) -> Tensor:
        """Position ids of rows of `length` text tokens that begin at `starts`, on the CPU."""
        ...


class FamilyLoader(Protocol):
    """How a family is built: its class, called.

    Attributes:
        fixed_size: Whether it brings every frame to one size, and so takes no `max_pixels`.
    """

    fixed_size: bool

    def __call__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> Family: ...


def load_model(model_class: Any, folder: Path, options: LoadOptions) -> Any:
    """Load a model of transformers from safetensors, without remote code, ready to answer.

    Raises:
        UserError: A package for the quantization is missing, or memory for the weights.
        ValueError: The weights don't fill the model; transformers would draw the rest at random.
    """
    placement: dict[str, Any] = {}
    if options.device == "auto":
        placement["device_map"] = "auto"
    if options.quantization is not None:
        placement["quantization_config"] = quantization_config(options.quantization)
        # Weights are quantized on the device they are for, and can't be moved afterwards.
        placement.setdefault("device_map", {"": options.device})
    model, info = model_class.from_pretrained(
        folder,
        dtype=options.dtype,
        attn_implementation=options.attention,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
        **placement,
    )
    if missing := sorted(info["missing_keys"]):
        raise ValueError(f"the weights lack {missing[0]} and {len(missing) - 1} more tensors")
    if "disk" in getattr(model, "hf_device_map", {}).values():
        raise UserError(
            "device auto: expected memory for all weights, a part would stay on the disk; use a "
            "smaller model or a quantization"
        )
    return model.eval() if placement else model.to(options.device).eval()


def load_family(
    loader: FamilyLoader,
    folder: Path,
    options: LoadOptions,
    *,
    name: str,
    max_pixels: int | None,
) -> Family:
    """Call a family's loader; whatever goes wrong with the model's files is one line.

    Args:
        name: What the user calls the model, for messages in place of `folder`.

    Raises:
        UserError: The model can't be loaded.
    """
    try:
        with rust_panics.as_errors():
            return loader(folder, options, max_pixels=max_pixels)
    except UserError as error:
        raise UserError(str(error).replace(str(folder), name)) from error
    except Exception as error:  # broken files make transformers raise nearly anything
        reason = one_line(error).replace(str(folder), name)
        raise UserError(
            f"{name}: can't be loaded: {reason}; download the model again, or choose "
            "another dtype, device or attention"
        ) from error


def check_context(family: Family, prefix: Prefix) -> None:
    """Refuse a clip that goes beyond the positions that the model is made for.

    What counts is where its tokens stand: in Qwen2-VL's family a video of many tokens takes few.

    Raises:
        ValueError: It does.
    """
    text = family.model.config.get_text_config(decoder=True)
    most = getattr(text, "max_position_embeddings", None)
    if most is None:
        return
    # A length to which rotary positions are stretched is not everywhere the one that is stated.
    rope = getattr(text, "rope_parameters", None) or {}
    stretched = rope.get("factor") or 1
    most = max(most, int((rope.get("original_max_position_embeddings") or most) * stretched))
    if (end := max(prefix.next_positions)) > most:
        raise ValueError(
            f"the video has {prefix.length} tokens, up to position {end}; the model reads at most "
            f"{most}; give --frames or --max-pixels"
        )


def identity_of(family: Family, rule: FrameRule) -> Mapping[str, object]:
    """What the family says of itself for the fingerprint; see `Family`."""
    own: Callable[[FrameRule], Mapping[str, object]] | None
    own = getattr(family, "identity_of", None)
    return own(rule) if own else {}


def shares_prefix(family: Family) -> bool:
    """Whether questions may be asked on top of one cache of the video.

    True where every layer of the text model attends to all tokens before. A window or a recurrent
    state would need a cache of its own kind; such models are asked with plain passes.
    """
    if not getattr(family, "own_positions", True):
        return False
    text = family.model.config.get_text_config(decoder=True)
    kinds = getattr(text, "layer_types", None)
    if kinds is None:
        return getattr(text, "sliding_window", None) is None
    return set(kinds) == {"full_attention"}


def joined(family: Family, prefix: Prefix, suffix: Sequence[int]) -> Prefix:
    """`prefix`, of one clip, with the text tokens of `suffix` after it, as one sequence."""
    tokens = torch.tensor([list(suffix)])
    after = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    for name in prefix.inputs:
        if name.endswith("token_type_ids"):  # text everywhere is 0
            after[name] = torch.zeros_like(tokens)
    if POSITIONS in prefix.inputs:
        after[POSITIONS] = family.positions(prefix.next_positions, length=len(suffix))
    inputs = {
        name: torch.cat([value, after[name].to(value)], dim=-1) if name in after else value
        for name, value in prefix.inputs.items()
    }
    return Prefix(
        inputs=inputs,
        length=prefix.length + len(suffix),
        next_positions=tuple(position + len(suffix) for position in prefix.next_positions),
    )


def shape_of(prefix: Prefix) -> Hashable:
    """Prefixes of equal shape can be `stacked`: as many tokens, frames of as many pixels."""
    sides = {name: value.shape[1:] for name, value in prefix.inputs.items() if name != POSITIONS}
    return prefix.length, tuple(sorted(sides.items()))


def stacked(prefixes: Sequence[Prefix]) -> Prefix:
    """Prefixes of equal `shape_of` as one batch, without padding.

    Text has one row a clip. Pixels have one too, or, as in the Qwen-VL families, all patches of all
    clips stand in one row, and a grid for each clip says where they end; either way the clips
    follow each other in the first dimension.
    """
    if len(prefixes) == 1:
        return prefixes[0]
    inputs = {
        # Positions may have three parts, which come before the rows.
        name: torch.cat([p.inputs[name] for p in prefixes], dim=-2 if name == POSITIONS else 0)
        for name in prefixes[0].inputs
    }
    return Prefix(
        inputs=inputs,
        length=prefixes[0].length,
        next_positions=tuple(position for p in prefixes for position in p.next_positions),
    )
