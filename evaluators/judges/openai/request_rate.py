"""How fast a server is asked, and how long to wait before asking again."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class RateLimiter:
    """When requests may start: at a steady rate, and not while the server asks for quiet.

    All threads share one; a request that is tried again counts again.

    Args:
        per_minute: Most requests started in a minute, evenly spaced; None for no limit.
    """

    def __init__(self, per_minute: float | None) -> None:
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Sleep until the next request may start."""
        with self._lock:
            start = max(time.monotonic(), self._next)
            self._next = start + self._interval
        while (left := start - time.monotonic()) > 0:
            time.sleep(left)

    def hold(self, seconds: float) -> None:
        """Start nothing for so long, whichever thread asks."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Waits that double and are shortened by chance, so that clients don't come back together.

    Attributes:
        first: Seconds before the second attempt.
        longest: Most seconds between two attempts.
    """

    first: float = 0.5
    longest: float = 30.0
    _chance: random.Random = field(default_factory=random.SystemRandom, repr=False, compare=False)

    def seconds(self, attempt: int) -> float:
        """The wait after failed attempt number `attempt`, counted from 1: half of it to all."""
        whole = min(self.longest, self.first * 2.0 ** min(attempt - 1, 60))
        return whole * self._chance.uniform(0.5, 1.0)


def retry_after_seconds(value: str | None, *, now: datetime | None = None) -> float | None:
    """What a `Retry-After` header asks for: seconds from now, at least 0.

    Args:
        value: Seconds, or a date; None where there is no such header.
        now: The time it is, for dates; None takes the clock.

    Returns:
        None where there is no header, or it is neither.
    """
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text) if text.replace(".", "", 1).isdecimal() else None
        if seconds is None:
            moment = parsedate_to_datetime(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds)
