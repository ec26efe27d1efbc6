"""Waits between attempts, rates, and what `Retry-After` asks for."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from evaluators.judges.openai.request_rate import Backoff, RateLimiter, retry_after_seconds

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("soon", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("1e9", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, now=NOW) == seconds


def test_waits_double_up_to_the_longest_and_are_never_twice_the_same() -> None:
    backoff = Backoff(first=1.0, longest=10.0)
    for attempt, whole in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0), (9999, 10.0)):
        waits = {backoff.seconds(attempt) for _ in range(50)}
        assert whole / 2 <= min(waits) < max(waits) <= whole
        assert len(waits) > 40


def test_starts_are_evenly_spaced_for_all_threads_together() -> None:
    limiter = RateLimiter(per_minute=1200)

    def start(_: int) -> float:
        limiter.wait()
        return time.monotonic()

    before = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        starts = sorted(pool.map(start, range(6)))
    assert all(moment - before >= number * 0.05 for number, moment in enumerate(starts))


def test_without_a_limit_nothing_waits_until_the_server_asks_for_quiet() -> None:
    limiter = RateLimiter(None)
    start = time.monotonic()
    for _ in range(1000):
        limiter.wait()
    assert time.monotonic() - start < 0.5
    limiter.hold(0.2)
    start = time.monotonic()
    limiter.wait()
    assert time.monotonic() - start >= 0.15
