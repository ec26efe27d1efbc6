"""The model that is trained is the one that the ordinary judge runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast
from transformers.models.qwen2_5_vl import modeling_qwen2_5_vl as library

from evaluators.tiny.judge import tiny_judge
from lab.tiny_judge.batches import Packer
from lab.tiny_judge.examples import Example, arrays_of
from lab.tiny_judge.learner import JudgeLearner
from lab.tiny_judge.measure import clip_of
from lab.tiny_judge.model import attend_in_one_batch, build_processor, patches_of


def test_patches_are_those_of_the_video_processor(
    learner: JudgeLearner, tokenizer: PreTrainedTokenizerFast, examples: list[Example]
) -> None:
    frames = torch.from_numpy(np.stack([example.frames for example in examples]))
    wanted = build_processor(tokenizer).video_processor(
        videos=list(frames), input_data_format="channels_last", return_tensors="pt"
    )
    patches = patches_of(frames, learner.mean, learner.std)
    assert wanted["video_grid_thw"].tolist() == [[1, 8, 8]] * len(examples)
    assert torch.allclose(patches, wanted["pixel_values_videos"], atol=1e-5)


def test_attention_in_one_batch_gives_what_the_library_gives(
    learner: JudgeLearner, examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    packer = Packer(learner.tokenizer)
    batch = packer.pack_all(arrays_of(examples), np.arange(3))
    with torch.no_grad():
        wanted = learner.see(batch)
        monkeypatch.setattr(library.Qwen2_5_VLVisionAttention, "forward", attend_in_one_batch)
        got = learner.see(batch)
    assert torch.allclose(got, wanted, atol=1e-5)


def test_packed_questions_are_answered_as_the_judge_answers_them_one_by_one(
    learner: JudgeLearner, folder: Path, examples: list[Example]
) -> None:
    judge = tiny_judge(folder)
    packer = Packer(learner.tokenizer)
    arrays = arrays_of(examples)
    for row, example in enumerate(examples[:3]):
        batch = packer.pack_all(arrays, np.array([row]))
        with torch.no_grad():
            scores = learner.logits(batch, learner.see(batch))[:, [packer.yes, packer.no]]
        packed = scores.softmax(dim=1)[:, 0].tolist()
        judged = [j.p_yes for j in judge.judge(clip_of(example.frames, judge), example.questions)]
        assert judged == pytest.approx(packed, abs=1e-4)


def test_the_weights_are_far_below_ten_megabytes(folder: Path) -> None:
    assert (folder / "model.safetensors").stat().st_size < 10_000_000
