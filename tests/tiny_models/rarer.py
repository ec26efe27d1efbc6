"""More tiny models with random weights of classes that have no family, for slow tests."""

from __future__ import annotations

from typing import Any

import transformers as hf
from tiny_models.others import KINDS, SMALL, chat_template
from tiny_models.parts import (
    PATCH,
    QWEN3_VISION,
    QWEN_VISION,
    SIDE,
    VISION,
    ids_of,
    qwen2_text,
    qwen_ids,
    tokenizer_with,
)


def _gemma4() -> tuple[Any, Any]:
    """Sliding windows, softcapped logits, embeddings for each layer."""
    names = {
        "image_token": "<|image|>",
        "boi_token": "<|image>",
        "eoi_token": "<image|>",
        "audio_token": "<|audio|>",
        "boa_token": "<|audio>",
        "eoa_token": "<audio|>",
    }
    tokens = {f"{n}_index" if n == "eoa_token" else f"{n}_id": t for n, t in names.items()}
    tokenizer = tokenizer_with("<|video|>", names=names)
    text = qwen2_text(tokenizer, bos_token_id=None, pad_token_id=0) | {
        "model_type": "gemma4_text",
        "head_dim": 16,
        "global_head_dim": 16,
        "sliding_window": 64,
        "layer_types": ["sliding_attention", "full_attention"],
        "vocab_size_per_layer_input": len(tokenizer) + 8,
        "hidden_size_per_layer_input": 8,
        "final_logit_softcapping": 30.0,
    }
    del text["rope_parameters"]
    vision = VISION | {"num_key_value_heads": 2, "head_dim": 16}
    config = hf.Gemma4Config(
        text_config=text,
        vision_config=vision,
        audio_config=None,
        tie_word_embeddings=False,
        **ids_of(tokenizer, tokens | {"video_token_id": "<|video|>"}),
    )
    processor = hf.Gemma4Processor(
        feature_extractor=hf.Gemma4AudioFeatureExtractor(),
        image_processor=hf.Gemma4ImageProcessor(patch_size=PATCH),
        tokenizer=tokenizer,
        video_processor=hf.Gemma4VideoProcessor(patch_size=PATCH),
        chat_template=chat_template("<|video|>"),
    )
    return config, processor


def _glm46v() -> tuple[Any, Any]:
    """It can leave out the thought that it begins with of its own."""
    base, parts = KINDS["glm4v"]()
    fields = base.to_dict()
    kept = {"text_config", "vision_config", *(name for name in fields if name.endswith("_id"))}
    config = hf.Glm46VConfig(**{name: fields[name] for name in kept})
    off = "{% if enable_thinking is defined and not enable_thinking %}<think></think>\n{% endif %}"
    processor = hf.Glm46VProcessor(
        image_processor=hf.Glm46VImageProcessor(patch_size=PATCH),
        tokenizer=parts.tokenizer,
        video_processor=hf.Glm46VVideoProcessor(patch_size=PATCH, size=SMALL),
        chat_template=chat_template("<|begin_of_video|><|video|><|end_of_video|>", answer=off),
    )
    return config, processor


def _qwen3_5_moe() -> tuple[Any, Any]:
    base, processor = KINDS["qwen3_5"]()
    text = base.text_config.to_dict() | {
        "model_type": "qwen3_5_moe_text",
        "moe_intermediate_size": 32,
        "shared_expert_intermediate_size": 32,
        "num_experts": 4,
        "num_experts_per_tok": 2,
    }
    ids = qwen_ids(processor.tokenizer)
    return hf.Qwen3_5MoeConfig(text_config=text, vision_config=QWEN3_VISION, **ids), processor


