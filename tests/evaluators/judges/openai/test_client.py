"""Requests are tried again until they are answered, or end with one line why not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from evaluators.judges.openai.client import Client
from evaluators.judges.openai.connection import tls_settings
from evaluators.judges.openai.failure import RequestFailedError
from evaluators.judges.openai.reply import MalformedReplyError
from evaluators.judges.openai.request_rate import Backoff
from omiti2v.errors import UserError

SECRET = "sk-a-key-that-nobody-may-see"  # noqa: S105

StartServer = Callable[..., Any]


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Makes clients that wait next to nothing and try three times."""
    clients: list[Client] = []

    def build(url: str, **options: Any) -> Client:
        usual = {
            "key": None,
            "concurrency": 2,
            "per_minute": None,
            "attempts": 3,
            "backoff": Backoff(first=0.001, longest=0.001),
            "longest_wait": 5.0,
            "connect_timeout": 5.0,
            "answer_timeout": 5.0,
        }
        clients.append(Client(url, **usual | options))
        return clients[-1]

    yield build
    for client in clients:
        client.close()


def test_a_post_is_json_below_the_address_and_its_body_is_read(
    start_server: StartServer, connect: Callable[..., Client]
) -> None:
    server = start_server(lambda _: b'{"a": 1}')
    assert connect(f"{server.url}/", key=SECRET).post("/chat", {"q": "é"}, json.loads) == {"a": 1}
    (asked,) = server.asked
    assert (asked.path, asked.payload) == ("/v1/chat", {"q": "é"})
    assert asked.authorization == f"Bearer {SECRET}"


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_what_may_pass_is_tried_again(
    status: int, start_server: StartServer, connect: Callable[..., Client]
) -> None:
    server = start_server(lambda asked: (status, {}, b"{}") if asked.number < 2 else b"[1]")
    assert connect(server.url).get("/models", json.loads) == [1]
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [301, 400, 401, 404, 422])
def test_what_will_not_pass_is_not_tried_again(
    status: int, start_server: StartServer, connect: Callable[..., Client]
) -> None:
    server = start_server(lambda _: (status, {}, b'{"error": {"message": "no"}}'))
    with pytest.raises(RequestFailedError) as caught:
        connect(server.url).get("/models", json.loads)
    assert (str(caught.value), caught.value.status) == (f"HTTP {status}: no", status)
    assert len(server.asked) == 1


def test_a_reply_that_can_not_be_read_is_another_attempt(
    start_server: StartServer, connect: Callable[..., Client]
) -> None:
    def read(body: bytes) -> str:
        raise MalformedReplyError("not\x1b[31m it")

    server = start_server(lambda _: b"{}")
    with pytest.raises(RequestFailedError) as caught:
        connect(server.url).get("/models", read, attempts=2)
    assert str(caught.value) == "not [31m it (attempt 2)"
    assert len(server.asked) == 2


def test_a_redirect_is_not_followed(
    start_server: StartServer, connect: Callable[..., Client]
) -> None:
    other = start_server(lambda _: b"{}")
    server = start_server(lambda _: (307, {"Location": other.url}, b""))
    with pytest.raises(RequestFailedError, match="HTTP 307"):
        connect(server.url, key=SECRET).get("/models", json.loads)
    assert other.asked == []


def test_an_answer_in_drops_ends_in_time(
    start_server: StartServer, connect: Callable[..., Client]
) -> None:
    whole = start_server(lambda _: b"[" + b" " * 200 + b"]")
    server = start_server(lambda _: "drops", target=whole.url)
    start = time.monotonic()
    with pytest.raises(RequestFailedError, match=r"no whole answer in 0\.3 seconds") as caught:
        connect(server.url, answer_timeout=0.3, attempts=1).get("/models", json.loads)
    assert time.monotonic() - start < 3
    assert caught.value.status is None


def test_a_long_complaint_is_cut_and_the_key_is_hidden(
    start_server: StartServer, connect: Callable[..., Client]
) -> None:
    said = json.dumps({"error": {"message": f"bad key {SECRET} " + "x" * 500}}).encode()
    server = start_server(lambda _: (401, {}, said))
    with pytest.raises(RequestFailedError) as caught:
        connect(server.url, key=SECRET).get("/models", json.loads)
    assert str(caught.value).startswith("HTTP 401: bad key *** xxx")
    assert len(str(caught.value)) == 240


@pytest.mark.parametrize("key", [SECRET, 'sk-a/"b\\c+d'])
@pytest.mark.parametrize("status", [200, 401])
def test_the_key_is_taken_out_of_all_that_a_server_says_however_it_spells_it(
    status: int, key: str, start_server: StartServer, connect: Callable[..., Client]
) -> None:
    plain = json.dumps({"model": f"of {key}."})
    for said in (plain, plain.replace("/", "\\/").replace("+", "\\u002b").replace("-", "\\u002D")):
        answer = (status, {}, said.encode())
        client = connect(start_server(lambda _, answer=answer: answer).url, key=key)
        if status == 200:
            assert client.get("/models", json.loads) == {"model": "of ***."}
        else:
            with pytest.raises(RequestFailedError) as caught:
                client.get("/models", json.loads)
            assert "of ***." in str(caught.value)
            assert "of ***." in caught.value.body


def test_after_a_first_answer_the_others_are_waited_for_less_long(
    start_server: StartServer, connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_LEAST_PATIENCE", 0.2), ("_PATIENCE", 1)):
        monkeypatch.setattr(f"evaluators.judges.openai.client.{name}", value)
    server = start_server(lambda asked: "slow" if asked.number in (0, 2, 3) else b"[1]")
    client = connect(server.url, answer_timeout=0.5)
    late: list[RequestFailedError] = []

    def ask() -> None:
        client.post("/chat", {}, json.loads, late=late)

    with pytest.raises(RequestFailedError, match=r"no whole answer in 0\.5 seconds \(attempt 1\)"):
        ask()
    ask()
    with pytest.raises(RequestFailedError, match=r"no whole answer in 0\.2 seconds \(attempt 2\)"):
        ask()
    assert [str(one) for one in late] == [
        f"no whole answer in {limit} seconds" for limit in (0.5, 0.2, 0.2)
    ]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5://user:secret@127.0.0.1:9"),
        ("http_proxy", "nonsense://user:secret@x"),
        ("SSL_CERT_FILE", "/nowhere/secret.pem"),
    ],
)
def test_an_environment_that_allows_no_connection_is_one_line(
    variable: str,
    value: str,
    connect: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value)
    tls_settings.cache_clear()
    with pytest.raises(UserError, match=f"^{variable}: expected .* mend or unset it$") as caught:
        connect("http://127.0.0.1:9").get("/models", json.loads)
    assert "secret" not in str(caught.value)
