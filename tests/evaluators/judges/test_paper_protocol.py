"""The paper's way of asking: one question a call, a written answer, parsed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resize
from transformers import AddedToken, AutoTokenizer
from transformers.models.qwen2_vl.video_processing_qwen2_vl import smart_resize

from evaluators.answers import read_reply
from evaluators.frames import Clip, FrameRule
from evaluators.judges import Metered, Usage
from evaluators.judges.decoding import decode_greedily
from evaluators.judges.family import joined
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
    assert str(paper_judge.frame_rule) == "fps=8,max=768,pairs"
    assert identity["video_inputs"] == "qwen-vl-utils 0.0.14"
    assert identity["prompt_wording"] == "ours"
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
    random_qwen: Path, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    limit = 30
    folder = Path(shutil.copytree(random_qwen, tmp_path / "model"))
    tokens = AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids
    stop = [tokens("<|im_end|>"), tokens("<|endoftext|>")]
    settings = {"repetition_penalty": 1.3, "eos_token_id": stop, "do_sample": True, "top_k": 1}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    judge = TransformersJudge(folder, device="cpu", protocol="paper", max_new_tokens=limit)
    assert judge.identity["repetition_penalty"] == 1.3
    assert judge.identity["stop_tokens"] == sorted(stop)
    clip, family = make_clip(), judge._family
    # The size and pixels of qwen-vl-utils, as transformers and torchvision compute them.
    size = smart_resize(56, 84, factor=28, min_pixels=100_352, max_pixels=151_200)
    frames = torch.tensor(clip.frames.copy()).permute(0, 3, 1, 2)
    frames = resize(frames, list(size), InterpolationMode.BICUBIC, antialias=True)
    greedily = {"max_new_tokens": limit, "do_sample": False, "eos_token_id": stop}
    for question in QUESTIONS:
        inputs = family.processor(
            text=[judge._text.head + question + judge._text.tail],
            videos=[frames],
            video_metadata=[{"fps": 2.0, "total_num_frames": 4, "frames_indices": [0, 1, 2, 3]}],
            do_resize=False,
            return_tensors="pt",
        )
        start = inputs["input_ids"].shape[1]
        free, written = (
            family.model.generate(**inputs, **greedily, repetition_penalty=penalty)[0, start:]
            for penalty in (1.0, 1.3)
        )
        assert free.tolist() != written.tolist()
        (judgement,) = judge.judge(clip, [question])
        asked = judge.prepare(clip, [question])
        assert asked.prefix is not None
        with torch.inference_mode():
            decoded = decode_greedily(
                family,
                joined(family, asked.prefix, asked.suffixes[0]),
                stop=stop,
                limit=limit,
                penalty=1.3,
            )
        assert [t for t in written.tolist() if t not in stop] == list(decoded.tokens)
        text = family.processor.tokenizer.decode(written, skip_special_tokens=True)
        ended = len(written) < limit
        assert judgement.answer == read_reply(text, rules="paper", ended=ended).verdict


def test_a_question_and_the_words_around_it_have_the_tokens_of_the_whole_text(
    random_qwen: Path, make_clip: Callable[..., Clip]
) -> None:
    judge = TransformersJudge(
        random_qwen, device="cpu", protocol="paper", prompt="Question: {question} Say yes or no."
    )
    question = "Yes or no"  # with the space before it, " Yes" is one token
    asked = judge.prepare(make_clip(), [question])
    assert asked.prefix is not None
    video = judge._family.model.config.video_token_id
    ids = asked.prefix.inputs["input_ids"][0]
    shown = [*ids[ids != video].tolist(), *asked.suffixes[0]]
    tokenizer = judge._family.processor.tokenizer
    whole = tokenizer.encode(judge._text.head + question + judge._text.tail)
    assert shown == [token for token in whole if token != video]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"repetition_penalty": 0}, "repetition_penalty: expected a positive number, got 0"),
        ({"repetition_penalty": "high"}, "repetition_penalty: expected a positive number, got"),
        ({"eos_token_id": ["</s>"]}, "eos_token_id: expected token ids, got ['</s>']"),
    ],
)
def test_settings_for_generation_that_make_no_sense_are_one_line(
    random_qwen: Path, tmp_path: Path, settings: dict[str, Any], complaint: str
) -> None:
    folder = Path(shutil.copytree(random_qwen, tmp_path / "model"))
    (folder / "generation_config.json").write_text(json.dumps(settings))
    with pytest.raises(UserError) as caught:
        TransformersJudge(folder, device="cpu", protocol="paper")
    assert str(caught.value).startswith(f"{folder / 'generation_config.json'}: {complaint}")


def test_a_video_of_one_frame_is_unknown_as_it_is_to_the_authors_evaluator(
    paper_judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    (judgement,) = paper_judge.judge(make_clip(1), QUESTIONS[:1])
    assert judgement.answer == "unknown"
    assert str(judgement.reason).startswith("a video of one frame, which the authors' evaluator")


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
    lead = len(tokenizer.encode("Look.\n\n"))  # shared in fast only
    written = sum(len(tokenizer.encode(text)) + 1 for text in ("Yes", "No", "Yes, it is"))
    assert fast.usage == Usage(
        clips=1, questions=3, video_prefill=video, question_prefill=questions, decoded=0
    )
    assert paper.usage == Usage(
        clips=1,
        questions=3,
        video_prefill=3 * (video - lead),
        question_prefill=questions + 3 * lead,
        decoded=written,
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
            {"frame_rule": FrameRule(fps=8, max_frames=768)},
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
