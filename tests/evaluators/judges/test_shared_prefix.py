"""Asking on top of a shared prefix gives what asking one question at a time gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from reference_positions import reference_positions
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from evaluators.frames import Clip
from evaluators.judges.family import LoadOptions, Prefix
from evaluators.judges.prompt import DEFAULT_PROMPT, QuestionTokens, chat_text
from evaluators.judges.protocols import PROTOCOL_DEFAULTS
from evaluators.judges.qwen2_5_vl import Qwen25VL
from evaluators.judges.shared_prefix import read_prefix, suffix_logits
from evaluators.judges.transformers_judge import TransformersJudge

MAX_PIXELS = PROTOCOL_DEFAULTS["fast"].max_pixels
TOLERANCE = 1e-4  # on logits with a spread of several units

QUESTIONS = (
    "Is there a red cup on the table?",
    "Wet?",
    "Does the cat leave the room before the end of the video, and does it come back afterwards?",
    "Is the sky blue?",
    "Are there exactly 2 birds on the branch\nat the end?",
    "is it raining — 雨 — or snowing",
    "Is there a red cup on the table?",
    "Y",
)

# name: frames, height, width, frames per second. In "slow" the times run further than the sides of
# the frames and the text do, which is where the largest position isn't that of the last token.
CLIPS = {
    "even": (4, 56, 84, 8.0),
    "odd": (5, 112, 56, 8.0),
    "one frame": (1, 56, 56, 8.0),
    "slow": (10, 84, 56, 0.02),
}


@dataclass(frozen=True)
class Reference:
    """The model asked plainly: the whole prompt at once, no cache, one question at a time."""

    model: Qwen2_5_VLForConditionalGeneration
    processor: Qwen2_5_VLProcessor

    @classmethod
    def load(cls, folder: Path) -> Reference:
        model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
        return cls(model.eval(), Qwen2_5_VLProcessor.from_pretrained(folder))

    def logits(self, clip: Clip, question: str) -> torch.Tensor:
        content = [
            {"type": "video"},
            {"type": "text", "text": DEFAULT_PROMPT.replace("{question}", question)},
        ]
        text = self.processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        count = len(clip.frames)
        inputs = self.processor(
            text=[text],
            videos=[np.array(clip.frames)],
            video_metadata=[
                {"fps": clip.fps, "total_num_frames": count, "frames_indices": list(range(count))}
            ],
            size={"shortest_edge": 28 * 28, "longest_edge": MAX_PIXELS},
            return_tensors="pt",
        )
        config = self.model.config
        inputs["position_ids"] = reference_positions(
            inputs["input_ids"][0].tolist(),
            video_token=config.video_token_id,
            grid=inputs["video_grid_thw"][0].tolist(),
            positions_per_step=float(inputs["second_per_grid_ts"][0])
            * config.vision_config.tokens_per_second,
        )
        with torch.no_grad():
            return self.model(**inputs, use_cache=False).logits[0, -1]


@pytest.fixture(scope="module", params=["random", "answering"])
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(f"{request.param}_qwen")
    return path


@pytest.fixture(scope="module")
def family(folder: Path) -> Qwen25VL:
    return Qwen25VL(folder, LoadOptions(dtype="float32"), max_pixels=MAX_PIXELS)


@pytest.fixture(scope="module", params=CLIPS)
def clip(request: pytest.FixtureRequest, make_clip: Callable[..., Clip]) -> Clip:
    count, height, width, fps = CLIPS[request.param]
    return make_clip(count, height=height, width=width, fps=fps)


@pytest.fixture(scope="module")
def expected(folder: Path, clip: Clip) -> torch.Tensor:
    reference = Reference.load(folder)
    return torch.stack([reference.logits(clip, question) for question in QUESTIONS])


@pytest.fixture(scope="module")
def suffixes(family: Qwen25VL) -> list[list[int]]:
    tail = chat_text(family.processor, DEFAULT_PROMPT, video_token=family.video_token).tail
    end = family.tokenizer.encode(tail, add_special_tokens=False)
    return [QuestionTokens(family.tokenizer)(question) + end for question in QUESTIONS]


@pytest.fixture(scope="module")
def prefix(family: Qwen25VL, clip: Clip) -> Prefix:
    text = chat_text(family.processor, DEFAULT_PROMPT, video_token=family.video_token)
    return family.prefix(clip, text.head)


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8])
def test_logits_equal_those_of_a_plain_forward_pass(
    family: Qwen25VL,
    prefix: Prefix,
    suffixes: list[list[int]],
    expected: torch.Tensor,
    rows: int,
) -> None:
    with torch.inference_mode():
        cache = read_prefix(family, prefix)
        batches = [suffixes[start : start + rows] for start in range(0, len(suffixes), rows)]
        logits = torch.cat([suffix_logits(family, prefix, cache, batch) for batch in batches])
    assert expected.std() > 1  # logits that were all alike would agree whatever went wrong
    assert (expected[0] - expected[1]).abs().max() > 0.1
    assert (logits - expected).abs().max() < TOLERANCE


def test_the_prefix_is_as_it_was_after_a_batch(
    family: Qwen25VL, prefix: Prefix, suffixes: list[list[int]]
) -> None:
    with torch.inference_mode():
        cache = read_prefix(family, prefix)
        before = [(keys.clone(), values.clone()) for keys, values, _ in cache]
        suffix_logits(family, prefix, cache, suffixes)
    assert cache.get_seq_length() == prefix.length
    for (keys, values), (same_keys, same_values, _) in zip(before, cache, strict=True):
        assert torch.equal(keys, same_keys)
        assert torch.equal(values, same_values)


@pytest.fixture(scope="module", params=[1, 3, 16])
def judge(request: pytest.FixtureRequest, folder: Path) -> TransformersJudge:
    return TransformersJudge(folder, device="cpu", max_questions=request.param)


@pytest.mark.parametrize("count", [1, 4, 8])
def test_mass_and_p_yes_equal_those_asked_one_at_a_time(
    judge: TransformersJudge,
    family: Qwen25VL,
    clip: Clip,
    expected: torch.Tensor,
    count: int,
) -> None:
    judgements = judge.judge(clip, QUESTIONS[:count])
    tokenizer = family.processor.tokenizer
    yes, no = (
        [tokenizer.encode(form)[0] for form in forms.split(",")]
        for forms in ("Yes,yes,YES, Yes, yes, YES", "No,no,NO, No, no, NO")
    )
    assert len(judgements) == count
    for judgement, probabilities in zip(judgements, expected.softmax(dim=-1), strict=False):
        p_yes, p_no = float(probabilities[yes].sum()), float(probabilities[no].sum())
        assert judgement.mass == pytest.approx(p_yes + p_no, abs=1e-4)
        assert judgement.p_yes == pytest.approx(p_yes / (p_yes + p_no), abs=1e-4)


def test_an_answer_does_not_depend_on_the_other_questions(
    answering_judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    clip = make_clip()
    together = answering_judge.judge(clip, QUESTIONS)
    backwards = answering_judge.judge(clip, QUESTIONS[::-1])[::-1]
    alone = [answering_judge.judge(clip, [question])[0] for question in QUESTIONS]
    for one, other, third in zip(together, backwards, alone, strict=True):
        assert one.answer == other.answer == third.answer
        assert one.p_yes == pytest.approx(other.p_yes, abs=1e-4)
        assert one.p_yes == pytest.approx(third.p_yes, abs=1e-4)
