"""Tiny models with random weights of classes that have no family of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers as hf
from tiny_models.parts import (
    PATCH,
    QWEN3_VISION,
    QWEN_VISION,
    SIDE,
    VISION,
    ids_of,
    qwen2_text,
    qwen_ids,
    save_drawn,
    tokenizer_with,
)
from tiny_qwen import CHAT_TEMPLATE, CORPUS
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

# A grid is 16 pixels wide; at most 64 of them for all frames together.
SMALL = {"shortest_edge": 16 * 16, "longest_edge": 16 * 16 * 64}


def chat_template(video: str, *, turn: str = "<|im_start|>", answer: str = "") -> str:
    """A chat template: `video` where the video goes, `answer` at the start of the answer."""
    return (
        f"{{% for message in messages %}}{turn}{{{{ message['role'] }}}}\n"
        "{% for part in message['content'] %}"
        f"{{% if part['type'] == 'video' %}}{video}{{% else %}}{{{{ part['text'] }}}}{{% endif %}}"
        f"{{% endfor %}}<|im_end|>\n{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{turn}assistant\n{answer}{{% endif %}}"
    )


def qwen3_processor(tokenizer: hf.Qwen2Tokenizer, template: str = CHAT_TEMPLATE) -> Any:
    return hf.Qwen3VLProcessor(
        image_processor=hf.Qwen2VLImageProcessor(patch_size=8),
        tokenizer=tokenizer,
        video_processor=hf.Qwen3VLVideoProcessor(
            patch_size=8, size={"shortest_edge": 1024, "longest_edge": 16 * 16 * 256}
        ),
        chat_template=template,
    )


def _qwen3_vl_moe(tokenizer: Any = None, template: str = CHAT_TEMPLATE) -> tuple[Any, Any]:
    tokenizer = tokenizer or tokenizer_with()
    text = qwen2_text(
        tokenizer,
        model_type="qwen3_vl_moe_text",
        head_dim=16,
        moe_intermediate_size=32,
        num_experts=4,
        num_experts_per_tok=2,
    )
    text["rope_parameters"] |= {"mrope_section": [4, 2, 2], "mrope_interleaved": True}
    vision = QWEN3_VISION | {"deepstack_visual_indexes": [0, 1]}
    config = hf.Qwen3VLMoeConfig(text_config=text, vision_config=vision, **qwen_ids(tokenizer))
    return config, qwen3_processor(tokenizer, template)


def _qwen3_5() -> tuple[Any, Any]:
    """Recurrent layers; its template opens a thought unless it is told not to."""
    tokenizer = tokenizer_with("<think>", "</think>")
    text = qwen2_text(
        tokenizer,
        model_type="qwen3_5_text",
        head_dim=16,
        linear_key_head_dim=16,
        linear_value_head_dim=16,
        linear_num_key_heads=2,
        linear_num_value_heads=4,
        layer_types=["linear_attention", "full_attention"],
    )
    text["rope_parameters"] |= {
        "mrope_section": [1, 1, 0],
        "mrope_interleaved": True,
        "partial_rotary_factor": 0.25,
    }
    config = hf.Qwen3_5Config(text_config=text, vision_config=QWEN3_VISION, **qwen_ids(tokenizer))
    thought = (
        "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
        "{% else %}<think>\n{% endif %}"
    )
    video = "<|vision_start|><|video_pad|><|vision_end|>"
    return config, qwen3_processor(tokenizer, chat_template(video, answer=thought))


def sentencepiece_tokenizer(*special: str) -> hf.LlamaTokenizer:
    """One of Llama's class: it puts a space before a text, and its BOS before a prompt."""
    unknown = "<unk>"
    trained = Tokenizer(models.BPE(byte_fallback=True, unk_token=unknown))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    marks = [unknown, "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=marks, show_progress=False)
    answers = [form for form in ("Yes", "yes", "YES", "No", "no", "NO") for _ in range(50)]
    trained.train_from_iterator([*CORPUS, *answers], trainer)
    merges = json.loads(trained.to_str())["model"]["merges"]
    tokenizer = hf.LlamaTokenizer(
        vocab=trained.get_vocab(),
        merges=[tuple(merge) for merge in merges],
        add_bos_token=True,
        pad_token=unknown,
    )
    tokenizer.add_tokens(
        [hf.AddedToken(token, special=True, normalized=False) for token in special]
    )
    return tokenizer


def _llava_next_video() -> tuple[Any, Any]:
    """With a tokenizer of SentencePiece's kind, and a template that writes its BOS."""
    tokenizer = sentencepiece_tokenizer("<image>", "<video>")
    config = hf.LlavaNextVideoConfig(
        text_config=qwen2_text(tokenizer),
        vision_config=_clip_vision(),
        image_grid_pinpoints=[[SIDE, SIDE]],
        **ids_of(tokenizer, {"image_token_index": "<image>", "video_token_index": "<video>"}),
    )
    size = {"shortest_edge": SIDE}
    crop = {"height": SIDE, "width": SIDE}
    processor = hf.LlavaNextVideoProcessor(
        image_processor=hf.LlavaNextImageProcessor(size=size, crop_size=crop),
        tokenizer=tokenizer,
        video_processor=hf.LlavaNextVideoVideoProcessor(size=size, crop_size=crop),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template="{{ bos_token }}USER: {% for part in messages[0]['content'] %}"
        "{% if part['type'] == 'video' %}<video>\n{% else %}{{ part['text'] }}{% endif %}"
        "{% endfor %} ASSISTANT:",
    )
    return config, processor


def _video_llava() -> tuple[Any, Any]:
    tokenizer = tokenizer_with("<image>", "<video>")
    config = hf.VideoLlavaConfig(
        text_config=qwen2_text(tokenizer),
        vision_config=_clip_vision(),
        **ids_of(tokenizer, {"image_token_index": "<image>", "video_token_index": "<video>"}),
    )
    size, crop = {"shortest_edge": SIDE}, {"height": SIDE, "width": SIDE}
    processor = hf.VideoLlavaProcessor(
        image_processor=hf.CLIPImageProcessor(size=size, crop_size=crop),
        video_processor=hf.VideoLlavaVideoProcessor(size=size, crop_size=crop),
        tokenizer=tokenizer,
        patch_size=PATCH,
        chat_template=chat_template("<video>\n"),
    )
    return config, processor


def _clip_vision() -> dict[str, Any]:
    more = {"model_type": "clip_vision_model", "num_hidden_layers": 3, "image_size": SIDE}
    return VISION | more


def _video_llama_3() -> tuple[Any, Any]:
    tokenizer = tokenizer_with()
    config = hf.VideoLlama3Config(
        text_config=qwen2_text(tokenizer),
        vision_config=VISION,
        **ids_of(tokenizer, {"image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>"}),
    )
    processor = hf.VideoLlama3Processor(
        image_processor=hf.VideoLlama3ImageProcessor(patch_size=PATCH),
        tokenizer=tokenizer,
        video_processor=hf.VideoLlama3VideoProcessor(patch_size=PATCH, size=SMALL),
        chat_template=chat_template("<|video_pad|>\n"),
    )
    return config, processor


def _glm4v() -> tuple[Any, Any]:
    """Its template has a thought of its own, which it can't leave out."""
    tokens = {
        "image_token_id": "<|image|>",
        "video_token_id": "<|video|>",
        "video_start_token_id": "<|begin_of_video|>",
        "video_end_token_id": "<|end_of_video|>",
        "image_start_token_id": "<|begin_of_image|>",
        "image_end_token_id": "<|end_of_image|>",
    }
    tokenizer = tokenizer_with(*tokens.values(), "<think>", "</think>")
    text = qwen2_text(tokenizer, model_type="glm4v_text", pad_token_id=0)
    text["rope_parameters"] |= {"mrope_section": [2, 3, 3], "partial_rotary_factor": 1.0}
    config = hf.Glm4vConfig(
        text_config=text,
        vision_config=QWEN_VISION | {"out_hidden_size": 64, "image_size": SIDE},
        **ids_of(tokenizer, tokens),
    )
    processor = hf.Glm4vProcessor(
        image_processor=hf.Glm4vImageProcessor(patch_size=PATCH),
        tokenizer=tokenizer,
        video_processor=hf.Glm4vVideoProcessor(patch_size=PATCH, size=SMALL),
        chat_template=chat_template(
            "<|begin_of_video|><|video|><|end_of_video|>", answer="<think>"
        ),
    )
    return config, processor


Kind = Callable[..., tuple[Any, Any]]
KINDS: dict[str, Kind] = {
    "llava_next_video": _llava_next_video,
    "video_llama_3": _video_llama_3,
    "qwen3_vl_moe": _qwen3_vl_moe,
    "qwen3_5": _qwen3_5,
    "video_llava": _video_llava,
    "glm4v": _glm4v,
}
"""By model type: its config and its processor."""


def save_tiny(
    model: str | Kind,
    folder: Path,
    *,
    seed: int = 0,
    answer_scale: float = 1.0,
    files: Path | None = None,
) -> Path:
    """Save it to `folder`; Qwen3-VL-MoE can have the tokenizer and template of `files`."""
    given: dict[str, Any] = {}
    if files:
        template = json.loads((files / "chat_template.json").read_text())["chat_template"]
        given = {"tokenizer": hf.AutoTokenizer.from_pretrained(files), "template": template}
    config, processor = (KINDS[model] if isinstance(model, str) else model)(**given)
    return save_drawn(folder, config, processor, seed=seed, answer_scale=answer_scale)
