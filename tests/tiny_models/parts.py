"""What tiny models of all families are made of: a tokenizer, a text model, wide random weights."""

from __future__ import annotations

from typing import Any

import torch
from tiny_qwen import _tokenizer
from torch import nn
from transformers import AddedToken, Qwen2Tokenizer

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
