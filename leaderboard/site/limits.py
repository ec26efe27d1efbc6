"""What one visitor may cost, and all together: open pages, messages, and uploads in memory."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from leaderboard.entries.run_zip import DEFAULT_UPLOAD_LIMITS
from leaderboard.site.asgi import App, Message, Receive, Scope, Send, header_values, refuse

_FILE = DEFAULT_UPLOAD_LIMITS.max_zip_bytes + (1 << 20)  # with what a form adds to it


@dataclass(frozen=True)
class VisitorLimits:
    """Limits of a served page. Who exceeds one waits or is turned away; nobody is cut off.

    Attributes:
        sockets: Pages open at once. Each costs four file descriptors with its session, and the
            framework keeps 128 sessions more for those who come back: together under the usual
            1,024.
        message_bytes: Size of a message. The longest ordinary ones, with every control of a page
            and the text of a note, are some kilobytes.
        burst: Messages of a page that pass at once. Opening one takes one to three.
        per_second: Messages of a page after those; the others wait in the socket. A person who
            works at the keyboard stays under it, and a run of the script over a board of 1,000
            entries, 170 ms of the one processor that Python uses, leaves room for others.
        all_burst, all_per_second: The same for all pages together. A run over an ordinary board
            takes some 20 ms, so that half of the processor is left.
        session_bytes: Uploads held for a page: one file, and another that takes its place.
        all_bytes: Uploads held for all pages, those on their way included.
        least_bytes: What an upload counts at least, for what is kept beside its content.
        upload_seconds: How long an upload may take: 64 MiB at 2 Mbit/s.
    """

    sockets: int = 100
    message_bytes: int = 1 << 20
    burst: int = 10
    per_second: float = 2.0
    all_burst: int = 20
    all_per_second: float = 20.0
    session_bytes: int = 2 * _FILE
    all_bytes: int = 4 * _FILE
    least_bytes: int = 64 << 10
    upload_seconds: float = 300.0


class Pace:
    """Spaces what comes too fast: at once up to a burst, then evenly.

    Args:
        per_second: How many a second.
        burst: How many at once.
    """

    def __init__(self, per_second: float, burst: int) -> None:
        self._step = 1 / per_second
        self._slack = burst * self._step
        self._due = float("-inf")

    def wait(self, now: float) -> float:
        """Take the next place; the seconds until it comes."""
        self._due = max(self._due, now - self._slack) + self._step
        return max(0.0, self._due - now)


class MessageLimits:
    """Bounds the open WebSockets of a page and how fast their messages come.

    A message that comes too early waits, and with it the socket: nothing is read from it meanwhile,
    so that who sends faster fills its own buffers. As each socket has one message waiting at most,
    all get their turn.

    Args:
        app: The page, as an ASGI application.
        limits: Of the page.
    """

    def __init__(self, app: App, *, limits: VisitorLimits) -> None:
        self._app = app
        self._limits = limits
        self._all = Pace(limits.all_per_second, limits.all_burst)
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
        elif self._open >= self._limits.sockets:
            await refuse(scope, receive, send, 503, "too many pages are open")
        else:
            self._open += 1
            try:
                await self._run(scope, receive, send)
            finally:
                self._open -= 1

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = False

        async def note_leaving(message: Message) -> None:
            nonlocal left
            try:
                await send(message)
            except OSError:
                left = True
                raise

        try:
            await self._app(scope, self._paced(receive), note_leaving)
        except Exception:
            # While its message waited, the visitor may have gone. Then the framework finds a socket
            # that it has closed itself, which is nothing to report.
            if not left:
                raise

    def _paced(self, receive: Receive) -> Receive:
        own = Pace(self._limits.per_second, self._limits.burst)

        async def next_message() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                # One after the other: who has to wait for itself takes no place among all.
                await asyncio.sleep(own.wait(time.monotonic()))
                await asyncio.sleep(self._all.wait(time.monotonic()))
            return message

        return next_message


class UploadLimits:
    """Bounds what uploads hold in memory, by the length that they announce.

    Every request with a body counts while it runs. A file that was put (`PUT`) counts until the
    same address is deleted (`DELETE`) or its owner forgotten. The owner is the address up to the
    last slash.

    Args:
        app: The page, as an ASGI application.
        limits: Of the page.
    """

    def __init__(self, app: App, *, limits: VisitorLimits) -> None:
        self._app = app
        self._limits = limits
        self._kept: dict[str, dict[str, int]] = {}
        self._coming: dict[str, int] = {}

    def owners(self) -> list[str]:
        """The addresses that files are kept under."""
        return list(self._kept)

    def forget(self, owner: str) -> None:
        """Count what was put under an address no longer: it has been dropped."""
        self._kept.pop(owner, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        owner, _, file = scope["path"].rpartition("/")
        if scope["method"] == "DELETE":
            if await self._status(scope, receive, send) < 300:
                self._drop(owner, file)
            return
        length = header_values(scope, "content-length")
        # A length beside a transfer encoding is not the one that counts.
        if len(length) != 1 or header_values(scope, "transfer-encoding"):
            await refuse(scope, receive, send, 411, "expected one Content-Length and no chunks")
            return
        size = max(int(length[0]), self._limits.least_bytes)
        if self._held(owner) + size > self._limits.session_bytes:
            await refuse(scope, receive, send, 413, "too much is kept for this page already")
        elif sum(map(self._held, {*self._kept, *self._coming})) + size > self._limits.all_bytes:
            await refuse(scope, receive, send, 503, "the server is full; try again in a minute")
        else:
            self._coming[owner] = self._coming.get(owner, 0) + size
            try:
                status = await self._status(scope, receive, send)
            finally:
                self._coming[owner] -= size
                if not self._coming[owner]:
                    del self._coming[owner]
            if scope["method"] == "PUT" and status < 300:
                self._kept.setdefault(owner, {})[file] = size

    def _held(self, owner: str) -> int:
        return sum(self._kept.get(owner, {}).values()) + self._coming.get(owner, 0)

    def _drop(self, owner: str, file: str) -> None:
        files = self._kept.get(owner, {})
        files.pop(file, None)
        if not files:
            self._kept.pop(owner, None)

    async def _status(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Pass a request on, for so long; the status of the answer."""
        found = 0

        async def note_status(message: Message) -> None:
            nonlocal found
            if message["type"] == "http.response.start":
                found = message["status"]
            await send(message)

        try:
            async with asyncio.timeout(self._limits.upload_seconds):
                await self._app(scope, receive, note_status)
        except TimeoutError:
            if not found:
                found = 408
                await refuse(scope, receive, send, found, "the upload took too long")
        return found or 500
