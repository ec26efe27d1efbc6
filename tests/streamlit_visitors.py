"""Served pages, and visitors without a browser: Streamlit's own messages over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

XSRF = "_streamlit_xsrf"


@dataclass(frozen=True)
class Served:
    """A page that is being served.

    Attributes:
        link: The address that the command printed.
        process: The number of its process.
    """

    link: str
    process: int

    @property
    def url(self) -> str:
        """The address without path and token."""
        return self.link.partition("/?")[0]


@contextmanager
def served(home: Path, *command: str) -> Iterator[Served]:
    """Run a command of ours that serves a page, on a free port, until it answers and then on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home / f"log-{port}.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "omiti2v", *command, "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(home)},
        )
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until and process.poll() is None:
                try:
                    answer(f"http://127.0.0.1:{port}/")
                    break
                except OSError:
                    time.sleep(0.1)
            found = re.search(rf"http://127\.0\.0\.1:{port}\S*", log.read_text())
            assert found and process.poll() is None, log.read_text()[-2000:]
            yield Served(found.group(), process.pid)
        finally:
            process.terminate()
            process.wait(30)


def rerun_message() -> bytes:
    """What a browser sends when it opens a page, and after every change of a control."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    return message.SerializeToString()


@dataclass(frozen=True)
class Visit:
    """An open page.

    Attributes:
        socket: Its WebSocket.
        session: Its id.
        seconds: From opening the socket to the end of the first run of the script.
    """

    socket: ClientConnection
    session: str
    seconds: float


@asynccontextmanager
async def visit(
    url: str,
    *,
    name: str | None = None,
    headers: Mapping[str, str] | None = None,
    patience: float = 60,
) -> AsyncIterator[Visit]:
    """Open a page as a browser does and wait until its script has run.

    Args:
        url: Of the page.
        name: Another name that resolves to the same computer, as the browser sees it.
        headers: Further ones of the handshake; `Origin` is the page's own where it is left out.
        patience: Seconds to wait.
    """
    place = urllib.parse.urlsplit(url)
    seen = f"{name}:{place.port}" if name else place.netloc
    start = time.perf_counter()
    async with connect(
        f"ws://{seen}/_stcore/stream",
        host=place.hostname,
        port=place.port,
        additional_headers={"Origin": f"http://{seen}"} | dict(headers or {}),
        max_size=None,
        open_timeout=patience,
        ping_interval=None,
        close_timeout=1,  # who was sending too fast is not heard at once
        proxy=None,
    ) as socket:
        await socket.send(rerun_message())
        session = await asyncio.wait_for(first_run(socket), patience)
        yield Visit(socket, session, time.perf_counter() - start)


async def try_visit(url: str, **options: Any) -> int:
    """The status that opening a page ends with: 101 where its script has run."""
    try:
        async with visit(url, **options):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def first_run(socket: ClientConnection) -> str:
    """Read until a script has run; the id of the session."""
    session = ""
    async for data in socket:
        message = ForwardMsg()
        message.ParseFromString(bytes(data, "utf8") if isinstance(data, str) else data)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            session = message.new_session.initialize.session_id
        elif kind == "script_finished" and session:
            return session
    raise AssertionError("the page was closed before its script had run")


async def drain(socket: ClientConnection) -> None:
    """Read and forget all that the server sends."""
    async for _ in socket:
        pass


def answer(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and content of an answer; redirects are not followed."""

    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=timeout)
    try:
        # A server may refuse before it has read the whole body.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            path = url.partition(place.netloc)[2] or "/"
            connection.request(method, path, body=body, headers=dict(headers or {}))
        found = connection.getresponse()
        return found.status, {k.lower(): v for k, v in found.getheaders()}, found.read()
    finally:
        connection.close()


def upload(url: str, session: str, file_id: str, content: bytes) -> int:
    """Put a file into a session, under any id; the status of the answer."""
    _, headers, _ = answer(f"{url}/_stcore/health")
    found = headers.get("set-cookie", "")
    token = found.partition(f"{XSRF}=")[2].partition(";")[0]
    border = "border-of-parts"
    body = (
        (
            f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="run.zip"\r\n'
            "Content-Type: application/zip\r\n\r\n"
        ).encode()
        + content
        + f"\r\n--{border}--\r\n".encode()
    )
    status, _, _ = answer(
        f"{url}/_stcore/upload_file/{session}/{file_id}",
        method="PUT",
        body=body,
        headers={
            "Content-Type": f"multipart/form-data; boundary={border}",
            "Cookie": f"{XSRF}={token}",
            "X-Xsrftoken": urllib.parse.unquote(token).strip('"'),
            "Origin": url,
        },
    )
    return status
