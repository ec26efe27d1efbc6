"""A tiny Qwen3-VL with random weights."""

from __future__ import annotations

from pathlib import Path

from tiny_models.others import qwen3_processor
from tiny_models.parts import QWEN3_VISION, qwen2_text, qwen_ids, save_drawn, tokenizer_with
from transformers import Qwen3VLConfig


def save_tiny_qwen3_vl(folder: Path, *, seed: int = 0, answer_scale: float = 1.0) -> Path:
    """Save it to `folder`."""
    tokenizer = tokenizer_with()
    text = qwen2_text(tokenizer, model_type="qwen3_vl_text", head_dim=16)
    text["rope_parameters"] |= {"mrope_section": [4, 2, 2], "mrope_interleaved": True}
    vision = QWEN3_VISION | {"deepstack_visual_indexes": [0, 1]}
    config = Qwen3VLConfig(text_config=text, vision_config=vision, **qwen_ids(tokenizer))
    processor = qwen3_processor(tokenizer)
    return save_drawn(folder, config, processor, seed=seed, answer_scale=answer_scale)
