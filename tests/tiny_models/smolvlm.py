"""A tiny SmolVLM2 with random weights."""

from __future__ import annotations

from pathlib import Path

from tiny_models.parts import draw_widely, qwen2_text, tokenizer_with
from transformers import (
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)

SIDE, PATCH = 32, 8


def save_tiny_smolvlm(folder: Path, *, seed: int = 0, answer_scale: float = 1.0) -> Path:
    """Save it to `folder`; its chat template is the processor's own."""
    tokenizer = tokenizer_with(
        "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"
    )
    config = SmolVLMConfig(
        text_config=qwen2_text(tokenizer, model_type="llama", pad_token_id=0),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "patch_size": PATCH,
        },
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    model = SmolVLMForConditionalGeneration(config).eval()
    draw_widely(model, tokenizer, seed=seed, answer_scale=answer_scale)
    model.save_pretrained(folder)
    size = {"longest_edge": SIDE}
    SmolVLMProcessor(
        image_processor=SmolVLMImageProcessor(size=size, max_image_size=size),
        tokenizer=tokenizer,
        video_processor=SmolVLMVideoProcessor(
            size=size,
            max_image_size=size,
            video_sampling={"max_frames": 64, "fps": 1, "video_size": size},
        ),
        image_seq_len=(SIDE // PATCH) ** 2 // 4,
    ).save_pretrained(folder)
    return folder
