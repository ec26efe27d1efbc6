"""The few types of an ASGI application, and how a request is turned away.

What stands before a page speaks ASGI alone, so that it serves any framework's pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY_VIOLATION = 1008
"""The code that a refused WebSocket is closed with; browsers see a failed handshake."""


def header_values(scope: Scope, name: str) -> list[str]:
    """All values of a request's header, by its name in small letters."""
    wanted = name.encode()
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == wanted]


async def respond(
    send: Send,
    status: int,
    body: str,
    *,
    kind: str = "plain",
    headers: dict[str, str] | None = None,
) -> None:
    """Answer an HTTP request with a short text that no cache keeps.

    Args:
        send: Of the request.
        status: Of the answer.
        body: The text.
        kind: `plain` or `html`.
        headers: Further ones.
    """
    content = body.encode()
    found = {
        "content-type": f"text/{kind}; charset=utf-8",
        "content-length": str(len(content)),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        **(headers or {}),
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in found.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    """Turn a request away: HTTP with a status and a line, a WebSocket before it is opened."""
    if scope["type"] == "websocket":
        await receive()  # the wish to connect
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": reason})
    else:
        await respond(send, status, reason + "\n")
