"""A tiny Qwen2.5-VL with random weights, saved and loaded the way a real one is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    AddedToken,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2Tokenizer,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
)
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

END_OF_TURN = "<|im_end|>"
PADDING = "<|endoftext|>"
SPECIAL = (
    PADDING,
    "<|im_start|>",
    END_OF_TURN,
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
# Added tokens of the real tokenizer that are not marked as special.
NOT_SPECIAL = ("<tool_call>", "<|fim_prefix|>")

CORPUS = (
    "Is there a red cup on the table? Yes yes YES No no NO, Yes yes YES No no NO.",
    "Does the cat leave the room before the end of the video? yes no Yes No YES NO",
    "Are the two birds still on the branch, and is the sky blue?",
    "You are a helpful assistant. Watch the video and answer the question with yes or no.",
)

# The form of Qwen2.5-VL's template: a default system turn, vision marks in the user's turn.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def _tokenizer() -> Qwen2Tokenizer:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    # Each answer as a word of its own, so that its merges are learnt with and without a space.
    answers = [form for form in ("Yes", "yes", "YES", "No", "no", "NO") for _ in range(50)]
    trained.train_from_iterator([*CORPUS, *answers, *(f"a {form}" for form in answers)], trainer)
    merges = json.loads(trained.to_str())["model"]["merges"]
    tokenizer = Qwen2Tokenizer(
        vocab=trained.get_vocab(),
        merges=[tuple(merge) for merge in merges],
        eos_token=END_OF_TURN,
        pad_token=PADDING,
    )
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in NOT_SPECIAL])
    return tokenizer


def _config(tokenizer: Qwen2Tokenizer) -> Qwen2_5_VLConfig:
    token = tokenizer.convert_tokens_to_ids
    return Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer) + 8,  # real models have rows that no token uses
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
            "bos_token_id": token("<|endoftext|>"),
            "eos_token_id": token("<|im_end|>"),
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [2, 3, 3],
            },
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 64,
            "window_size": 56,
            "fullatt_block_indexes": [1],
            "tokens_per_second": 2,
        },
        image_token_id=token("<|image_pad|>"),
        video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"),
        vision_end_token_id=token("<|vision_end|>"),
    )


def save_tiny_qwen(folder: Path, *, seed: int = 0, answer_scale: float = 1.0) -> Path:
    """Save a random model; `answer_scale` above 1 makes it speak of little but yes and no."""
    tokenizer = _tokenizer()
    torch.manual_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration(_config(tokenizer)).eval()
    return _save(folder, model, Qwen2_5_VLProcessor, tokenizer, answer_scale)


def save_tiny_qwen2_vl(folder: Path, *, answer_scale: float = 1.0) -> Path:
    """The same of Qwen2-VL."""
    tokenizer = _tokenizer()
    torch.manual_seed(0)
    config = _config(tokenizer).to_dict()
    vision = {"depth": 2, "embed_dim": 32, "hidden_size": 64, "num_heads": 2, "mlp_ratio": 2}
    text = {name: v for name, v in config["text_config"].items() if name != "model_type"}
    tokens = {name: token for name, token in config.items() if name.endswith("_token_id")}
    model = Qwen2VLForConditionalGeneration(
        Qwen2VLConfig(text_config=text, vision_config=vision, **tokens)
    ).eval()
    return _save(folder, model, Qwen2VLProcessor, tokenizer, answer_scale)


def _save(
    folder: Path, model: Any, processor: Any, tokenizer: Qwen2Tokenizer, answer_scale: float
) -> Path:
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # Far wider than a real start: positions, mask and frames must all show in the logits.
            if weight.ndim >= 2:
                torch.nn.init.normal_(weight, std=0.2)
            elif name.endswith("bias"):
                torch.nn.init.normal_(weight, std=0.5)
        for form in ("Yes", "No", " yes", " no"):
            (token,) = tokenizer.encode(form)
            model.lm_head.weight[token] *= answer_scale
    model.save_pretrained(folder)
    processor(
        image_processor=Qwen2VLImageProcessor(),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(
            size={"shortest_edge": 28 * 28, "longest_edge": 28 * 28 * 64}
        ),
        chat_template=CHAT_TEMPLATE,
    ).save_pretrained(folder)
    return folder
