"""Requests are changed for a server that refuses a field: one at a time, and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from evaluators.frames import Clip
from evaluators.judges.openai.judge import OpenAIJudge
from evaluators.judges.openai.request_form import OWN_FIELDS, RequestForm, adaptations
from evaluators.judges.openai.request_rate import Backoff
from omiti2v.errors import UserError

MODELS = b'{"object": "list", "data": [{"id": "judge"}]}'
FIRST = {"Yes": -0.1, "No": -2.5}

StartServer = Callable[..., Any]
Body = Callable[..., bytes]


def form(**changes: Any) -> RequestForm:
    return RequestForm(model="judge", max_tokens=16, top_logprobs=20, **changes)


def test_a_request_as_it_should_be() -> None:
    asked = form(more={"reasoning_effort": "low"}).request([], {"media_io_kwargs": {}})
    assert asked == {
        "model": "judge",
        "messages": [],
        "temperature": 0,
        "max_completion_tokens": 16,
        "logprobs": True,
        "top_logprobs": 20,
        "reasoning_effort": "low",
    }


# The words of servers: OpenAI, Azure, vLLM before and since, Mistral, Together, Gemini, pydantic.
COMPLAINTS = {
    "'temperature' does not support 0.0 with this model": "no temperature",
    "invalid value for 'top_logprobs': must be less than or equal to 5": "top_logprobs 5",
    "requested sample logprobs of 20, which is greater than max allowed: 5": "top_logprobs 5",
    '[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"input":16}]': (
        "max_tokens for max_completion_tokens"
    ),
    "unsupported parameter: 'max_completion_tokens'. use 'max_tokens'": (
        "max_tokens for max_completion_tokens"
    ),
    # The one that is meant is told from others: by param, by quotes, by not being a key.
    '{"message": "5 is greater than the maximum; see temperature", "param": "logprobs"}': (
        "top_logprobs 5"
    ),
    "max_tokens must be set; supported: logprobs. parameter 'temperature' is not": "no temperature",
    "invalid value for 'top_logprobs': use max_tokens": "top_logprobs 5",
    r'{"message": "unknown name \"logprobs\": cannot find field. max_tokens"}': "top_logprobs 5",
    """{'msg': 'no logprobs', 'input': {'max_completion_tokens': 16, 'temperature': 0}}""": (
        "top_logprobs 5"
    ),
}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_the_field_that_a_server_names_is_the_one_that_is_changed(complaint: str) -> None:
    (changed,) = adaptations(form(), complaint, guess=True)
    assert changed.adapted == (COMPLAINTS[complaint],)


def test_fewer_logprobs_are_asked_for_before_none() -> None:
    (few,) = adaptations(form(), "logprobs", guess=False)
    (none,) = adaptations(few, "logprobs", guess=False)
    assert (few.top_logprobs, none.top_logprobs) == (5, 0)
    assert none.adapted == ("no logprobs, so no P(yes)",)
    assert adaptations(none, "logprobs", guess=True) == []


def test_where_no_field_is_named_each_is_changed_alone_and_then_all() -> None:
    echo = 'bad request {"input": {"logprobs": true, "temperature": 0}}'
    *alone, everything = adaptations(form(has_media_hints=True), echo, guess=True)
    assert adaptations(form(), echo, guess=False) == []
    assert [len(changed.adapted) for changed in alone] == [1] * 5
    assert len(everything.adapted) == 4
    assert everything.request([], {"media_io_kwargs": {}}).keys() == {
        *("model", "messages", "max_tokens")
    }


def refusing(
    refused: dict[str, str], chat_body: Body, *, status: int = 400, **answer: Any
) -> Callable[[Any], Any]:
    """A server that says these words to requests with these fields."""

    def rule(asked: Any) -> Any:
        if asked.path.endswith("/models"):
            return MODELS
        for name, words in refused.items():
            if name in asked.payload and (name != "top_logprobs" or asked.payload[name] > 5):
                return (status, {}, json.dumps({"error": {"message": words}}).encode())
        return chat_body("Yes", first=FIRST if "logprobs" in asked.payload else None, **answer)

    return rule


def load(url: str, **options: Any) -> OpenAIJudge:
    quick = {"backoff": Backoff(first=0.01, longest=0.01), "frames": "images"}
    return OpenAIJudge("judge", base_url=url, **quick | options)


@pytest.mark.parametrize("words", ["unsupported: {}", "bad request"])
@pytest.mark.parametrize(
    ("names", "gives_p_yes"),
    [
        (["temperature"], True),
        (["max_completion_tokens"], True),
        (["top_logprobs"], True),
        (["logprobs"], False),
        (["temperature", "max_completion_tokens", "logprobs"], False),
        (["temperature", "max_completion_tokens", "top_logprobs"], True),
        (["max_completion_tokens", "logprobs"], False),
    ],
)
def test_what_the_first_request_shows_holds_for_all_others_and_is_part_of_the_judge(
    names: list[str],
    words: str,
    gives_p_yes: bool,
    start_server: StartServer,
    chat_body: Body,
    make_clip: Callable[..., Clip],
) -> None:
    server = start_server(refusing({n: words.format(n) for n in names}, chat_body))
    plain = load(start_server(refusing({}, chat_body)).url)
    judge = load(server.url)
    assert len(server.asked) <= 16
    judgements = judge.judge(make_clip(2), ["Is it red?", "Is it blue?"])
    assert [j.answer for j in judgements] == ["yes", "yes"]
    assert [j.p_yes is not None for j in judgements] == [gives_p_yes] * 2
    assert len(server.chats) == 2
    adapted: Any = judge.identity["adapted"]
    assert len(adapted) == len(names)
    assert judge.fingerprint != plain.fingerprint
    assert "adapted" not in plain.identity


@pytest.mark.parametrize("status", [403, 404, 500, 501])
def test_a_field_may_be_refused_by_a_status_that_says_something_else(
    status: int, start_server: StartServer, chat_body: Body
) -> None:
    words = "You are not allowed to request logprobs from this model"
    server = start_server(refusing({"logprobs": words}, chat_body, status=status))
    assert load(server.url).identity["adapted"] == ["no logprobs, so no P(yes)"]
    server = start_server(refusing({"logprobs": "no"}, chat_body, status=status))
    with pytest.raises(UserError, match=f"HTTP {status}: no"):
        load(server.url)


def test_a_request_that_no_change_mends_is_refused_with_the_last_words(
    start_server: StartServer,
) -> None:
    words = iter("abcdefghijklmnop")

    def rule(asked: Any) -> Any:
        return MODELS if asked.path.endswith("/models") else (400, {}, next(words).encode())

    server = start_server(rule)
    with pytest.raises(
        UserError, match=r"answer to a first request, got HTTP 400: f;.*mend --server-option seed,"
    ):
        load(server.url, server_option={"seed": 1})
    assert len(server.asked) <= 13


def test_thoughts_are_turned_off_where_the_template_can_and_else_fast_is_refused(
    start_server: StartServer, chat_body: Body
) -> None:
    def rule(asked: Any) -> Any:
        if asked.path.endswith("/models"):
            return MODELS
        off = asked.payload.get("chat_template_kwargs") == {"enable_thinking": False}
        return chat_body("Yes") if off else chat_body("Yes", reasoning_content="Well,")

    assert load(start_server(rule).url).identity["adapted"] == ["enable_thinking false"]
    paper = load(start_server(rule).url, protocol="paper")
    assert "adapted" not in paper.identity
    stubborn = start_server(
        lambda asked: (
            MODELS if asked.path.endswith("/models") else chat_body("<think>Well", finish="length")
        )
    )
    with pytest.raises(UserError, match=r"thinks before it answers.*--server-option reasoning"):
        load(stubborn.url)


def test_fields_of_the_users_own_are_sent_and_are_part_of_the_judge(
    start_server: StartServer, chat_body: Body
) -> None:
    server = start_server(refusing({}, chat_body))
    judge = load(server.url, server_option={"reasoning_effort": "low"})
    assert server.asked[-1].payload["reasoning_effort"] == "low"
    assert judge.identity["server_option"] == {"reasoning_effort": "low"}
    assert judge.fingerprint != load(server.url).fingerprint


def test_a_field_that_is_no_json_is_refused() -> None:
    with pytest.raises(UserError, match="--server-option seed: expected plain JSON, got nan"):
        load("http://127.0.0.1:9/v1", server_option={"seed": float("nan")})


@pytest.mark.parametrize("name", sorted(OWN_FIELDS))
def test_fields_of_the_judges_own_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"--server-option {name}: this field is the judge's own"):
        load("http://127.0.0.1:9/v1", server_option={name: 1})
