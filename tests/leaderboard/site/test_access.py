"""Which requests are a page's own, by their headers alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from leaderboard.site.access import AccessGate, local_hosts, why_foreign
from leaderboard.site.asgi import Message, Receive, Scope, Send, respond

KNOWN = local_hosts("127.0.0.1", 8502)
TOKEN = "a-token-of-this-page"  # noqa: S105


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await respond(send, 200, "the page")


def ask(
    gate: AccessGate, *, kind: str = "http", query: str = "", **headers: str
) -> tuple[Any, dict[str, str]]:
    """Status of the answer or the kind of a WebSocket's, and its headers."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "method": "GET",
        "path": "/",
        "query_string": query.encode(),
        "headers": [
            (name.encode(), text.encode())
            for name, text in ({"host": "127.0.0.1:8502"} | headers).items()
        ],
    }
    asyncio.run(gate(scope, receive, send))
    found = {key.decode(): value.decode() for key, value in sent[0].get("headers", [])}
    return sent[0].get("status", sent[0]["type"]), found


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_an_address_of_this_computer_has_known_names(address: str) -> None:
    hosts = local_hosts(address, 8502)
    assert hosts is not None
    assert {"127.0.0.1:8502", "localhost:8502", "[::1]:8502"} <= hosts


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "board.example.org"])  # noqa: S104
def test_an_address_that_others_reach_may_have_any_name(address: str) -> None:
    assert local_hosts(address, 8502) is None


def test_browsers_leave_out_the_port_of_the_web() -> None:
    assert "localhost" in (local_hosts("127.0.0.1", 80) or ())


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8502", None),
        ("localhost:8502", None),
        ("LOCALHOST:8502", "http://localhost:8502"),
        ("[::1]:8502", "http://[::1]:8502"),
    ],
)
def test_the_page_itself_may_call_a_local_page(host: str, origin: str | None) -> None:
    assert why_foreign([host], [origin] if origin else [], KNOWN) is None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:8502", "http://evil.example:8502"),  # a name that resolves to this computer
        ("evil.example:8502", None),
        ("127.0.0.1", None),
        ("127.0.0.1:8503", None),
        ("localhost:8502.evil.example", None),
        ("127.0.0.1:8502", "http://localhost:8502"),
        ("127.0.0.1:8502", "http://127.0.0.1:3000"),
        ("127.0.0.1:8502", "http://localhost:3000"),
        ("127.0.0.1:8502", "https://127.0.0.1:8502"),
        ("127.0.0.1:8502", "null"),
    ],
)
def test_other_names_other_pages_and_other_ports_may_not(host: str, origin: str | None) -> None:
    assert why_foreign([host], [origin] if origin else [], KNOWN)


def test_who_names_no_host_or_two_is_turned_away() -> None:
    assert why_foreign([], [], KNOWN)
    assert why_foreign(["127.0.0.1:8502", "evil.example"], [], KNOWN)
    assert why_foreign(["127.0.0.1:8502"], ["http://127.0.0.1:8502", "http://evil"], None)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_behind_a_proxy_the_page_that_calls_must_have_the_name_that_is_called(scheme: str) -> None:
    assert why_foreign(["board.example"], [f"{scheme}://board.example"], None) is None
    assert why_foreign(["board.example"], [f"{scheme}://evil.example"], None)
    assert why_foreign(["board.example"], [f"{scheme}://board.example:99"], None)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_foreign_requests_never_reach_the_page(kind: str) -> None:
    gate = AccessGate(page, hosts=KNOWN)
    assert ask(gate, kind=kind)[0] in (200, "websocket.accept")
    for headers in ({"host": "evil.example"}, {"origin": "http://localhost:3000"}):
        assert ask(gate, kind=kind, **headers)[0] in (403, "websocket.close")


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_without_its_token_nothing_of_a_page_is_seen(kind: str) -> None:
    gate = AccessGate(page, hosts=KNOWN, token=TOKEN, cookie="ours")
    for cookie in (
        "",
        "ours=",
        "ours=another",
        f"other={TOKEN}",
        f"ours={TOKEN}x",
        "ours=é",
        "=;=",
    ):
        assert ask(gate, kind=kind, cookie=cookie)[0] in (403, "websocket.close"), cookie
    for query in ("token=", "token=another", f"token={TOKEN}x"):
        assert ask(gate, kind=kind, query=query)[0] in (403, "websocket.close"), query
    kept = f'of another page={{"; ours={TOKEN}'
    assert ask(gate, kind=kind, cookie=kept)[0] in (200, "websocket.accept")


def test_the_link_leaves_the_token_in_a_cookie_and_goes_on_to_the_page() -> None:
    gate = AccessGate(page, hosts=KNOWN, token=TOKEN, cookie="ours")
    status, headers = ask(gate, query=f"token={TOKEN}")
    assert status == 200
    assert headers["set-cookie"] == f"ours={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    assert headers["cache-control"] == "no-store"


def test_the_link_does_not_work_from_elsewhere() -> None:
    gate = AccessGate(page, hosts=KNOWN, token=TOKEN)
    assert ask(gate, query=f"token={TOKEN}", host="evil.example:8502")[0] == 403
    assert ask(gate, query=f"token={TOKEN}", kind="websocket")[0] == "websocket.close"
