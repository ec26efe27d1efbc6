"""Models without a family of their own answer as one stock call of their processor and class."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models.others import KINDS, save_tiny
from tiny_models.parts import tokenizer_with
from transformers import AutoModelForImageTextToText, AutoProcessor, Qwen2VLVideoProcessor

from evaluators.frames import Clip
from evaluators.judges import load_judge
from evaluators.judges.generic import frames_seen
from evaluators.judges.prompt import DEFAULT_PROMPT, PAPER_PROMPT, PLACE
from omiti2v.cli.judge_notes import notes_on
from omiti2v.errors import UserError

QUESTIONS = ("Is there a red cup on the table?", " Wet?", "Is it raining — 雨 — or snowing")
THINKS_FIRST = ("glm4v",)
"""Whose template can't leave the thought out."""


@pytest.fixture(scope="module", params=KINDS)
def model_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(model_type: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(model_type, tmp_path_factory.mktemp("models") / model_type, answer_scale=4.0)


class Reference:
    """The model of a folder, asked without any code of ours."""

    def __init__(self, folder: Path) -> None:
        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = AutoProcessor.from_pretrained(folder)

    def inputs(self, clip: Clip, prompt: str, **template: Any) -> Mapping[str, Any]:
        content = [{"type": "video"}, {"type": "text", "text": prompt}]
        text = self.processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, **template
        )
        count = len(clip.frames)
        metadata = {
            "total_num_frames": count,
            "fps": clip.fps,
            "frames_indices": list(range(count)),
            "duration": count / clip.fps,
        }
        batch: Mapping[str, Any] = self.processor(
            text=[text],
            videos=[np.array(clip.frames)],
            video_metadata=[metadata],
            do_sample_frames=False,
            return_tensors="pt",
        )
        return batch


@pytest.fixture(scope="module")
def reference(folder: Path) -> Reference:
    return Reference(folder)


def test_p_yes_is_that_of_a_stock_forward_pass_on_the_whole_prompt(
    model_type: str, folder: Path, reference: Reference, make_clip: Callable[..., Clip]
) -> None:
    if model_type in THINKS_FIRST:
        with pytest.raises(UserError, match=f"{model_type}: thinks before it answers"):
            load_judge(str(folder), device="cpu")
        return
    off = {"enable_thinking": False} if model_type == "qwen3_5" else {}
    judge = load_judge(str(folder), device="cpu")
    tokens: Any = judge.identity["answer_tokens"]
    for count in (4, 5):
        clip = make_clip(count, fps=1.5)
        for question, judgement in zip(QUESTIONS, judge.judge(clip, QUESTIONS), strict=True):
            prompt = DEFAULT_PROMPT.replace(PLACE, question)
            with torch.no_grad():
                logits = reference.model(**reference.inputs(clip, prompt, **off)).logits[0, -1]
            assert logits.std() > 1  # logits that were all alike would agree whatever went wrong
            p_yes, p_no = (float(logits.softmax(-1)[tokens[word]].sum()) for word in ("yes", "no"))
            assert judgement.p_yes == pytest.approx(p_yes / (p_yes + p_no), abs=1e-5)
            assert judgement.mass == pytest.approx(p_yes + p_no, abs=1e-5)


def test_what_is_written_is_what_generate_of_transformers_writes(
    model_type: str, folder: Path, reference: Reference, make_clip: Callable[..., Clip]
) -> None:
    clip, question, limit = make_clip(4, fps=1.5), QUESTIONS[0], 6
    judge: Any = load_judge(str(folder), device="cpu", protocol="paper", max_new_tokens=limit)
    inputs = reference.inputs(clip, PAPER_PROMPT.replace(PLACE, question))
    written = reference.model.generate(**inputs, max_new_tokens=limit, do_sample=False)
    tokens = written[0, inputs["input_ids"].shape[1] :]
    text = reference.processor.tokenizer.decode(tokens, skip_special_tokens=True)
    read: list[str] = []
    judge._runner._written = lambda found: (
        read.append(reference.processor.tokenizer.decode(found, skip_special_tokens=True)) or text
    )
    (judgement,) = judge.judge(clip, [question])
    assert read == [text]
    assert judgement.answer in ("yes", "no", "unknown")


def test_the_run_says_what_is_out_of_the_ordinary(model_type: str, folder: Path) -> None:
    fast = [] if model_type in THINKS_FIRST else notes_on(load_judge(str(folder)).identity)
    paper = notes_on(load_judge(str(folder), protocol="paper").identity)
    assert all("no family of its own" in notes[0] for notes in (fast, paper) if notes)
    assert [("read for each question" in notes[0]) for notes in (fast, paper) if notes][-1] is False
    thinks = model_type in ("glm4v", "qwen3_5")
    assert any("must fit into 128 tokens (--max-new-tokens)" in line for line in paper) == thinks
    assert ("the judge's thinking is switched off" in fast) == (model_type == "qwen3_5")
