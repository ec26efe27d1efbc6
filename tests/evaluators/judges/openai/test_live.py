"""The judge against a real server: `transformers serve` with a tiny Qwen2.5-VL on loopback.

`transformers serve` 5.23 takes frames as images. It passes over `logprobs`, refuses vLLM's
`media_io_kwargs`, and takes no video from a client: it looks for sound in a video first, for which
it needs torchcodec, and a `video_url` must be an http address or a path on the server's own disk.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from evaluators.answers import parse_answer
from evaluators.cache import EvaluationCache
from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judge
from evaluators.judges.openai.chat import frame_times
from evaluators.judges.openai.judge import OpenAIJudge
from evaluators.judges.openai.request_rate import Backoff
from evaluators.judges.prompt import FRAMES_PROMPT
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import read_run
from omiti2v.submissions import read_submission

QUESTIONS = [
    "Is there a red cup on the table?",
    "Is the cat gone?",
    "Are there two birds?",
    "Is the sky blue?",
    "Does the cat leave the room?",
]
FAULTS = ["reset", "lost", "cut", "torn", (500, {}, b"oops"), (429, {"Retry-After": "0.05"}, b"{}")]


@pytest.fixture
def load(concise_qwen: Path, quick: dict[str, Any]) -> Callable[..., Judge]:
    def build(url: str, **options: Any) -> Judge:
        options = quick | {"image_format": "png"} | options
        return OpenAIJudge(str(concise_qwen), base_url=url, **options)

    return build


def answer_here(folder: Path, clip: Clip, questions: list[str]) -> list[str]:
    """The answers of the same model without a server."""
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype="float32").eval()
    processor = Qwen2_5_VLProcessor.from_pretrained(folder)
    pictures = [{"type": "image", "image": PIL.Image.fromarray(frame)} for frame in clip.frames]
    answers = []
    for question in questions:
        shown = [{"type": "text", "text": frame_times(clip)}, *pictures]
        text = {"type": "text", "text": FRAMES_PROMPT.format(question=question)}
        chat = [{"role": "user", "content": [*shown, text]}]
        inputs = processor.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        tokens = model.generate(**inputs, max_new_tokens=16, do_sample=False)
        new = tokens[0, inputs["input_ids"].shape[1] :]
        answers.append(parse_answer(processor.decode(new, skip_special_tokens=True)))
    return answers


def test_answers_are_those_of_the_same_model_without_a_server(
    load: Callable[..., Judge], live_url: str, concise_qwen: Path, make_clip: Callable[..., Clip]
) -> None:
    judge = load(live_url)
    answers = []
    for seed in range(3):
        clip = make_clip(seed=seed)
        there = judge.judge(clip, QUESTIONS)
        here = answer_here(concise_qwen, clip, QUESTIONS)
        assert [judgement.answer for judgement in there] == here
        answers += here
    assert {"yes", "no"} <= set(answers)  # else the test would show nothing


def test_a_server_without_logprobs_gives_no_probability_at_all(
    load: Callable[..., Judge], live_url: str, make_clip: Callable[..., Clip]
) -> None:
    judge = load(live_url)
    assert judge.identity["top_logprobs"] == 0
    for judgement in judge.judge(make_clip(), QUESTIONS):
        assert (judgement.p_yes, judgement.mass) == (None, None)


def test_the_fingerprint_is_the_same_behind_another_address(
    load: Callable[..., Judge], live_url: str, start_server: Callable[..., Any]
) -> None:
    proxy = start_server([], target=live_url)
    assert load(live_url).fingerprint == load(proxy.url).fingerprint
    assert load(live_url).fingerprint != load(live_url, revision="abc").fingerprint


def test_a_model_that_is_not_served_is_refused_at_the_start(
    live_url: str, quick: dict[str, Any]
) -> None:
    with pytest.raises(UserError, match="HTTP 400: Server is pinned to") as caught:
        OpenAIJudge("owner/other", base_url=live_url, **quick)
    assert "\n" not in str(caught.value)


def test_a_video_that_the_server_does_not_take_is_an_error(
    load: Callable[..., Judge], live_url: str, make_clip: Callable[..., Clip]
) -> None:
    judge = load(live_url, frames="video-mp4")
    assert judge.identity["adapted"] == ["no media_io_kwargs"]
    for judgement in judge.judge(make_clip(), QUESTIONS[:2]):
        assert judgement.answer == "error"
        assert str(judgement.reason).startswith("HTTP ")
    with pytest.raises(UserError, match="give --frame-form images"):
        load(live_url, frames="video-jpeg")


@pytest.mark.parametrize("seed", range(3))
def test_behind_a_faulty_proxy_every_question_gets_its_answer_once(
    load: Callable[..., Judge],
    live_url: str,
    start_server: Callable[..., Any],
    make_clip: Callable[..., Clip],
    seed: int,
) -> None:
    clip = make_clip(seed=seed)
    rng = random.Random(seed)
    plan = [rng.choice(FAULTS) if rng.random() < 0.6 else None for _ in range(12)]
    proxy = start_server(plan, target=live_url)
    judge = load(proxy.url, attempts=16, concurrency=2)
    assert judge.judge(clip, QUESTIONS) == load(live_url).judge(clip, QUESTIONS)
    faults = sum(fault is not None for fault in plan[: len(proxy.chats)])
    assert faults >= 4
    assert len(proxy.chats) == len(QUESTIONS) + faults


def test_an_answer_slower_than_the_timeout_is_asked_for_again(
    load: Callable[..., Judge],
    live_url: str,
    start_server: Callable[..., Any],
    make_clip: Callable[..., Clip],
) -> None:
    proxy = start_server([None, "slow", "drops"], target=live_url)
    questions = QUESTIONS[:3]
    expected = load(live_url).judge(make_clip(), questions)
    judge = load(proxy.url, answer_timeout=3.0, attempts=10)
    assert judge.judge(make_clip(), questions) == expected
    assert len(proxy.chats) >= 5


def test_a_run_through_a_faulty_proxy_has_the_rows_of_one_without(
    load: Callable[..., Judge],
    live_url: str,
    start_server: Callable[..., Any],
    make_edition: Callable[..., Edition],
    make_picture: Callable[..., np.ndarray],
    tmp_path: Path,
) -> None:
    edition = make_edition(tmp_path / "edition", count=3)
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number, width=84, height=56)[None], 4, axis=0)
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames, fps=8)
    submission = read_submission(tmp_path / "videos", edition)
    proxy = start_server([*FAULTS, None, *FAULTS], target=live_url)
    runs = {}
    for name, url in (("plain", live_url), ("faulty", proxy.url)):
        judge = load(url, frame_rule=FrameRule(count=4), attempts=16)
        with EvaluationCache(tmp_path / f"{name}.sqlite3") as cache:
            options = ScoringOptions(metrics=(), resamples=100)
            score_submission(
                submission, edition, tmp_path / name, judge=judge, cache=cache, options=options
            )
        runs[name] = read_run(tmp_path / name).responses
    assert runs["faulty"] == runs["plain"]
    asked = [(row.sample_id, row.question_id) for row in runs["faulty"]]
    assert len(asked) == len(set(asked)) == 12
    assert len(proxy.chats) == 12 + 2 * len(FAULTS)


def test_when_attempts_run_out_the_question_is_an_error_and_the_others_are_answered(
    load: Callable[..., Judge],
    live_url: str,
    start_server: Callable[..., Any],
    make_clip: Callable[..., Clip],
) -> None:
    proxy = start_server(["reset", (503, {}, b'{"error": {"message": "busy"}}')], target=live_url)
    judge = load(proxy.url, attempts=2, backoff=Backoff(first=0.01, longest=0.01))
    first, *others = judge.judge(make_clip(), QUESTIONS)
    assert (first.answer, first.reason) == ("error", "HTTP 503: busy (attempt 2)")
    assert others == load(live_url).judge(make_clip(), QUESTIONS)[1:]
