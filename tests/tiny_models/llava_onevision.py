"""A tiny LLaVA-OneVision with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tiny_models.parts import PATCH, SIDE, VISION, qwen2_text, save_drawn, tokenizer_with
from transformers import (
    LlavaOnevisionConfig,
    LlavaOnevisionImageProcessor,
    LlavaOnevisionProcessor,
    LlavaOnevisionVideoProcessor,
)

# The form of the real template: the video, a new line, the text.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }} "
    "{% for part in message['content'] %}{% if part['type'] == 'video' %}<video>\n{% endif %}"
    "{% endfor %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}"
    "\n{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_tiny_llava_onevision(
    folder: Path, *, seed: int = 0, answer_scale: float = 1.0, text: dict[str, Any] | None = None
) -> Path:
    """Save it to `folder`; `text` changes the config of the text model."""
    tokenizer = tokenizer_with("<image>", "<video>")
    token = tokenizer.convert_tokens_to_ids
    config = LlavaOnevisionConfig(
        text_config=qwen2_text(tokenizer, **(text or {})),
        vision_config=VISION
        | {"model_type": "siglip_vision_model", "image_size": SIDE, "vision_use_head": False},
        image_token_index=token("<image>"),
        video_token_index=token("<video>"),
        image_grid_pinpoints=[[SIDE, SIDE]],
    )
    size = {"height": SIDE, "width": SIDE}
    processor = LlavaOnevisionProcessor(
        image_processor=LlavaOnevisionImageProcessor(size=size),
        tokenizer=tokenizer,
        video_processor=LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=(SIDE // PATCH) ** 2,
        vision_feature_select_strategy="full",
        chat_template=CHAT_TEMPLATE,
    )
    return save_drawn(folder, config, processor, seed=seed, answer_scale=answer_scale)
