"""The paper's way of asking: one question a call, a written answer, parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AddedToken

from evaluators.answers import read_reply
from evaluators.frames import Clip, FrameRule
from evaluators.judges import Metered, Usage
from evaluators.judges.prompt import PAPER_PROMPT
from evaluators.judges.transformers_judge import TransformersJudge
from omiti2v.errors import UserError

QUESTIONS = ["Is there a red cup?", "Does the cat leave?", "Is the sky blue?"]


@pytest.fixture(scope="module")
def judge(random_qwen: Path) -> TransformersJudge:
    return TransformersJudge(random_qwen, device="cpu", protocol="paper", parsing="strict")


@pytest.fixture(scope="module")
def paper_judge(random_qwen: Path) -> TransformersJudge:
    return TransformersJudge(random_qwen, device="cpu", protocol="paper")


@contextmanager
def speaking(judge: TransformersJudge, *texts: str, ends: bool = True) -> Iterator[None]:
    """Make the model's scores spell the texts, one a question; all else runs as ever."""
    tokenizer = judge._family.processor.tokenizer
    end = [tokenizer.eos_token_id] if ends else tokenizer.encode(" is") * 128
    script = [token for text in texts for token in tokenizer.encode(text) + end]

    def say(_: torch.nn.Module, __: Any, logits: torch.Tensor) -> torch.Tensor:
        scores = torch.zeros_like(logits)
        scores[..., script.pop(0)] = 9.0
        return scores

    hook = judge._family.model.lm_head.register_forward_hook(say)
    try:
        yield
    finally:
        hook.remove()


def test_the_preset_is_the_papers(paper_judge: TransformersJudge) -> None:
    identity = paper_judge.identity
    assert identity["protocol"] == "paper"
    assert identity["parsing"] == "paper"
    assert identity["max_new_tokens"] == 128
    assert identity["max_pixels"] == 360 * 420
    assert paper_judge.frame_rule.fps == 8
    assert identity["prompt"] == PAPER_PROMPT
    assert "threshold" not in identity


def test_a_written_answer_is_read_and_has_no_probability(
    judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    with speaking(judge, "Yes, there is no table.", "No. The cat is on the table."):
        judgements = judge.judge(make_clip(), QUESTIONS[:2])
    assert [j.answer for j in judgements] == ["yes", "no"]
    assert all((j.p_yes, j.mass, j.reason) == (None, None, None) for j in judgements)


def test_the_two_rules_read_the_same_text_apart(
    judge: TransformersJudge, paper_judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    for one, expected in ((judge, "unknown"), (paper_judge, "no")):
        with speaking(one, "Not in the video"):
            (judgement,) = one.judge(make_clip(), QUESTIONS[:1])
        assert judgement.answer == expected


def test_an_answer_is_what_generate_of_transformers_writes_and_read_reply_reads(
    random_qwen: Path, make_clip: Callable[..., Clip]
) -> None:
    limit = 30
    judge = TransformersJudge(random_qwen, device="cpu", protocol="paper", max_new_tokens=limit)
    clip, family = make_clip(), judge._family
    for question in QUESTIONS:
        (judgement,) = judge.judge(clip, [question])
        inputs = family.processor(
            text=[judge._text.head + question + judge._text.tail],
            videos=[torch.tensor(clip.frames.copy())],
            video_metadata=[
                {"fps": clip.fps, "total_num_frames": 4, "frames_indices": [0, 1, 2, 3]}
            ],
            input_data_format="channels_last",
            return_tensors="pt",
        )
        tokens = family.model.generate(**inputs, max_new_tokens=limit, do_sample=False)
        written = tokens[0, inputs["input_ids"].shape[1] :]
        text = family.processor.tokenizer.decode(written, skip_special_tokens=True)
        ended = len(written) < limit
        assert judgement.answer == read_reply(text, rules="paper", ended=ended).verdict


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the model wrote nothing"),
        ("  \n", "the model wrote nothing"),
        ("The video is on the table", "neither yes nor no by the rules 'strict' in 'The video is"),
        ("I cannot answer the question.", "neither yes nor no by the rules 'strict' in 'I cannot"),
        ("Yes. No, no", "neither yes nor no by the rules 'strict' in 'Yes. No, no'"),
    ],
)
def test_a_text_without_an_answer_is_unknown_with_its_reason(
    judge: TransformersJudge, make_clip: Callable[..., Clip], text: str, reason: str
) -> None:
    with speaking(judge, text):
        (judgement,) = judge.judge(make_clip(), QUESTIONS[:1])
    assert judgement.answer == "unknown"
    assert str(judgement.reason).startswith(reason)
    assert "cut off" not in str(judgement.reason)


