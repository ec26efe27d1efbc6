"""Requests that are tried again until they are answered, or that end with one line why not.

Not by the package `openai` (3.54), whose limits do not hold: it reads the body of a refusal whole
(755 MB of memory for one of 200 MB), a header that comes byte by byte outlasts its time limit, and
it sends the organization of the environment to any server. What bounds it would lie below it, and
all that is left above is one POST, for 0.3 s of imports.
"""

from __future__ import annotations

import json
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import httpx2

from evaluators.judges.openai.connection import Connection, OutOfTimeError, TooLargeError
from evaluators.judges.openai.failure import RequestFailedError, complaint, error_in
from evaluators.judges.openai.reply import MalformedReplyError
from evaluators.judges.openai.request_rate import Backoff, RateLimiter, retry_after_seconds
from omiti2v.errors import one_line

logger = logging.getLogger(__name__)

T = TypeVar("T")

_PASSING_STATUSES = frozenset({200, 408, 409, 425, 429})
_LASTING_STATUSES = frozenset({501, 505})
_NO_MONEY = (
    *("insufficient_quota", "insufficient credits", "billing", "credit balance"),
    "exceeded your current quota",
)
_SAID_BYTES = 16384
_TIMED_OUT_ATTEMPTS = 2
_PATIENCE, _LEAST_PATIENCE = 10, 60.0
"""An answer may take so many times as long as the longest so far, and at least so many seconds."""
_MINUTE = 3
"""Doublings of the waits where there were too many requests: most limits are by the minute."""


