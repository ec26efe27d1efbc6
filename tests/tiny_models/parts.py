"""What tiny models of all families are made of: a tokenizer, a text model, wide random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tiny_qwen import _tokenizer
from torch import nn
from transformers import AddedToken, Qwen2Tokenizer
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

SIDE, PATCH = 32, 8
VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "patch_size": PATCH,
}
QWEN_VISION = {
    "depth": 2,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_heads": 2,
    "patch_size": PATCH,
}
"""The same by other names."""
QWEN3_VISION = QWEN_VISION | {"depth": 3, "out_hidden_size": 64, "num_position_embeddings": 64}

# Each layer looks back over less than a prompt, the two of them over all of it.
WINDOW = {"use_sliding_window": True, "sliding_window": 120, "max_window_layers": 0}


def tokenizer_with(*special: str, names: dict[str, str] | None = None) -> Qwen2Tokenizer:
    """The tokenizer of the tiny Qwen with more special tokens; `names` are its attributes."""
    tokenizer: Qwen2Tokenizer = _tokenizer()
    names = names or {}
    tokens = [*special, *names.values()]
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in tokens])
    tokenizer._set_model_specific_special_tokens(names)
    return tokenizer


def qwen2_text(tokenizer: Qwen2Tokenizer, **changes: Any) -> dict[str, Any]:
    """The config of a small text model of Qwen2's class."""
    return {
        "model_type": "qwen2",
        "vocab_size": len(tokenizer) + 8,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "eos_token_id": tokenizer.convert_tokens_to_ids("<|im_end|>"),
        **changes,
    }


def draw_widely(
    model: nn.Module, tokenizer: Qwen2Tokenizer, *, seed: int, answer_scale: float
) -> None:
    """Random weights far wider than a real start, so that whatever is seen shows in the logits.

    `answer_scale` above 1 makes the model speak of little but yes and no.
    """
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim >= 2:
                nn.init.normal_(weight, std=0.2)
            elif name.endswith("bias"):
                nn.init.normal_(weight, std=0.5)
        for form in ("Yes", "No", " yes", " no"):
            *_, token = tokenizer.encode(form, add_special_tokens=False)
            model.get_output_embeddings().weight[token] *= answer_scale


def ids_of(tokenizer: Qwen2Tokenizer, tokens: dict[str, str]) -> dict[str, Any]:
    return {name: tokenizer.convert_tokens_to_ids(token) for name, token in tokens.items()}


def qwen_ids(tokenizer: Qwen2Tokenizer) -> dict[str, Any]:
    tokens = {
        "image_token_id": "<|image_pad|>",
        "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    return ids_of(tokenizer, tokens)


def save_drawn(
    folder: Path, config: Any, processor: Any, *, seed: int = 0, answer_scale: float = 1.0
) -> Path:
    """Save a model of this config, drawn widely, and its processor to `folder`."""
    model = MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING[type(config)](config).eval()
    draw_widely(model, processor.tokenizer, seed=seed, answer_scale=answer_scale)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
