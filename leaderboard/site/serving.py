"""Serving an ASGI application to a browser, behind what stands before every page here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine

import uvicorn

from leaderboard.site.access import AccessGate, local_hosts
from leaderboard.site.asgi import App
from leaderboard.site.limits import MessageLimits, UploadLimits, VisitorLimits
from omiti2v.errors import UserError

LIMITS = VisitorLimits()

Companion = Callable[[UploadLimits], Coroutine[None, None, None]]


def serve(
    app: App,
    *,
    address: str,
    port: int,
    token: str | None = None,
    companion: Companion | None = None,
) -> None:
    """Serve until interrupted.

    Args:
        app: The pages.
        address, port: To listen on.
        token: What a browser must bring to see the pages, see `AccessGate`; None for everyone.
        companion: Runs beside the server, for as long as it does.

    Raises:
        UserError: The port is taken, or the address is not this computer's.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listening = socket.create_server((address, port), family=family)
    except OSError as error:
        raise UserError(
            f"{address}:{port}: {error.strerror}; expected a free port of this computer, choose "
            "another with --port"
        ) from error
    uploads = UploadLimits(app, limits=LIMITS)
    gate = AccessGate(
        MessageLimits(uploads, limits=LIMITS),
        hosts=local_hosts(address, port),
        token=token,
        cookie=f"omiti2v-{port}",
    )
    server = uvicorn.Server(
        uvicorn.Config(
            gate,
            log_level="warning",
            access_log=False,
            # This one reads no further from a socket whose last message was not taken.
            ws="websockets-sansio",
            ws_max_size=LIMITS.message_bytes,
            ws_per_message_deflate=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )
    with listening:
        asyncio.run(_run(server, listening, companion(uploads) if companion else None))


async def _run(
    server: uvicorn.Server, listening: socket.socket, companion: Coroutine[None, None, None] | None
) -> None:
    beside = asyncio.create_task(companion) if companion else None
    await server.serve(sockets=[listening])
    if beside:
        beside.cancel()
