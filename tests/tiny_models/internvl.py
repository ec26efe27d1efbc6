"""A tiny InternVL3 with random weights."""

from __future__ import annotations

from pathlib import Path

from tiny_models.parts import PATCH, SIDE, VISION, qwen2_text, save_drawn, tokenizer_with
from transformers import (
    GotOcr2ImageProcessor,
    InternVLConfig,
    InternVLProcessor,
    InternVLVideoProcessor,
)

NAMES = {
    "start_image_token": "<img>",
    "end_image_token": "</img>",
    "context_image_token": "<IMG_CONTEXT>",
    "video_token": "<video>",
}

# The form of the real template.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'video' %}<video>\n"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_tiny_internvl(folder: Path, *, seed: int = 0, answer_scale: float = 1.0) -> Path:
    """Save it to `folder`."""
    tokenizer = tokenizer_with(names=NAMES)
    config = InternVLConfig(
        text_config=qwen2_text(tokenizer),
        vision_config=VISION | {"image_size": [SIDE, SIDE], "patch_size": [PATCH, PATCH]},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        tie_word_embeddings=False,
    )
    size = {"height": SIDE, "width": SIDE}
    processor = InternVLProcessor(
        image_processor=GotOcr2ImageProcessor(size=size),
        tokenizer=tokenizer,
        video_processor=InternVLVideoProcessor(size=size),
        image_seq_length=(SIDE // PATCH) ** 2 // 4,
        chat_template=CHAT_TEMPLATE,
    )
    return save_drawn(folder, config, processor, seed=seed, answer_scale=answer_scale)