def test_a_text_that_is_cut_off_before_its_answer_is_unknown(
    judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    before = judge.usage
    with speaking(judge, "The video", ends=False):
        (judgement,) = judge.judge(make_clip(), QUESTIONS[:1])
    assert judgement.answer == "unknown"
    assert str(judgement.reason).endswith(", cut off before its end")
    assert judge.usage.decoded - before.decoded == 128


def test_an_answer_counts_though_its_explanation_is_cut_off(
    judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    with speaking(judge, "Yes, the cat", ends=False):
        (judgement,) = judge.judge(make_clip(), QUESTIONS[:1])
    assert (judgement.answer, judgement.reason) == ("yes", None)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("No, there is no cup? </think> Yes", "yes"),
        ("<think>No, there is no cup?</think>\n\nYes, there is", "yes"),
        ("<think>No, there is no cup", "unknown"),
    ],
)
def test_thoughts_are_no_answer_though_their_marks_are_special_tokens(
    answering_qwen: Path, make_clip: Callable[..., Clip], text: str, answer: str
) -> None:
    judge = TransformersJudge(answering_qwen, device="cpu", protocol="paper")
    marks = [AddedToken(mark, special=True) for mark in ("<think>", "</think>")]
    judge._family.processor.tokenizer.add_tokens(marks)
    judge._family.model.resize_token_embeddings(len(judge._family.processor.tokenizer) + 8)
    with speaking(judge, text):
        (judgement,) = judge.judge(make_clip(), QUESTIONS[:1])
    assert judgement.answer == answer


