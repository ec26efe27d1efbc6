"""The judge before servers that fail, lie or are not there: a line, and never a yes or a no."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evaluators.frames import Clip
from evaluators.judges import load_judge
from evaluators.judges.base import fingerprint_of
from evaluators.judges.openai.judge import OpenAIJudge
from evaluators.judges.openai.request_rate import Backoff
from evaluators.judges.protocols import PROTOCOL_DEFAULTS
from omiti2v.errors import UserError

MODELS = b'{"object": "list", "data": [{"id": "judge"}, {"id": "owner/other"}]}'
SECRET = "sk-a-key-that-nobody-may-see"  # noqa: S105
QUESTIONS = ["Is it red?", "Is it blue?", "Is it gone?", "Is it there?"]

StartServer = Callable[..., Any]
Body = Callable[..., bytes]
MakeClip = Callable[..., Clip]


@pytest.fixture
def answering(chat_body: Body, start_server: StartServer) -> StartServer:
    """Starts a server that is set up well and treats the requests about frames by `fault`."""

    def start(fault: Callable[[Any], Any] | None = None) -> Any:
        def rule(asked: Any) -> Any:
            if asked.path.endswith("/models"):
                return MODELS
            return fault(asked) if fault and asked.about_frames else chat_body("Yes")

        return start_server(rule)

    return start


def asked_about(asked: Any) -> str:
    return str(asked.payload["messages"][0]["content"][-1]["text"]).rpartition("\n\n")[2]


FAILURES: dict[str, tuple[Any, str, str]] = {
    "wrong key": ((401, {}, b'{"error": {"message": "bad key"}}'), "error", "HTTP 401: bad key"),
    "no access": ((403, {}, b"{}"), "error", "HTTP 403: {}"),
    "no such model": ((404, {}, b'{"message": "gone"}'), "error", "HTTP 404: gone"),
    "too large": ((413, {}, b""), "error", "HTTP 413: no message"),
    "not valid": ((422, {}, b'{"detail": "no"}'), "error", "HTTP 422: no"),
    "busy": ((429, {}, b'{"error": "slow down"}'), "error", "HTTP 429: slow down (attempt 2)"),
    "broken": ((500, {}, b"Traceback\nof many\nlines"), "error", "HTTP 500: Traceback of many"),
    "gateway": ((502, {}, b"<html>\n</html>"), "error", "HTTP 502: <html> </html> (attempt 2)"),
    "moved": ((302, {"Location": "http://127.0.0.1:1/"}, b""), "error", "HTTP 302: no message"),
    "reset": ("reset", "error", "connection failed: "),
    "slow": ("slow", "error", "no whole answer in 1 seconds (attempt 1)"),
    "not JSON": (b"<html>Yes</html>", "error", "the server's answer is malformed: "),
    "half of it": (
        b'{"model": "judge", "choices": [{"mess',
        "error",
        "the server's answer is malf",
    ),
    "empty": (b"", "error", "the server's answer is malformed: "),
    "no choices": (b'{"model": "judge", "choices": []}', "error", "the server gave no choices"),
    "endless": (b" " * (1 << 24) + b"{}", "error", "expected an answer of at most 16777216 bytes"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_an_error_with_its_reason_and_is_logged(
    name: str, answering: StartServer, make_clip: MakeClip, caplog: pytest.LogCaptureFixture
) -> None:
    fault, answer, reason = FAILURES[name]
    judge = OpenAIJudge(
        "judge",
        base_url=answering(lambda _: fault).url,
        attempts=2,
        answer_timeout=1.0 if name == "slow" else 20.0,
        backoff=Backoff(first=0.01, longest=0.01),
    )
    with caplog.at_level(logging.WARNING):
        (judgement,) = judge.judge(make_clip(2), QUESTIONS[:1])
    assert (judgement.answer, judgement.p_yes, judgement.mass) == (answer, None, None)
    assert str(judgement.reason).startswith(reason)
    assert str(judgement.reason).isprintable()
    assert judgement.reason in caplog.messages


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"finish": "content_filter"}, "error"),
        ({"text": "The cup is not", "finish": "length"}, "unknown"),
        ({"refusal": "I can't help"}, "unknown"),
        ({"text": None}, "unknown"),
        ({"model": "another"}, "error"),
    ],
)
def test_an_answer_that_is_none_is_never_yes_or_no(
    answering: StartServer,
    chat_body: Body,
    make_clip: MakeClip,
    quick: dict[str, Any],
    options: dict[str, Any],
    answer: str,
) -> None:
    server = answering(lambda _: chat_body(**options))
    judge = OpenAIJudge("judge", base_url=server.url, **quick)
    (judgement,) = judge.judge(make_clip(2), QUESTIONS[:1])
    assert judgement.answer == answer
    assert judgement.reason


def test_a_failure_that_will_not_pass_is_not_tried_again(
    answering: StartServer, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    server = answering(lambda _: (400, {}, b'{"error": {"message": "too many images"}}'))
    judge = OpenAIJudge("judge", base_url=server.url, **quick)
    (judgement,) = judge.judge(make_clip(2), QUESTIONS[:1])
    assert judgement.reason == "HTTP 400: too many images"
    assert len(server.chats) == 1


def test_the_wait_that_the_server_asks_for_is_kept_by_all(
    answering: StartServer, chat_body: Body, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    held: list[float] = []

    def once(asked: Any) -> Any:
        if asked_about(asked) == QUESTIONS[1] and not held:
            held.append(asked.start)
            return (429, {"Retry-After": "1.5"}, b"{}")
        time.sleep(0.3)
        return chat_body("No")

    server = answering(once)
    judge = OpenAIJudge("judge", base_url=server.url, concurrency=2, **quick)
    assert [j.answer for j in judge.judge(make_clip(2), QUESTIONS)] == ["no"] * 4
    again = [asked for asked in server.chats if asked_about(asked) in (QUESTIONS[1], QUESTIONS[3])]
    assert len(again) == 3
    assert all(asked.start >= held[0] + 1.5 for asked in again[1:])


def test_a_wait_that_is_too_long_is_an_error_at_once(
    answering: StartServer, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    server = answering(lambda _: (429, {"Retry-After": "86400"}, b"{}"))
    judge = OpenAIJudge("judge", base_url=server.url, **quick)
    start = time.monotonic()
    (judgement,) = judge.judge(make_clip(2), QUESTIONS[:1])
    assert time.monotonic() - start < 5
    assert str(judgement.reason).endswith("asks to wait 86400 seconds, more than 300")


def test_the_first_question_goes_alone_and_the_others_together_after_it(
    answering: StartServer, chat_body: Body, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    lock = threading.Lock()
    under_way: list[str] = []
    most: list[int] = []

    def unhurried(asked: Any) -> bytes:
        with lock:
            under_way.append(asked_about(asked))
            most.append(len(under_way))
        time.sleep(0.3)
        with lock:
            under_way.remove(asked_about(asked))
        return chat_body("Yes" if asked_about(asked) in QUESTIONS[::2] else "No")

    server = answering(unhurried)
    judge = OpenAIJudge("judge", base_url=server.url, concurrency=2, **quick)
    judgements = judge.judge(make_clip(2), QUESTIONS)
    assert [judgement.answer for judgement in judgements] == ["yes", "no", "yes", "no"]
    first, *others = server.chats
    assert asked_about(first) == QUESTIONS[0]
    assert all(other.start >= first.start + 0.3 for other in others)
    assert max(most) == 2


def test_requests_keep_to_the_rate(
    answering: StartServer, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    server = answering()
    before = time.monotonic()
    judge = OpenAIJudge("judge", base_url=server.url, requests_per_minute=300, **quick)
    judge.judge(make_clip(2), QUESTIONS)
    starts = sorted(asked.start - before for asked in server.asked)
    assert len(starts) == 6
    assert all(start >= number * 0.2 for number, start in enumerate(starts))


def test_probabilities_are_asked_for_and_read(
    answering: StartServer, chat_body: Body, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    server = answering(lambda _: chat_body("Yes", first={"Yes": -0.1, "No": -2.5, "The": -6.0}))
    judge = OpenAIJudge("judge", base_url=server.url, **quick)
    (judgement,) = judge.judge(make_clip(2), QUESTIONS[:1])
    assert judgement.p_yes == pytest.approx(0.9168, abs=1e-3)
    (asked,) = server.chats
    wanted = {"temperature": 0, "logprobs": True, "top_logprobs": 20, "max_completion_tokens": 16}
    assert asked.payload | wanted == asked.payload
    silent = OpenAIJudge("judge", base_url=server.url, top_logprobs=0, **quick)
    silent.judge(make_clip(2), QUESTIONS[:1])
    assert "logprobs" not in server.chats[-1].payload


def test_the_papers_protocol_reads_what_the_model_writes_and_asks_for_no_probabilities(
    answering: StartServer, chat_body: Body, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    told = "The cup is not there, so I cannot say"
    server = answering(lambda _: chat_body(told, first={"Yes": -0.1, "No": -2.5}))
    judge = OpenAIJudge("judge", base_url=server.url, protocol="paper", **quick)
    (judgement,) = judge.judge(make_clip(2), QUESTIONS[:1])
    assert (judgement.answer, judgement.p_yes, judgement.mass) == ("no", None, None)
    (still,) = judge.judge(make_clip(1), QUESTIONS[:1])  # is not sent
    assert (still.answer, str(still.reason)[:24]) == ("unknown", "a video of one frame, wh")
    (asked,) = server.chats
    assert asked.payload["max_completion_tokens"] == 128
    assert "logprobs" not in asked.payload
    (turn,) = asked.payload["messages"]
    assert turn["content"][-1]["text"] == PROTOCOL_DEFAULTS["paper"].prompt.format(
        question=QUESTIONS[0]
    )
    assert judge.frame_rule == PROTOCOL_DEFAULTS["paper"].frame_rule
    ours = OpenAIJudge("judge", base_url=server.url, protocol="paper", parsing="strict", **quick)
    assert ours.judge(make_clip(2), QUESTIONS[:1])[0].answer == "unknown"
    assert len({judge.fingerprint, ours.fingerprint}) == 2


def test_a_question_with_a_control_token_never_reaches_the_server(
    answering: StartServer, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    server = answering()
    judge = OpenAIJudge("judge", base_url=server.url, **quick)
    answers = judge.judge(make_clip(2), ["Is it <|im_end|> red?", "Is it blue?"])
    assert [judgement.answer for judgement in answers] == ["error", "yes"]
    assert [asked_about(asked) for asked in server.chats] == ["Is it blue?"]
    assert judge.judge(make_clip(2), []) == []


def test_frames_that_cannot_be_sent_are_an_error(
    answering: StartServer, make_clip: MakeClip, quick: dict[str, Any]
) -> None:
    good = make_clip(2)
    clip = Clip(good.frames, good.times, good.indices, np.nan)
    judge = OpenAIJudge("judge", base_url=answering().url, frames="video-mp4", **quick)
    (judgement,) = judge.judge(clip, QUESTIONS[:1])
    assert judgement.answer == "error"
    assert "positive frame rate" in str(judgement.reason)


def test_the_key_is_sent_and_written_nowhere(
    answering: StartServer,
    make_clip: MakeClip,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    quick: dict[str, Any],
) -> None:
    monkeypatch.setenv("JUDGE_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    told = f'{{"error": {{"message": "Incorrect API key: {SECRET}"}}}}'.encode()
    server = answering(lambda _: (401, {}, told))
    with caplog.at_level(logging.DEBUG):
        judge = OpenAIJudge("judge", base_url=server.url, api_key_env="JUDGE_KEY", **quick)
        (judgement,) = judge.judge(make_clip(2), QUESTIONS[:1])
    assert {asked.authorization for asked in server.asked} == {f"Bearer {SECRET}"}
    assert judgement.reason == "HTTP 401: Incorrect API key: ***"
    assert SECRET not in caplog.text + repr(judge.identity) + repr(judgement)


def test_without_a_named_variable_no_key_is_sent(
    answering: StartServer, monkeypatch: pytest.MonkeyPatch, quick: dict[str, Any]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    server = answering()
    OpenAIJudge("judge", base_url=server.url, **quick)
    assert {asked.authorization for asked in server.asked} == {None}


def test_what_answers_depend_on_changes_the_fingerprint_and_the_address_does_not(
    answering: StartServer, chat_body: Body, start_server: StartServer, quick: dict[str, Any]
) -> None:
    server = answering()
    judge = OpenAIJudge("judge", base_url=server.url, **quick)
    assert judge.fingerprint == fingerprint_of(judge.identity)
    assert "127.0.0.1" not in repr(judge.identity)
    same = OpenAIJudge("judge", base_url=f"{answering().url}/", concurrency=1, **quick)
    assert same.fingerprint == judge.fingerprint
    speaking = start_server(lambda _: chat_body("Yes", first={"Yes": -0.1, "No": -2.5}))
    others = [
        OpenAIJudge("judge", base_url=server.url, **quick, **{name: value}).fingerprint
        for name, value in {
            "prompt": "Look. {question}",
            "frames": "video-jpeg",
            "image_format": "png",
            "max_pixels": 100,
            "threshold": 0.6,
            "max_tokens": 8,
            "revision": "abc",
        }.items()
    ]
    others.append(OpenAIJudge("judge", base_url=speaking.url, **quick).fingerprint)
    assert len({judge.fingerprint, *others}) == 9


def test_a_path_of_the_server_is_not_published(
    chat_body: Body, start_server: StartServer, quick: dict[str, Any]
) -> None:
    server = start_server(lambda _: chat_body("Yes", model="/home/someone/models/qwen"))
    judge = OpenAIJudge("/home/someone/models/qwen", base_url=server.url, **quick)
    other = OpenAIJudge("/elsewhere/qwen", base_url=server.url, **quick)
    assert judge.name.startswith("qwen#")
    assert "someone" not in repr(judge.identity)
    assert judge.fingerprint != other.fingerprint


def refusal(url: str, **options: Any) -> str:
    options = {"backoff": Backoff(first=0.01, longest=0.01), "connect_timeout": 2.0} | options
    with pytest.raises(UserError) as caught:
        OpenAIJudge("judge", base_url=url, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": "slow"}, "protocol: expected one of fast, paper, got 'slow'"),
        ({"parsing": "paper"}, "parsing: goes with the protocol paper, got paper with fast"),
        ({"prompt": "Yes?"}, "prompt: expected {question} in it once, got 'Yes?'"),
        ({"frames": "gif"}, "frames: expected one of images, video-jpeg, video-mp4, got 'gif'"),
        ({"image_format": "gif"}, "image_format: expected one of jpeg, png, got 'gif'"),
        ({"threshold": 1.5}, "threshold: expected a number from 0 to 1, got 1.5"),
        ({"top_logprobs": 21}, "top_logprobs: expected a number from 0 to 20, got 21"),
        ({"concurrency": 0}, "concurrency: expected at least 1, got 0"),
        ({"attempts": 0}, "attempts: expected at least 1, got 0"),
        ({"max_tokens": 0}, "max_tokens: expected at least 1, got 0"),
        ({"answer_timeout": 0}, "answer_timeout: expected a positive number, got 0"),
        ({"requests_per_minute": -1}, "requests_per_minute: expected a positive number, got -1"),
    ],
)
def test_an_option_that_is_not_valid_is_refused(options: dict[str, Any], message: str) -> None:
    assert refusal("http://127.0.0.1:9/v1", **options) == message


def test_a_missing_extra_gives_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)  # makes the import fail as if not installed
    with pytest.raises(UserError) as caught:
        load_judge("openai:judge", base_url="http://127.0.0.1:9/v1")
    assert str(caught.value) == (
        'openai:judge needs httpx2, which is not installed: pip install "omiti2v[openai]"'
    )


def test_the_judge_needs_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, evaluators.judges.openai.judge; "
        "print([n for n in ('torch', 'transformers', 'openai') if n in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")
