"""One connection to a server, with bounds on time and bytes that hold whatever the server does."""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import httpx2

from omiti2v.errors import UserError

MAX_BODY_BYTES = 1 << 24
_MAX_ERROR_BYTES = 1 << 16
_SCHEME = re.compile(r"(?!https?://)\w+://", re.IGNORECASE)
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


@cache
def tls_settings() -> ssl.SSLContext:
    """Shared by all connections: to read the certificates takes as long as a small request."""
    with _variables({"SSL_CERT_FILE"}, "a file of certificates"):
        return httpx2.create_ssl_context()


@contextmanager
def _variables(names: set[str], expected: str) -> Iterator[None]:
    """Errors are blamed on those environment variables of the names that are set, if any.

    What they hold is not shown: it may be a password.
    """
    try:
        yield
    except (ImportError, OSError, ValueError, httpx2.InvalidURL):
        found = sorted(name for name in os.environ if name.upper() in names and os.environ[name])
        odd = [name for name in found if _SCHEME.match(os.environ[name])]
        if not found:
            raise
        raise UserError(
            f"{', '.join(odd or found)}: expected {expected} in this environment variable, got "
            "something else; mend or unset it"
        ) from None


class OutOfTimeError(Exception):
    """The time for a whole answer is over."""


class TooLargeError(Exception):
    """An answer of more than `MAX_BODY_BYTES`, or a compressed one, whose size is not known."""


class Connection:
    """A connection that is used for one request at a time, and kept open between them.

    httpx2 bounds each read: a server that sends a byte of a header, of a chunk's extension or of a
    100 Continue now and then would never end. So the socket is shut down from another thread when
    the time for the whole answer is over.

    Args:
        headers: Of every request.
        connect_timeout: Seconds for a connection.
    """

    def __init__(self, *, headers: Mapping[str, str], connect_timeout: float) -> None:
        tls = tls_settings()
        with _variables(_PROXIES, "an HTTP proxy, as http://host:3128,"):
            self._http = httpx2.Client(
                # A compressed answer may be of any size before a byte of it can be counted.
                headers={**headers, "Accept-Encoding": "identity"},
                limits=httpx2.Limits(max_connections=1),
                verify=tls,
                # A redirect could take the key and the video to another host.
                follow_redirects=False,
            )
        self._connect_timeout = connect_timeout
        self._lock = threading.Lock()
        self._stream: Any = None
        self._request = 0
        self._over = False

    def request(
        self, method: str, url: str, content: bytes | None, *, seconds: float
    ) -> tuple[httpx2.Response, bytes]:
        """The response and its body.

        Args:
            method, url, content: Of the request; content is JSON.
            seconds: For everything, from the connection to the last byte.

        Raises:
            OutOfTimeError: They did not do.
            TooLargeError: As said there.
            httpx2.HTTPError: There is no connection, or it broke.
        """
        try:
            with (
                self._ended_after(seconds),
                self._http.stream(
                    method,
                    url,
                    content=content,
                    headers={"Content-Type": "application/json"} if content is not None else {},
                    timeout=httpx2.Timeout(seconds, connect=min(seconds, self._connect_timeout)),
                    extensions={"trace": self._trace},
                ) as response,
            ):
                body = _body(response)
        except (httpx2.HTTPError, TooLargeError) as error:
            if self._over or _timed_out(error):
                raise OutOfTimeError from None
            raise
        if self._over:  # a body that ends where the connection does looks whole
            raise OutOfTimeError
        return response, body

    def close(self) -> None:
        """Close it."""
        self._http.close()

    @contextmanager
    def _ended_after(self, seconds: float) -> Iterator[None]:
        with self._lock:
            self._request += 1
            self._over = False
        timer = threading.Timer(seconds, self._end, (self._request,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end(self, request: int) -> None:
        with self._lock:
            if request == self._request:
                self._over = True
                self._shut()

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpx2 at each step: a stream is made for a connection, and anew for TLS."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._stream = info["return_value"]
                if self._over:
                    self._shut()

    def _shut(self) -> None:
        if self._stream is not None:
            with suppress(OSError):
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _timed_out(error: Exception) -> bool:
    return isinstance(error, httpx2.TimeoutException) and not isinstance(
        error, httpx2.ConnectTimeout
    )


def _body(response: httpx2.Response) -> bytes:
    """All of it; of an error, whose status says the most, the start."""
    is_error = response.status_code != 200
    if response.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        if is_error:
            return b"a compressed message"
        raise TooLargeError("expected an answer that is not compressed, got one that is")
    parts: list[bytes] = []
    size = 0
    for part in response.iter_raw():
        parts.append(part)
        size += len(part)
        if is_error and size > _MAX_ERROR_BYTES:
            break
        if size > MAX_BODY_BYTES:
            raise TooLargeError(f"expected an answer of at most {MAX_BODY_BYTES} bytes, got more")
    return b"".join(parts)
