"""What a server's reply says: probabilities, words, or neither."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluators.judges.base import Judgement
from evaluators.judges.openai.reply import (
    MalformedReplyError,
    judgement_of,
    read_chat,
    read_models,
)

REPLIES = json.loads((Path(__file__).parent / "replies.json").read_text())["replies"]

Body = Callable[..., bytes]


def judge(body: bytes) -> Any:
    return judgement_of(read_chat(body), protocol="fast", rules="strict", threshold=0.5)


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply["name"])
def test_each_documented_form_of_reply_is_read(reply: dict[str, Any]) -> None:
    judgement = judge(json.dumps(reply["body"]).encode())
    expected = reply["expected"]
    assert judgement.answer == expected["answer"]
    assert judgement.p_yes == pytest.approx(expected["p_yes"], abs=2e-4)
    assert judgement.mass == pytest.approx(expected["mass"], abs=2e-4)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes", "yes"),
        ("No.", "no"),
        ("yes, the cup is red", "yes"),
        ("I cannot know that", "unknown"),
        ("Yes or no", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_words_are_read_by_the_strict_rules_and_have_no_probability(
    chat_body: Body, text: str | None, answer: str
) -> None:
    judgement = judge(chat_body(text))
    assert (judgement.answer, judgement.p_yes, judgement.mass) == (answer, None, None)
    assert (judgement.reason is None) == (answer != "unknown")


def test_words_that_were_cut_off_are_no_answer(chat_body: Body) -> None:
    judgement = judge(chat_body("Yes, because the cup", finish="length"))
    assert judgement.answer == "unknown"
    assert judgement.reason == "the answer was cut off before its end: 'Yes, because the cup'"


def test_the_papers_protocol_counts_words_that_were_cut_off(chat_body: Body) -> None:
    reply = read_chat(chat_body("Yes, because the cup", finish="length"))
    judgement = judgement_of(reply, protocol="paper", rules="paper", threshold=0.5)
    assert judgement == Judgement("yes")


def test_a_first_token_is_an_answer_though_the_words_after_it_were_cut_off(chat_body: Body) -> None:
    judgement = judge(chat_body("No, the", finish="length", first={"No": -0.1, "Yes": -2.4}))
    assert judgement.answer == "no"
    assert 0 < judgement.p_yes < 0.5


@pytest.mark.parametrize("finish", ["content_filter", "tool_calls", "abort", None])
def test_an_answer_that_ended_otherwise_is_an_error(chat_body: Body, finish: str | None) -> None:
    judgement = judge(chat_body("Yes", finish=finish, first={"Yes": -0.1, "No": -2.4}))
    assert judgement.answer == "error"
    assert judgement.reason == f"expected finish_reason stop or length, got {finish!r}"


def test_a_refusal_is_unknown_whatever_its_tokens_are(chat_body: Body) -> None:
    body = chat_body(None, refusal="No, I can't help with that", first={"No": -0.1, "Yes": -3.0})
    assert judge(body).answer == "unknown"
    assert judge(body).reason == 'the model refused: "No, I can\'t help with that"'


def test_no_choices_are_an_error() -> None:
    assert judge(b'{"model": "judge", "choices": []}').reason == "the server gave no choices"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Yes",
        b"<html>Yes</html>",
        b"null",
        b'"yes"',
        b"[]",
        b'{"choices": null, "model": "m"}',
        b'{"error": {"message": "no"}}',
        b'{"model": "judge", "choices": [{"message": {"content": "Yes"',
        b'{"model": "judge", "choices": [{"message": "Yes", "finish_reason": "stop"}]}',
        b'{"model": "judge", "choices": [{"text": "Yes", "finish_reason": "stop"}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_chat_completion_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedReplyError) as caught:
        read_chat(body)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_models_that_a_server_lists_are_read() -> None:
    body = b'{"object": "list", "data": [{"id": "a/b", "owned_by": "vllm"}, {"id": "c"}]}'
    assert read_models(body) == ["a/b", "c"]
    with pytest.raises(MalformedReplyError):
        read_models(b"<html></html>")
