"""What a server's reply says: probabilities, words, or neither."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluators.answers import CUT_OFF
from evaluators.judges.base import Judgement
from evaluators.judges.openai.reply import (
    MalformedReplyError,
    judgement_of,
    read_chat,
    read_models,
)

REPLIES = json.loads((Path(__file__).parent / "replies.json").read_text())["replies"]

Body = Callable[..., bytes]


def judge(body: bytes, protocol: Any = "fast") -> Any:
    rules: Any = "strict" if protocol == "fast" else "paper"
    reply = read_chat(body)
    return judgement_of(reply, protocol=protocol, rules=rules, threshold=0.5, max_tokens=16)


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


@pytest.mark.parametrize("protocol", ["fast", "paper"])
@pytest.mark.parametrize("finish", ["length", "max_tokens"])
def test_words_that_were_cut_off_count_where_they_begin_with_the_answer(
    chat_body: Body, finish: str, protocol: Any
) -> None:
    assert judge(chat_body("Yes, because", finish=finish), protocol) == Judgement("yes")
    judgement = judge(chat_body("The cup is not", finish=finish), protocol)
    assert judgement.answer == "unknown"
    assert str(judgement.reason).endswith(CUT_OFF)


def test_a_first_token_is_an_answer_though_the_words_after_it_were_cut_off(chat_body: Body) -> None:
    judgement = judge(chat_body("No, the", finish="length", first={"No": -0.1, "Yes": -2.4}))
    assert judgement.answer == "no"
    assert 0 < judgement.p_yes < 0.5


@pytest.mark.parametrize("finish", ["content_filter", "tool_calls"])
def test_an_answer_that_was_not_let_out_is_an_error(chat_body: Body, finish: str) -> None:
    judgement = judge(chat_body("Yes", finish=finish, first={"Yes": -0.1, "No": -2.4}))
    assert judgement.answer == "error"
    assert judgement.reason == f"expected an answer, got finish_reason {finish!r}"


@pytest.mark.parametrize("finish", [None, "", "eos", "end_turn", "STOP", "stop_sequence"])
def test_a_server_may_have_words_of_its_own_for_an_end(chat_body: Body, finish: str | None) -> None:
    assert judge(chat_body("The answer is no.", finish=finish)) == Judgement("no")
    # Unless it has counted as many tokens as it was allowed.
    reply = json.loads(chat_body("The answer is no.", finish=finish))
    full = json.dumps(reply | {"usage": {"completion_tokens": 16}}).encode()
    assert judge(full).answer == "unknown"


@pytest.mark.parametrize(
    "logprobs",
    [
        None,
        {},
        {"content": None},
        {"content": []},
        {"content": [None]},
        {"content": [{"token": "Yes", "logprob": None, "top_logprobs": None}]},
        {"content": [{"token": "Yes", "logprob": -0.1}]},
        {"content": [{"token": "Yes", "logprob": -0.1, "top_logprobs": [None]}]},
        {"content": [{"top_logprobs": [{"token": "No", "logprob": -3}, {"token": "Yes"}]}]},
        # What can't be read is absent.
        False,
        [],
        {"content": {}},
        {"content": [{"token": 1, "logprob": "x", "top_logprobs": {"Yes": -0.1}}]},
        {"content": [{"top_logprobs": [{"token": "No", "logprob": "x"}, {"token": 7}]}]},
    ],
)
def test_words_without_numbers_are_an_answer_without_p_yes(chat_body: Body, logprobs: Any) -> None:
    reply = json.loads(chat_body("Yes."))
    reply["choices"][0]["logprobs"] = logprobs
    assert judge(json.dumps(reply).encode()) == Judgement("yes")


def test_the_parts_of_a_content_are_one_text(chat_body: Body) -> None:
    parts: Any = [{"type": "text", "text": "The answer "}, {"type": "text", "text": "is no."}]
    assert judge(chat_body(parts)) == Judgement("no")
    assert judge(chat_body([])).answer == "unknown"
    assert judge(chat_body([None, {"type": "output_text", "text": "No."}])) == Judgement("no")


@pytest.mark.parametrize("kind", ["thinking", "reasoning"])
def test_thoughts_among_the_parts_are_no_answer(chat_body: Body, kind: str) -> None:
    thought: Any = {"type": kind, "text": "Yes, or not"}
    said = chat_body([thought, {"type": "text", "text": "No."}], first={"Yes": -0.1, "No": -2.4})
    assert judge(said) == Judgement("no")
    assert "still thinking" in judge(chat_body([thought], finish="length")).reason
    assert judge(chat_body([{"type": "image", "text": "Yes"}])).answer == "unknown"


def test_what_the_answer_does_not_hang_on_may_be_anything(chat_body: Body) -> None:
    first = {"Yes": -0.1, "No": -2.4}
    reply = json.loads(chat_body(first=first, refusal=False)) | {"usage": "none"}
    reply["choices"][0]["finish_reason"] = 0
    for entry in reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]:
        entry["bytes"] = "Yes"
    assert judge(json.dumps(reply).encode()) == judge(chat_body(first=first))


def test_the_first_token_of_a_thought_is_no_answer(chat_body: Body) -> None:
    first = {"Yes": -0.1, "No": -2.4}
    assert judge(chat_body("No.", reasoning_content="Yes, so", first=first)) == Judgement("no")
    assert judge(chat_body("<think>Yes, so</think>No.", first=first)) == Judgement("no")
    cut = judge(chat_body("", reasoning="Yes, so", finish="length", first=first))
    assert (cut.answer, cut.p_yes) == ("unknown", None)
    assert "still thinking" in cut.reason


def test_a_refusal_is_unknown_whatever_its_tokens_are(chat_body: Body) -> None:
    body = chat_body(None, refusal="No, I can't help with that", first={"No": -0.1, "Yes": -3.0})
    assert judge(body).answer == "unknown"
    assert judge(body).reason == 'the model refused: "No, I can\'t help with that"'


@pytest.mark.parametrize("finish", ["error", "abort", "ERROR", "network_error"])
def test_a_reply_that_says_it_failed_or_is_empty_is_another_attempt(
    chat_body: Body, finish: str
) -> None:
    with pytest.raises(MalformedReplyError, match=r"^the server gave no choices$"):
        read_chat(b'{"model": "judge", "choices": []}')
    with pytest.raises(
        MalformedReplyError, match=f"^expected an answer, got finish_reason '{finish}"
    ):
        read_chat(chat_body("Yes", finish=finish))


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