def _ernie() -> tuple[Any, Any]:
    """Its experts are told which tokens are of a video, marks included."""
    video = ("<|VIDEO_START|>", "<|VIDEO_PLACEHOLDER|>", "<|VIDEO_END|>")
    names = {
        "image_start_token": "<|IMAGE_START|>",
        "image_token": "<|IMAGE_PLACEHOLDER|>",
        "image_end_token": "<|IMAGE_END|>",
        "video_start_token": video[0],
        "video_token": video[1],
        "video_end_token": video[2],
    }
    tokenizer = tokenizer_with(names=names)
    text = qwen2_text(tokenizer) | {
        "model_type": "ernie4_5_vl_moe_text",
        "moe_intermediate_size": [32, 32],
        "moe_k": 2,
        "moe_num_experts": 4,
        "moe_num_shared_experts": 1,
        "mlp_layer_types": ["dense", "sparse"],
    }
    text["rope_parameters"] |= {"mrope_section": [3, 3, 2]}
    config = hf.Ernie4_5_VLMoeConfig(
        text_config=text,
        vision_config=QWEN_VISION,
        **ids_of(tokenizer, {f"{name}_id": token for name, token in names.items()}),
    )
    processor = hf.Ernie4_5_VLMoeProcessor(
        image_processor=hf.Ernie4_5_VLMoeImageProcessor(patch_size=PATCH),
        tokenizer=tokenizer,
        video_processor=hf.Ernie4_5_VLMoeVideoProcessor(
            patch_size=PATCH, size=SMALL, draw_on_frames=False
        ),
        chat_template=chat_template("".join(video)),
    )
    return config, processor


def _perception_lm() -> tuple[Any, Any]:
    tokenizer = tokenizer_with(names={"image_token": "<|image|>", "video_token": "<|video|>"})
    vision = {
        "model_type": "timm_wrapper",
        "architecture": "vit_pe_core_tiny_patch16_384",
        "do_pooling": False,
        "num_classes": 0,
        "global_pool": "",
        "initializer_range": 0.02,
        "model_args": {
            "embed_dim": 32,
            "depth": 2,
            "num_heads": 2,
            "img_size": (SIDE, SIDE),
            "patch_size": PATCH,
            "global_pool": "",
            "use_post_transformer_norm": False,
            "ref_feat_shape": (SIDE // PATCH, SIDE // PATCH),
        },
    }
    config = hf.PerceptionLMConfig(
        text_config=qwen2_text(tokenizer) | {"model_type": "llama"},
        vision_config=vision,
        vision_use_cls_token=True,
        projector_pooling_ratio=2,
        **ids_of(tokenizer, {"image_token_id": "<|image|>", "video_token_id": "<|video|>"}),
    )
    processor = hf.PerceptionLMProcessor(
        video_processor=hf.PerceptionLMVideoProcessor(size={"height": SIDE, "width": SIDE}),
        image_processor=hf.PerceptionLMImageProcessor(tile_size=SIDE),
        tokenizer=tokenizer,
        patch_size=PATCH,
        pooling_ratio=2,
        chat_template=chat_template("<|video|>"),
    )
    return config, processor


def _molmo2() -> tuple[Any, Any]:
    """Its frames are written with other tokens than the one that the template has for a video."""
    tokens = {
        "image_start_token_id": "<im_start>",
        "low_res_image_start_token_id": "<low_res_im_start>",
        "image_end_token_id": "<im_end>",
        "image_patch_id": "<im_patch>",
        "frame_start_token_id": "<frame_start>",
        "frame_end_token_id": "<frame_end>",
    }
    tokenizer = tokenizer_with(*tokens.values(), "<im_col>", "<im_low>", "<|image|>", "<|video|>")
    vision = VISION | {
        **{"num_key_value_heads": 2, "head_dim": 16, "num_hidden_layers": 3},
        "image_size": [SIDE, SIDE],
        "num_position_embeddings": (SIDE // PATCH) ** 2,
    }
    heads = {
        name: vision[name] for name in ("num_attention_heads", "num_key_value_heads", "head_dim")
    }
    adapter = heads | {
        "vision_feature_layer": [-1, -2],
        **{"hidden_size": 32, "intermediate_size": 48, "text_hidden_size": 64},
    }
    text = qwen2_text(tokenizer, head_dim=16, additional_vocab_size=8)
    del text["model_type"]
    size = {"height": SIDE, "width": SIDE}
    processor = hf.Molmo2Processor(
        image_processor=hf.Molmo2ImageProcessor(size=size, patch_size=PATCH),
        video_processor=hf.Molmo2VideoProcessor(size=size, patch_size=PATCH),
        tokenizer=tokenizer,
        chat_template=chat_template("<|video|>"),
    )
    config = hf.Molmo2Config(
        text_config=text,
        vision_config=vision,
        adapter_config=adapter,
        **ids_of(tokenizer, tokens),
    )
    return config, processor


RARER = {
    "molmo2": _molmo2,
    "gemma4": _gemma4,
    "glm46v": _glm46v,
    "qwen3_5_moe": _qwen3_5_moe,
    "ernie4_5_vl_moe": _ernie,
    "perception_lm": _perception_lm,
}