class Client:
    """A client of one server; all its methods may be called by many threads at once.

    Args:
        base_url: Where the API is.
        key: The API key; None sends none.
        concurrency: Most requests under way at once.
        per_minute: Most requests started in a minute; None for no limit.
        attempts: How often a request is tried before it fails.
        backoff: The waits between attempts, where the server does not ask for a longer one.
        longest_wait: Most seconds to wait at the server's wish, from the first wish to the next
            answer; what would take longer fails the request.
        connect_timeout: Seconds for a connection.
        answer_timeout: Most seconds for a whole answer, from the first byte sent; after a first
            answer to `post` it is 60, or ten times the longest so far where that is more.
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
        self._limiter = RateLimiter(per_minute)
        self._attempts = attempts
        self._backoff = backoff
        self._longest_wait = longest_wait
        self._answer_timeout = answer_timeout
        self._connect_timeout = connect_timeout
        self._connections: list[Connection] = []
        self._free: queue.LifoQueue[Connection | None] = queue.LifoQueue()
        for _ in range(concurrency):  # made when it is first needed
            self._free.put(None)
        self._lock = threading.Lock()
        # Whether the last request was given up, and since when the server asks for quiet.
        self._is_down = False
        self._quiet_since: float | None = None
        self._longest: float | None = None  # seconds that an answer took

    def get(
        self,
        path: str,
        read: Callable[[bytes], T],
        *,
        attempts: int | None = None,
        seconds: float = math.inf,
    ) -> T:
        """`read` of the body at `path`; see `post`."""
        return self._send("GET", path, None, read, attempts, seconds, None)

    def post(
        self,
        path: str,
        payload: Mapping[str, Any],
        read: Callable[[bytes], T],
        *,
        attempts: int | None = None,
        seconds: float | None = None,
        late: list[RequestFailedError] | None = None,
    ) -> T:
        """Post JSON and read the answer.

        While the server is down, which is from a request that failed in all attempts to the next
        answer, a request is tried once.

        Args:
            path: Below the base URL, as "/chat/completions".
            payload: The request.
            read: Makes something of the body; a `MalformedReplyError` of it is another attempt.
            attempts: None takes the client's; what is not answered in time is tried twice where
                something was before, and else once.
            seconds: For a whole answer; None for what the answers so far let expect.
            late: Gets each attempt that was not answered in time.

        Raises:
            RequestFailedError: Every attempt failed, or one in a way that another would too.
        """
        content = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        return self._send("POST", path, content, read, attempts, seconds, late)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.close()

    def _send(
        self,
        method: str,
        path: str,
        content: bytes | None,
        read: Callable[[bytes], T],
        attempts: int | None,
        seconds: float | None,
        late: list[RequestFailedError] | None,
    ) -> T:
        attempts = 1 if self._is_down else min(attempts or self._attempts, self._attempts)
        for attempt in range(1, attempts + 1):
            try:
                found = self._attempt(method, path, content, read, seconds)
            except RequestFailedError as error:
                if not error.may_pass:
                    raise
                failure = error
            else:
                self._is_down, self._quiet_since = False, None
                return found
            if failure.wait is not None:
                self._refuse_long_wait(failure, failure.wait)
            if failure.timed_out:
                attempts = min(attempts, _TIMED_OUT_ATTEMPTS if self._longest else 1)
                if late is not None:
                    late.append(failure)
            if attempt >= attempts:
                break
            # A server that has answered no question yet may never do.
            may_last = failure.status == 429 and (self._longest or seconds)
            wait = self._backoff.seconds(attempt + _MINUTE if may_last else attempt)
            wait = max(wait, failure.wait or 0.0)
            logger.info("attempt %d: %s; again in %.1f s", attempt, failure, wait)
            if failure.wait:
                self._limiter.hold(failure.wait)
            time.sleep(wait)
        self._is_down = True
        raise RequestFailedError(
            f"{failure} (attempt {attempt})",
            status=failure.status,
            body=failure.body,
            timed_out=failure.timed_out,
        )

    def _refuse_long_wait(self, failure: RequestFailedError, wait: float) -> None:
        now = time.monotonic()
        with self._lock:
            quiet = now - (self._quiet_since or now)
            if quiet + wait <= self._longest_wait:
                self._quiet_since = self._quiet_since or now
                return
        self._is_down = True
        after = f" after {quiet:.0f} s of waiting" if quiet >= 1 else ""
        raise RequestFailedError(
            f"{failure}; the server asks to wait {wait:.0f} seconds{after}, more than "
            f"{self._longest_wait:g}",
            status=failure.status,
        )

    def _attempt(
        self,
        method: str,
        path: str,
        content: bytes | None,
        read: Callable[[bytes], T],
        seconds: float | None,
    ) -> T:
        connection = self._free.get()
        answered = False
        try:
            connection = connection or self._connect()
            self._limiter.wait()
            start = time.monotonic()
            limit = min(self._patience if seconds is None else seconds, self._answer_timeout)
            response, body = connection.request(
                method, self._base_url + path, content, seconds=limit
            )
            took = time.monotonic() - start
            answered = response.status_code == 200
        except httpx2.ConnectTimeout:
            reason = "no connection to the server in time"
            raise RequestFailedError(reason, may_pass=True, timed_out=True) from None
        except OutOfTimeError:
            reason = f"no whole answer in {limit:.3g} seconds"
            raise RequestFailedError(reason, may_pass=True, timed_out=True) from None
        except TooLargeError as error:
            raise RequestFailedError(str(error), status=200) from None
        except httpx2.HTTPError as error:
            reason = self._safe(f"connection failed: {one_line(error, limit=10**6)}")
            raise RequestFailedError(reason, may_pass=True) from None
        finally:
            # After a failure a server may close at any moment: the next request has one of its own.
            if connection and not answered:
                connection.close()
                self._connections.remove(connection)
            self._free.put(connection if answered else None)
        found = self._read(response, self._without_key(body), read)
        if seconds is None:
            with self._lock:
                self._longest = max(took, self._longest or 0.0)
        return found

    def _read(self, response: httpx2.Response, body: bytes, read: Callable[[bytes], T]) -> T:
        """`read` of a body that came whole; what is no answer fails with the server's words."""
        status, label, words = response.status_code, f"HTTP {response.status_code}", ""
        if status == 200:
            try:
                return read(body)
            except MalformedReplyError as error:
                told = error_in(body)
                if told is None:
                    reason = self._safe(str(error))
                    raise RequestFailedError(reason, status=200, may_pass=True) from None
            status, words = told
            label += f" with error {status}" if status != 200 else " with an error"
        said = body[:_SAID_BYTES].decode(errors="replace").lower()
        passing = status in _PASSING_STATUSES or status >= 500
        has_no_money = any(word in said for word in _NO_MONEY)
        raise RequestFailedError(
            self._safe(f"{label}: {words or complaint(body)}"),
            status=status,
            body=said,
            may_pass=passing and status not in _LASTING_STATUSES and not has_no_money,
            wait=retry_after_seconds(response.headers.get("Retry-After")),
        )

    @property
    def _patience(self) -> float:
        """Seconds that an answer may take, by those before it."""
        if self._longest is None:
            return math.inf
        return max(_LEAST_PATIENCE, _PATIENCE * self._longest)

    def _connect(self) -> Connection:
        connection = Connection(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            connect_timeout=self._connect_timeout,
        )
        with self._lock:
            self._connections.append(connection)
        return connection

    def _without_key(self, body: bytes) -> bytes:
        """A body without the key, which some servers repeat, in any spelling of JSON."""
        if not self._key:
            return body
        if b"\\" in body:
            with suppress(ValueError, RecursionError):
                body = json.dumps(json.loads(body)).encode()
            body = body.replace(json.dumps(self._key)[1:-1].encode(), b"***")
        return body.replace(self._key.encode(), b"***")

    def _safe(self, text: str) -> str:
        """One printable line of bounded length without the key."""
        if self._key:
            text = text.replace(self._key, "***")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= 240 else line[:237] + "..."
