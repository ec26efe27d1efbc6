"""The tiny judge's model: Qwen2.5-VL's class with a million parameters, and its processor."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
)
from transformers.models.qwen2_5_vl import modeling_qwen2_5_vl as library

from evaluators.tiny import FRAMES, WEIGHTS

# A patch spans the whole clip. The class's vision tower never attends across time; this way what is
# at a place at the start and at the end lies in one token, and the two need not be brought together
# by the text model.
PATCH, MERGE, TEMPORAL_PATCH = 8, 2, FRAMES
TEXT_WIDTH = 128


def build_model(tokenizer: PreTrainedTokenizerFast) -> Qwen2_5_VLForConditionalGeneration:
    """The model with weights drawn from torch's generator, of the configuration in the package.

    Positions run from 0 to about 20. With the usual large base of the rotary positions, the
    dimensions that are left for a token's column would hardly turn over the four columns, and left
    could not be told from right; so the base is 5. They tell rows and columns only: in time a clip
    is one patch.
    """
    config = Qwen2_5_VLConfig.from_pretrained(WEIGHTS)
    assert config.get_text_config().vocab_size == len(tokenizer)
    return Qwen2_5_VLForConditionalGeneration(config)


def build_processor(tokenizer: PreTrainedTokenizerFast) -> Qwen2_5_VLProcessor:
    """The packaged processor with this tokenizer; frames come out with about 64x64 pixels."""
    processor = Qwen2_5_VLProcessor.from_pretrained(WEIGHTS)
    processor.tokenizer = tokenizer
    return processor


def save(folder: Path, model: nn.Module, tokenizer: PreTrainedTokenizerFast) -> None:
    """Write weights, config and processor so that `from_pretrained(folder)` reads them."""
    assert isinstance(model, Qwen2_5_VLForConditionalGeneration)
    model.save_pretrained(folder, safe_serialization=True)
    build_processor(tokenizer).save_pretrained(folder)


def patches_of(frames: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """What the video processor makes of clips that are 64x64 already.

    Args:
        frames: RGB, shape (clips, frames, height, width, 3), uint8.
        mean: Mean of each channel, shape (3,), for pixels from 0 to 1.
        std: Standard deviation, likewise.

    Returns:
        Patches of all clips in a row, shape (patches, 3 * 8 * 8 * 8), float32.
    """
    pixels = (frames.float() / 255 - mean) / std
    clips, count, height, width, _ = pixels.shape
    step = PATCH * MERGE
    split = pixels.permute(0, 1, 4, 2, 3).reshape(
        clips,
        count // TEMPORAL_PATCH,
        TEMPORAL_PATCH,
        3,
        height // step,
        MERGE,
        PATCH,
        width // step,
        MERGE,
        PATCH,
    )
    return split.permute(0, 1, 4, 7, 5, 8, 3, 2, 6, 9).reshape(-1, 3 * TEMPORAL_PATCH * PATCH**2)


def attend_in_one_batch(
    self: library.Qwen2_5_VLVisionAttention,
    hidden_states: Tensor,
    cu_seqlens: Tensor,
    position_embeddings: tuple[Tensor, Tensor],
    **_: object,
) -> Tensor:
    """The library's vision attention for chunks of one length: one call in place of one a chunk.

    Put in the library's place while training, where all clips have the same size; it gives the same
    numbers several times faster.
    """
    total = hidden_states.shape[0]
    length = total // (len(cu_seqlens) - 1)
    query, key, value = self.qkv(hidden_states).reshape(total, 3, self.num_heads, -1).unbind(1)
    query, key = library.apply_rotary_pos_emb_vision(query, key, *position_embeddings)
    split = [
        x.view(-1, length, self.num_heads, self.head_dim).transpose(1, 2)
        for x in (query, key, value)
    ]
    # Plain products: the fused kernel's backward pass is slow on a CPU.
    weights = (split[0] @ split[1].transpose(2, 3) * self.scaling).softmax(dim=-1)
    seen = weights @ split[2]
    merged: Tensor = self.proj(seen.transpose(1, 2).reshape(total, -1))
    return merged


def use_fast_attention() -> None:
    """Put `attend_in_one_batch` in place of the library's; for the training process only."""
    library.Qwen2_5_VLVisionAttention.forward = attend_in_one_batch
