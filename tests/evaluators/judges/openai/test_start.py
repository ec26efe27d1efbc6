"""Before the first question: one line says what is wrong with address, key, model or server."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from evaluators.judges.openai.judge import OpenAIJudge
from evaluators.judges.openai.request_rate import Backoff
from evaluators.judges.openai.start import check_url, public_name, read_key
from omiti2v.errors import UserError

MODELS = b'{"object": "list", "data": [{"id": "judge"}, {"id": "owner/other"}]}'
SECRET = "sk-a-key-that-nobody-may-see"  # noqa: S105

StartServer = Callable[..., Any]


def refusal(url: str, **options: Any) -> str:
    options = {"backoff": Backoff(first=0.01, longest=0.01), "connect_timeout": 2.0} | options
    with pytest.raises(UserError) as caught:
        OpenAIJudge("judge", base_url=url, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("value", [None, "", "  ", "sk-\nX: y", "schlüssel"])
def test_a_key_that_is_missing_or_no_key_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("JUDGE_KEY", raising=False)
    else:
        monkeypatch.setenv("JUDGE_KEY", value)
    with pytest.raises(UserError, match=r"^JUDGE_KEY: expected") as caught:
        OpenAIJudge("judge", base_url="http://127.0.0.1:9/v1", api_key_env="JUDGE_KEY")
    assert "schl" not in str(caught.value)


def test_a_server_that_is_not_there_is_one_line_with_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        line = refusal(url)
    assert line.startswith(f"{url}: the server can't be reached: connection failed: ConnectError")
    assert line.endswith("start it, or mend the base URL, which usually ends in /v1")


def test_a_server_that_refuses_the_key_is_one_line_with_what_to_do(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", SECRET)
    told = f'{{"error": {{"message": "bad key {SECRET}"}}}}'.encode()
    line = refusal(start_server(lambda _: (401, {}, told)).url, api_key_env="JUDGE_KEY")
    assert "the server refuses access: HTTP 401: bad key ***; give the name of" in line


def test_a_model_that_is_not_there_is_one_line_with_those_that_are(
    start_server: StartServer,
) -> None:
    def rule(asked: Any) -> Any:
        missing = (404, {}, b'{"error": {"message": "The model judge does not exist"}}')
        return MODELS if asked.path.endswith("/models") else missing

    line = refusal(start_server(rule).url)
    assert "got HTTP 404: The model judge does not exist; the server lists these models: " in line
    assert "judge, owner/other; give one that it serves" in line


def test_another_website_is_one_line(start_server: StartServer) -> None:
    line = refusal(start_server(lambda _: b"<html>Welcome</html>").url, attempts=1)
    assert "expected an answer to a first request, got the server's answer is malformed" in line


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://host/v1", "http://", "http://h:99999/v1", "http://h/v1?key=1"],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert "base URL: expected one as http://localhost:8000/v1" in refusal(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    line = refusal(f"http://user:{SECRET}@127.0.0.1/v1")
    assert line.startswith("base URL: holds a user name or password")
    assert SECRET not in line


def test_a_key_is_read_without_the_spaces_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_KEY", f" {SECRET}\n")
    assert read_key("JUDGE_KEY") == SECRET
    assert read_key(None) is None


@pytest.mark.parametrize(
    ("url", "has_key", "warned"),
    [
        ("http://example.org/v1", True, True),
        ("http://example.org/v1", False, False),
        ("https://example.org/v1", True, False),
        ("http://localhost:8000/v1", True, False),
    ],
)
def test_a_key_that_would_travel_unencrypted_is_warned_of(
    url: str, has_key: bool, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert check_url(url, has_key=has_key) == url
    assert ("the API key is sent unencrypted" in caplog.text) == warned


PATHS = ("/home/a/qwen", "~/qwen", r"C:\Users\a\qwen", "C:/Users/a/qwen", r"\\host\a\qwen\\")


def test_a_path_loses_its_folders_and_stays_another_than_those_of_its_name() -> None:
    assert public_name("owner/model") == "owner/model"
    names = {public_name(path) for path in (*PATHS, "/home/b/qwen")}
    assert len(names) == 6
    assert all(name.startswith("qwen#") and len(name) == 17 for name in names)
