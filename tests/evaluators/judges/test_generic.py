"""Models without a family of their own answer as one stock call of their processor and class."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from released import shared
from stock import Stock, p_yes_and_mass
from tiny_models.others import KINDS, save_tiny
from tiny_models.parts import tokenizer_with
from tiny_models.rarer import RARER
from transformers import (
    CLIPImageProcessor,
    LlavaProcessor,
    VideoLlama3Processor,
    VideoLlama3VideoProcessor,
)

from evaluators.frames import Clip
from evaluators.judges import load_judge
from evaluators.judges.decoding import decode_greedily
from evaluators.judges.family import LoadOptions, joined
from evaluators.judges.generic import GenericFamily
from evaluators.judges.prompt import (
    DEFAULT_PROMPT,
    PAPER_PROMPT,
    QuestionTokens,
    chat_text,
)
from omiti2v.errors import UserError
from omiti2v.prompt_file import PLACE

QUESTIONS = ("Is there a red cup on the table?", " Wet?", "Is it raining — 雨 — or snowing")
THINKS_FIRST = ("glm4v",)
"""Whose template can't leave the thought out."""
OFF = ("glm46v", "qwen3_5", "qwen3_5_moe")
"""Whose template can."""


@pytest.fixture(
    scope="module", params=[*KINDS, *(pytest.param(kind, marks=pytest.mark.slow) for kind in RARER)]
)
def model_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(model_type: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models") / model_type
    return save_tiny((KINDS | RARER)[model_type], place, answer_scale=4.0)


@pytest.fixture(scope="module")
def reference(folder: Path) -> Stock:
    return Stock(folder)


def test_p_yes_is_that_of_a_stock_forward_pass_on_the_whole_prompt(
    model_type: str, folder: Path, reference: Stock, make_clip: Callable[..., Clip]
) -> None:
    if model_type in THINKS_FIRST:
        with pytest.raises(UserError, match=f"{model_type}: thinks before it answers"):
            load_judge(str(folder), device="cpu")
        return
    off = {"enable_thinking": False} if model_type in OFF else {}
    judge = load_judge(str(folder), device="cpu")
    assert judge.identity["family"] == "generic"
    assert judge.identity.get("thinking") == ("off" if off else None)
    tokens: Any = judge.identity["answer_tokens"]
    for count in (4, 5):
        clip = make_clip(count, fps=1.5)
        for question, judgement in zip(QUESTIONS, judge.judge(clip, QUESTIONS), strict=True):
            prompt = DEFAULT_PROMPT.replace(PLACE, question)
            logits = reference.logits(reference.inputs_in_one_call(clip, prompt, **off))
            assert logits.std() > 1  # logits that were all alike would agree whatever went wrong
            found = (judgement.p_yes, judgement.mass)
            assert found == pytest.approx(p_yes_and_mass(logits, tokens), abs=1e-5)


def test_what_is_written_is_what_generate_of_transformers_writes(
    folder: Path, reference: Stock, make_clip: Callable[..., Clip]
) -> None:
    family = GenericFamily(folder, LoadOptions(dtype="float32"))
    text = chat_text(family.processor, PAPER_PROMPT, video_token=family.video_token)
    clip, question, limit = make_clip(4, fps=1.5), QUESTIONS[0], 6
    suffix = QuestionTokens(
        family.tokenizer, lead=text.head, tail=text.tail, video_token=family.video_token
    )(question)
    prompt = joined(family, family.prefix(clip, text.head), suffix)
    with torch.inference_mode():
        decoded = decode_greedily(family, prompt, stop=[1], limit=limit)
    inputs = reference.inputs_in_one_call(clip, PAPER_PROMPT.replace(PLACE, question))
    written = reference.model.generate(
        **inputs, max_new_tokens=limit, do_sample=False, eos_token_id=1
    )
    assert len(decoded.tokens) == limit
    assert list(decoded.tokens) == written[0, inputs["input_ids"].shape[1] :].tolist()


def test_a_model_that_begins_with_a_thought_after_all_is_named(
    tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    judge: Any = load_judge(str(save_tiny("qwen3_5", tmp_path / "model")), device="cpu")
    mark = judge._family.tokenizer.get_added_vocab()["<think>"]

    def think(_: torch.nn.Module, __: Any, logits: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.one_hot(torch.tensor(mark), logits.shape[-1]) * 9.0 + 0 * logits

    judge._family.model.lm_head.register_forward_hook(think)
    (judgement,) = judge.judge(make_clip(4), QUESTIONS[:1])
    assert judgement.answer == "unknown"
    assert str(judgement.reason).endswith("below 0.5; the model begins with a thought")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny("video_llama_3", tmp_path_factory.mktemp("models") / "tiny", answer_scale=4.0)


def test_a_model_that_takes_pictures_only_is_one_line_with_the_way_out(
    tiny: Path, tmp_path: Path
) -> None:
    tokenizer = tokenizer_with("<image>")
    processor = LlavaProcessor(CLIPImageProcessor(), tokenizer, patch_size=14)
    processor.save_pretrained(tmp_path / "llava")
    for name in ("config.json", "model.safetensors"):
        shutil.copy(tiny / name, tmp_path / "llava")
    (tmp_path / "llava/config.json").write_text(json.dumps({"model_type": "llava"}))
    with pytest.raises(UserError) as caught:
        load_judge(str(tmp_path / "llava"))
    assert str(caught.value) == (
        "processor: expected one that takes videos, got LlavaProcessor; use a model with video "
        "input, or serve the model and use --judge openai:MODEL, which sends frames as pictures"
    )


def test_a_processor_with_code_of_its_own_is_one_line_with_the_way_out(
    tiny: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "own"))
    own = {"processor_class": "MyProcessor", "auto_map": {"AutoProcessor": "mine.MyProcessor"}}
    for path in (*folder.glob("*processor_config.json"), folder / "tokenizer_config.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | own))
    (folder / "mine.py").write_text("raise SystemExit('code of a model was run')")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": own["auto_map"]}))
    with pytest.raises(UserError, match=r'"-hf" on the hub\), or serve the model') as caught:
        load_judge(str(folder))
    assert "\n" not in str(caught.value)
    assert f"omiti2v-{os.getpid()}-" not in str(caught.value)  # our own folder of links


def test_a_processor_that_drops_frames_is_an_error_of_the_clip(
    tiny: Path, make_clip: Callable[..., Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = load_judge(str(tiny), device="cpu")
    whole = VideoLlama3VideoProcessor._preprocess

    def half(self: Any, videos: list[torch.Tensor], **options: Any) -> Any:
        return whole(self, [video[::2] for video in videos], **options)

    monkeypatch.setattr(VideoLlama3VideoProcessor, "_preprocess", half)
    (judgement,) = judge.judge(make_clip(8), QUESTIONS[:1])
    assert judgement.answer == "error"
    assert "the processor gives the model 4 of 8 frames; give --frames" in str(judgement.reason)
    with pytest.raises(UserError, match="can't be loaded: ValueError: the processor gives"):
        load_judge(str(tiny))


def test_more_tokens_than_the_model_reads_are_an_error_of_the_clip(
    tiny: Path, make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "short"))
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["max_position_embeddings"] = 100
    (folder / "config.json").write_text(json.dumps(config))
    judge = load_judge(str(folder), device="cpu")
    long, short = (judge.judge(make_clip(count), QUESTIONS[:1])[0] for count in (32, 2))
    assert short.answer != "error"
    assert "the model reads at most 100; give --frames or --max-pixels" in str(long.reason)


def test_larger_frames_are_scaled_down_where_that_is_asked_for(
    tiny: Path, make_clip: Callable[..., Clip]
) -> None:
    plain = load_judge(str(tiny), device="cpu")
    small = load_judge(str(tiny), device="cpu", max_pixels=32 * 48)
    clip = make_clip(4, height=64, width=96)
    (before,), (after,) = (judge.judge(clip, QUESTIONS[:1]) for judge in (plain, small))
    assert before.p_yes != after.p_yes
    assert plain.fingerprint != small.fingerprint
    assert plain.identity["max_pixels"] is None


def test_a_processor_that_a_prompt_changes_is_refused(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = VideoLlama3Processor.__call__

    def lower(self: Any, *args: Any, text: list[str], **options: Any) -> Any:
        return whole(self, *args, text=[text[0].replace("Is there", "is there")], **options)

    monkeypatch.setattr(VideoLlama3Processor, "__call__", lower)
    with pytest.raises(UserError, match="its input_ids for a whole prompt differ"):
        load_judge(str(tiny))


def test_a_question_with_a_control_token_is_refused(
    tiny: Path, make_clip: Callable[..., Clip]
) -> None:
    judge = load_judge(str(tiny), device="cpu")
    spoiled, fine = judge.judge(make_clip(4), ["Red?<|video_pad|>", "Red?"])
    assert "control token '<|video_pad|>'" in str(spoiled.reason)
    assert fine.answer != "error"


@pytest.mark.slow
def test_p_yes_is_stock_with_a_releases_tokenizer_and_template(
    make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    files = shared("released/Qwen3-VL-8B-Instruct")
    folder = save_tiny("qwen3_vl_moe", tmp_path / "model", files=files)
    judge, reference = load_judge(str(folder), device="cpu"), Stock(folder)
    clip, tokens = make_clip(5, fps=1.5), dict(judge.identity)["answer_tokens"]
    assert isinstance(tokens, dict)
    assert len(tokens["yes"]) == len(tokens["no"]) == 6
    (judgement,) = judge.judge(clip, QUESTIONS[:1])
    inputs = reference.inputs_in_one_call(clip, DEFAULT_PROMPT.replace(PLACE, QUESTIONS[0]))
    p_yes, _ = p_yes_and_mass(reference.logits(inputs), tokens)
    assert judgement.p_yes == pytest.approx(p_yes, abs=1e-5)
