"""What `omiti2v score` says of a judge that is out of the ordinary, with the judge at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_models.others import save_tiny

from omiti2v.cli.judge_notes import notes_on
from omiti2v.judge_spec import JudgeSpec
from omiti2v.responses import CUT_OFF
from omiti2v.runs import read_run

GENERIC = "the judge's class has no family of its own: its processor rules"
SLOWER = f"{GENERIC}, and the video is read for each question"
NO_LOGPROBS = {"class": "OpenAIJudge", "protocol": "fast", "top_logprobs": 0}
SCORE = ("score", "videos", "--edition", "edition", "--resamples", 100, "--limit", 1)


@pytest.mark.parametrize(
    ("identity", "notes"),
    [
        ({}, []),
        ({"class": "RuleJudge", "protocol": "fast"}, []),
        ({"prompt_wording": "the authors'"}, ["prompt: the authors' words"]),
        (
            {"class": "OpenAIJudge", "prompt_wording": "another"},
            ["prompt: other words than the authors', after a line with the frames' times"],
        ),
        ({"family": "generic", "protocol": "fast"}, [SLOWER]),
        ({"family": "generic", "protocol": "paper"}, [GENERIC]),
        ({"thinking": "off", "protocol": "fast"}, ["the judge's thinking is switched off"]),
        (
            {"thinking": "first", "protocol": "paper", "max_new_tokens": 128},
            [
                "the judge thinks first: thought and answer must fit into 128 tokens "
                "(--max-new-tokens)"
            ],
        ),
        ({"class": "OpenAIJudge", "protocol": "fast", "top_logprobs": 5}, []),
        ({"class": "OpenAIJudge", "protocol": "paper", "top_logprobs": 0}, []),
        (
            {
                "class": "OpenAIJudge",
                "protocol": "fast",
                "top_logprobs": 0,
                "adapted": ["no temperature", "max_tokens for max_completion_tokens"],
            },
            [
                "requests were adapted to the server: no temperature, max_tokens for "
                "max_completion_tokens",
                "no P(yes): the server gives no logprobs",
            ],
        ),
        (
            {**NO_LOGPROBS, "adapted": ["no logprobs, so no P(yes)"]},
            ["requests were adapted to the server: no logprobs, so no P(yes)"],
        ),
    ],
)
def test_notes_follow_from_the_judges_identity(
    identity: dict[str, object], notes: list[str]
) -> None:
    assert notes_on(identity) == notes


def test_a_user_who_asked_for_no_logprobs_is_told_so() -> None:
    asked = JudgeSpec(model="openai:judge", base_url="http://127.0.0.1/v1", top_logprobs=0)
    (note,) = notes_on(NO_LOGPROBS, asked)
    assert note == "no P(yes): --top-logprobs 0 asks for no logprobs"


def test_a_run_says_how_its_judge_is_asked_and_how_many_answers_were_cut_off(
    invoke: Callable[..., Any], files: Path
) -> None:
    folder = save_tiny("qwen3_5", files / "thinker", answer_scale=4.0)
    judge = ("--judge", folder, "--device", "cpu", "--frames", 4)
    fast = invoke(*SCORE, "-o", "fast", *judge, "--threshold", 0)
    assert f"{SLOWER}\nthe judge's thinking is switched off\n" in fast.stderr
    assert len(read_run(files / "fast").responses) == 4
    short = ("--protocol", "paper", "--max-new-tokens", 3)
    paper = invoke(*SCORE, "-o", "paper", *judge, *short, code=1)
    assert "thought and answer must fit into 3 tokens (--max-new-tokens)" in paper.stderr
    cut = "4 answers cut off at the largest length and unknown"
    assert cut in paper.stderr
    assert cut in (files / "paper" / "report.html").read_text()
    reasons = [str(row.reason) for row in read_run(files / "paper").responses]
    assert all("still thinking" in reason and CUT_OFF in reason for reason in reasons)