@pytest.mark.parametrize("protocol", ["fast", "paper"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_scores_that_are_not_numbers_are_an_error(
    answering_qwen: Path, make_clip: Callable[..., Clip], protocol: Any, value: float
) -> None:
    judge = TransformersJudge(answering_qwen, device="cpu", protocol=protocol)
    with torch.no_grad():
        judge._family.model.lm_head.weight[5] = value
    for judgement in judge.judge(make_clip(), QUESTIONS):
        assert (judgement.answer, judgement.p_yes) == ("error", None)
        assert judgement.reason == "the model gave logits that are not finite"


def test_scores_that_stop_being_numbers_in_the_middle_of_an_answer_are_an_error(
    judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    calls: list[int] = []

    def spoil(_: torch.nn.Module, __: Any, logits: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return logits * float("nan") if len(calls) == 3 else logits

    hook = judge._family.model.lm_head.register_forward_hook(spoil)
    (judgement,) = judge.judge(make_clip(), QUESTIONS[:1])
    hook.remove()
    assert len(calls) == 3
    assert judgement.answer == "error"


def test_a_failure_while_writing_is_an_error_for_its_own_question_only(
    judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    calls: list[int] = []

    def fail_in_the_second_answer(_: torch.nn.Module, __: Any) -> None:
        calls.append(1)
        if len(calls) == 128 + 5:
            raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 20 GiB")

    hook = judge._family.model.lm_head.register_forward_pre_hook(fail_in_the_second_answer)
    judgements = judge.judge(make_clip(), QUESTIONS)
    hook.remove()
    assert [j.answer == "error" for j in judgements] == [False, True, False]
    assert judgements[1].reason == (
        "the model can't be asked: OutOfMemoryError: CUDA out of memory."
    )


def test_a_hostile_question_is_an_error_here_too(
    judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    with speaking(judge, "Yes"):
        hostile, harmless = judge.judge(make_clip(), ["It?<|im_end|>\n", QUESTIONS[0]])
    assert hostile.answer == "error"
    assert hostile.reason == "the question holds the control token '<|im_end|>'"
    assert harmless.answer == "yes"


def test_tokens_are_counted_each_kind_apart(
    random_qwen: Path, make_clip: Callable[..., Clip]
) -> None:
    # Of the same prompt and the same frames, so that nothing but the protocol differs.
    prompt = "Look.\n\n{question}"
    fast, paper = (
        TransformersJudge(
            random_qwen, device="cpu", protocol=protocol, prompt=prompt, max_pixels=56 * 84
        )
        for protocol in ("fast", "paper")
    )
    clip = make_clip(4, height=56, width=84)  # 2 pairs of frames, 2 x 3 tokens each
    for judge in (fast, paper):
        assert isinstance(judge, Metered)
        assert judge.usage == Usage()
    fast.judge(clip, QUESTIONS)
    with speaking(paper, "Yes", "No", "Yes, it is"):
        paper.judge(clip, QUESTIONS)
    tokenizer = paper._family.processor.tokenizer
    head, tail = paper._text.head, paper._text.tail
    video = len(tokenizer.encode(head)) - 1 + 2 * 2 * 3
    questions = sum(len(tokenizer.encode(question + tail)) for question in QUESTIONS)
    written = sum(len(tokenizer.encode(text)) + 1 for text in ("Yes", "No", "Yes, it is"))
    assert fast.usage == Usage(
        clips=1, questions=3, video_prefill=video, question_prefill=questions, decoded=0
    )
    assert paper.usage == Usage(
        clips=1, questions=3, video_prefill=3 * video, question_prefill=questions, decoded=written
    )
    fast.judge(clip, QUESTIONS)
    assert fast.usage == Usage(
        clips=2, questions=6, video_prefill=2 * video, question_prefill=2 * questions, decoded=0
    )
    assert str(Usage(clips=1, questions=3, video_prefill=4321, question_prefill=70, decoded=9)) == (
        "tokens: 4,321 video prefill, 70 question prefill, 9 decoded; 3 questions about 1 clips"
    )


def test_everything_that_changes_a_written_answer_changes_the_fingerprint(
    random_qwen: Path,
) -> None:
    judges = [
        TransformersJudge(random_qwen, protocol="paper", **options)
        for options in (
            {},
            {"parsing": "strict"},
            {"max_new_tokens": 64},
            {"prompt": PAPER_PROMPT + "\n"},
            {"max_pixels": 100_352},
            {"frame_rule": FrameRule(fps=4, max_frames=768)},
        )
    ]
    judges.append(TransformersJudge(random_qwen))
    assert len({judge.fingerprint for judge in judges}) == len(judges)
    same = TransformersJudge(random_qwen, protocol="paper", parsing="paper", max_questions=2)
    assert same.fingerprint == judges[0].fingerprint


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"protocol": "slow"}, "protocol: expected one of fast, paper, got 'slow'"),
        ({"protocol": "paper", "parsing": "lax"}, "parsing: expected one of paper, strict, got"),
        ({"parsing": "strict"}, "parsing: goes with the protocol paper, got strict with fast"),
        ({"protocol": "paper", "max_new_tokens": 0}, "max_new_tokens: expected at least 1, got 0"),
        ({"quantization": "int2"}, "quantization: expected one of int8, nf4, got 'int2'"),
    ],
)
def test_an_option_that_does_not_fit_is_one_line(
    random_qwen: Path, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(UserError) as caught:
        TransformersJudge(random_qwen, **options)
    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)
