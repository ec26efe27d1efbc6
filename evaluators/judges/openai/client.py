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
from typing import Any, TypeVar

import httpx2

from evaluators.judges.openai.connection import Connection, OutOfTimeError, TooLargeError
from evaluators.judges.openai.failure import RequestFailedError, complaint
from evaluators.judges.openai.reply import MalformedReplyError
from evaluators.judges.openai.request_rate import Backoff, RateLimiter, retry_after_seconds
from omiti2v.errors import one_line

logger = logging.getLogger(__name__)

T = TypeVar("T")

_PASSING_STATUSES = frozenset({408, 409, 425, 429})
_NO_MONEY = ("insufficient_quota", "billing", "credit balance", "exceeded your current quota")
_TIMED_OUT_ATTEMPTS = 2
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

    def get(
        self,
        path: str,
        read: Callable[[bytes], T],
        *,
        attempts: int | None = None,
        seconds: float = math.inf,
    ) -> T:
        """`read` of the body at `path`, from an answer within so many seconds; see `post`."""
        return self._send("GET", path, None, read, attempts, seconds)

    def post(
        self,
        path: str,
        payload: Mapping[str, Any],
        read: Callable[[bytes], T],
        *,
        attempts: int | None = None,
    ) -> T:
        """Post JSON and read the answer.

        While the server is down, which is from a request that failed in all attempts to the next
        answer, a request is tried once.

        Args:
            path: Below the base URL, as "/chat/completions".
            payload: The request.
            read: Makes something of the body; a `MalformedReplyError` of it is another attempt.
            attempts: None takes the client's.

        Raises:
            RequestFailedError: Every attempt failed, or one in a way that another would too.
        """
        content = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        return self._send("POST", path, content, read, attempts, math.inf)

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
        seconds: float,
    ) -> T:
        attempts = 1 if self._is_down else min(attempts or self._attempts, self._attempts)
        seconds = min(seconds, self._answer_timeout)
        for attempt in range(1, attempts + 1):
            try:
                found = read(self._attempt(method, path, content, seconds))
            except MalformedReplyError as error:
                reason = self._safe(f"the server's answer is malformed: {error}")
                failure = RequestFailedError(reason, status=200)
            except RequestFailedError as error:
                if not error.may_pass:
                    raise
                failure = error
            else:
                self._is_down, self._quiet_since = False, None
                return found
            if failure.wait is not None:
                self._refuse_long_wait(failure, failure.wait)
            if attempt >= (min(attempts, _TIMED_OUT_ATTEMPTS) if failure.timed_out else attempts):
                break
            late = _MINUTE if failure.status == 429 else 0
            wait = max(self._backoff.seconds(attempt + late), failure.wait or 0.0)
            logger.info("attempt %d: %s; again in %.1f s", attempt, failure, wait)
            if failure.wait:
                self._limiter.hold(failure.wait)
            time.sleep(wait)
        self._is_down = True
        raise RequestFailedError(
            f"{failure} (attempt {attempt})", status=failure.status, timed_out=failure.timed_out
        )

    def _refuse_long_wait(self, failure: RequestFailedError, wait: float) -> None:
        now = time.monotonic()
        with self._lock:
            quiet = now - (self._quiet_since or now)
            if quiet + wait <= self._longest_wait:
                self._quiet_since = self._quiet_since or now
                return
        self._is_down = True
        after = f" after {quiet:.0f} of waiting" if quiet >= 1 else ""
        raise RequestFailedError(
            f"{failure}; the server asks to wait {wait:.0f} seconds{after}, more than "
            f"{self._longest_wait:g}",
            status=failure.status,
        )

    def _attempt(self, method: str, path: str, content: bytes | None, seconds: float) -> bytes:
        """The body of a successful answer."""
        connection = self._free.get()
        answered = False
        try:
            connection = connection or self._connect()
            self._limiter.wait()
            response, body = connection.request(
                method, self._base_url + path, content, seconds=seconds
            )
            answered = response.status_code == 200
        except httpx2.ConnectTimeout:
            reason = "no connection to the server in time"
            raise RequestFailedError(reason, may_pass=True) from None
        except OutOfTimeError:
            reason = f"no whole answer in {seconds:g} seconds"
            raise RequestFailedError(reason, may_pass=True, timed_out=True) from None
        except TooLargeError as error:
            raise RequestFailedError(str(error), status=200) from None
        except httpx2.HTTPError as error:
            reason = self._safe(f"connection failed: {one_line(error)}")
            raise RequestFailedError(reason, may_pass=True) from None
        finally:
            # After a failure a server may close at any moment: the next request has one of its own.
            if connection and not answered:
                connection.close()
                self._connections.remove(connection)
            self._free.put(connection if answered else None)
        status = response.status_code
        if status == 200:
            return body
        said = body[:4096].decode(errors="replace").lower()
        passing = status in _PASSING_STATUSES or status >= 500
        raise RequestFailedError(
            self._safe(f"HTTP {status}: {complaint(body)}"),
            status=status,
            body=said,
            may_pass=passing and not any(word in said for word in _NO_MONEY),
            wait=retry_after_seconds(response.headers.get("Retry-After")),
        )

    def _connect(self) -> Connection:
        connection = Connection(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            connect_timeout=self._connect_timeout,
        )
        with self._lock:
            self._connections.append(connection)
        return connection

    def _safe(self, text: str) -> str:
        """One printable line of bounded length without the key, which some servers repeat."""
        if self._key:
            text = text.replace(self._key, "***")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= 240 else line[:237] + "..."
