"""A tiny SmolVLM2 with random weights."""

from __future__ import annotations

from pathlib import Path

from tiny_models.parts import PATCH, SIDE, VISION, qwen2_text, save_drawn, tokenizer_with
from transformers import (
    SmolVLMConfig,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)


def save_tiny_smolvlm(folder: Path, *, seed: int = 0, answer_scale: float = 1.0) -> Path:
    """Save it to `folder`; its chat template is the processor's own."""
    tokenizer = tokenizer_with(
        "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"
    )
    config = SmolVLMConfig(
        text_config=qwen2_text(tokenizer, model_type="llama", pad_token_id=0),
        vision_config=VISION | {"image_size": SIDE},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    size = {"longest_edge": SIDE}
    processor = SmolVLMProcessor(
        image_processor=SmolVLMImageProcessor(size=size, max_image_size=size),
        tokenizer=tokenizer,
        video_processor=SmolVLMVideoProcessor(
            size=size,
            max_image_size=size,
            video_sampling={"max_frames": 64, "fps": 1, "video_size": size},
        ),
        image_seq_len=(SIDE // PATCH) ** 2 // 4,
    )
    return save_drawn(folder, config, processor, seed=seed, answer_scale=answer_scale)
