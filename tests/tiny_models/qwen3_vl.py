"""A tiny Qwen3-VL with random weights."""

from __future__ import annotations

from pathlib import Path

from tiny_models.parts import draw_widely, qwen2_text, tokenizer_with
from tiny_qwen import CHAT_TEMPLATE
from transformers import (
    Qwen2VLImageProcessor,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)


def save_tiny_qwen3_vl(folder: Path, *, seed: int = 0, answer_scale: float = 1.0) -> Path:
    """Save it to `folder`."""
    tokenizer = tokenizer_with()
    token = tokenizer.convert_tokens_to_ids
    text = qwen2_text(tokenizer, model_type="qwen3_vl_text", head_dim=16)
    text["rope_parameters"] |= {"mrope_section": [4, 2, 2], "mrope_interleaved": True}
    config = Qwen3VLConfig(
        text_config=text,
        vision_config={
            "depth": 3,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "patch_size": 8,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
        image_token_id=token("<|image_pad|>"),
        video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"),
        vision_end_token_id=token("<|vision_end|>"),
    )
    model = Qwen3VLForConditionalGeneration(config).eval()
    draw_widely(model, tokenizer, seed=seed, answer_scale=answer_scale)
    model.save_pretrained(folder)
    Qwen3VLProcessor(
        image_processor=Qwen2VLImageProcessor(patch_size=8),
        tokenizer=tokenizer,
        video_processor=Qwen3VLVideoProcessor(
            patch_size=8, size={"shortest_edge": 16 * 16 * 4, "longest_edge": 16 * 16 * 256}
        ),
        chat_template=CHAT_TEMPLATE,
    ).save_pretrained(folder)
    return folder
