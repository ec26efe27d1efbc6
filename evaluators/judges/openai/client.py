"""Requests that are tried again until they are answered, or that end with one line why not."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx2

from evaluators.judges.openai.reply import MalformedReplyError
from evaluators.judges.openai.request_rate import Backoff, RateLimiter, retry_after_seconds
from omiti2v.errors import one_line
from omiti2v.records import brief

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_BODY_BYTES = 1 << 24
_PASSING_STATUSES = frozenset({408, 409, 425, 429})


class RequestFailedError(Exception):
    """A request that got no usable answer; the message is one line without the API key.

    Attributes:
        status: The HTTP status; None where there was no answer at all, or not a whole one.
    """

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class _TransientError(RequestFailedError):
    """A failure that another attempt may not meet."""

    def __init__(
        self, reason: str, *, status: int | None = None, wait: float | None = None
    ) -> None:
        super().__init__(reason, status=status)
        self.wait = wait


class Client:
    """A client of one server; all its methods may be called by many threads at once.

    Args:
        base_url: Where the API is.
        key: The API key; None sends none.
        concurrency: Most requests under way at once.
        per_minute: Most requests started in a minute; None for no limit.
        attempts: How often a request is tried before it fails.
        backoff: The waits between attempts, where the server does not ask for a longer one.
        longest_wait: Most seconds to wait at the server's wish; a longer one fails the request.
        connect_timeout: Seconds for a connection.
        answer_timeout: Seconds for a whole answer, from the first byte sent.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str | None,
        concurrency: int,
        per_minute: float | None,
        attempts: int,
        backoff: Backoff,
        longest_wait: float,
        connect_timeout: float,
        answer_timeout: float,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._slots = threading.BoundedSemaphore(concurrency)
        self._limiter = RateLimiter(per_minute)
        self._attempts = attempts
        self._backoff = backoff
        self._longest_wait = longest_wait
        self._answer_timeout = answer_timeout
        self._http = httpx2.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(answer_timeout, connect=connect_timeout),
            limits=httpx2.Limits(max_connections=concurrency),
            # A redirect could take the key and the video to another host.
            follow_redirects=False,
        )

    def get(self, path: str, read: Callable[[bytes], T], *, attempts: int | None = None) -> T:
        """`read` of the body at `path`; see `post`."""
        return self._send("GET", path, None, read, attempts or self._attempts)

    def post(
        self,
        path: str,
        payload: Mapping[str, Any],
        read: Callable[[bytes], T],
        *,
        attempts: int | None = None,
    ) -> T:
        """Post JSON and read the answer.

        Args:
            path: Below the base URL, as "/chat/completions".
            payload: The request.
            read: Makes something of the body; a `MalformedReplyError` of it is another attempt.
            attempts: None takes the client's.

        Raises:
            RequestFailedError: Every attempt failed, or one in a way that another would too.
        """
        content = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        return self._send("POST", path, content, read, attempts or self._attempts)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(
        self,
        method: str,
        path: str,
        content: bytes | None,
        read: Callable[[bytes], T],
        attempts: int,
    ) -> T:
        for attempt in range(1, attempts + 1):
            try:
                return read(self._attempt(method, path, content))
            except MalformedReplyError as error:
                failure = _TransientError(
                    self._safe(f"the server's answer is malformed: {error}"), status=200
                )
            except _TransientError as error:
                failure = error
            if failure.wait is not None and failure.wait > self._longest_wait:
                raise RequestFailedError(
                    f"{failure}; the server asks to wait {failure.wait:.0f} seconds, more than "
                    f"{self._longest_wait:g}",
                    status=failure.status,
                )
            if attempt < attempts:
                wait = max(self._backoff.seconds(attempt), failure.wait or 0.0)
                logger.info("attempt %d: %s; again in %.1f s", attempt, failure, wait)
                if failure.wait:
                    self._limiter.hold(failure.wait)
                time.sleep(wait)
        raise RequestFailedError(f"{failure} (attempt {attempts})", status=failure.status)

    def _attempt(self, method: str, path: str, content: bytes | None) -> bytes:
        """The body of a successful answer."""
        headers = {"Content-Type": "application/json"} if content is not None else {}
        with self._slots:
            self._limiter.wait()
            deadline = time.monotonic() + self._answer_timeout
            try:
                with self._http.stream(
                    method, self._base_url + path, content=content, headers=headers
                ) as response:
                    body = self._body(response, deadline)
            except httpx2.ConnectTimeout:
                raise _TransientError("no connection to the server in time") from None
            except httpx2.TimeoutException:
                raise _TransientError(f"no answer in {self._answer_timeout:g} seconds") from None
            except httpx2.HTTPError as error:
                raise _TransientError(self._safe(f"connection failed: {one_line(error)}")) from None
        if response.status_code == 200:
            return body
        reason = self._safe(f"HTTP {response.status_code}: {_complaint(body)}")
        if response.status_code in _PASSING_STATUSES or response.status_code >= 500:
            wait = retry_after_seconds(response.headers.get("Retry-After"))
            raise _TransientError(reason, status=response.status_code, wait=wait)
        raise RequestFailedError(reason, status=response.status_code)

    def _body(self, response: httpx2.Response, deadline: float) -> bytes:
        """The body, unless it is endless or comes in drops."""
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise RequestFailedError(
                    f"expected an answer of at most {MAX_BODY_BYTES} bytes, got more"
                )
            if time.monotonic() > deadline:
                raise _TransientError(f"no whole answer in {self._answer_timeout:g} seconds")
        return b"".join(parts)

    def _safe(self, text: str) -> str:
        """One printable line of bounded length without the key, which some servers repeat."""
        if self._key:
            text = text.replace(self._key, "***")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= 240 else line[:237] + "..."


def _complaint(body: bytes) -> str:
    """What an error's body says: the message in it where it is of a known form."""
    text = body[:4096].decode(errors="replace")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return text or "no message"
    for key in ("error", "message", "detail"):
        if isinstance(document, dict) and document.get(key):
            document = document[key]
    return document if isinstance(document, str) else brief(document, limit=160)
