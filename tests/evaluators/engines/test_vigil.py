"""When a worker is given up, and when its silence is this process's own."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from evaluators.engines import vigil
from evaluators.engines.vigil import Patience, Vigil, is_stopped

PATIENCE = Patience(stopped=3, silent=10, idle=30)


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(vigil, "time", clock)
    return clock


def watch(
    clock: Clock, seconds: int, *, heard: int = 0, busy: bool = False, stopped: bool = False
) -> list[str]:
    """Why a worker is given up that was heard so many times, once a second, and then no more."""
    of = Vigil(PATIENCE)
    of.heard(7, progress=True)
    for second in range(seconds):
        clock.now += 1
        if second < heard:
            of.heard(7, progress=False)
        if found := of.overdue({7} if busy else (), lambda worker: stopped):
            return [reason for _, reason in found]
    return []


def test_silence_is_borne_for_a_while(clock: Clock) -> None:
    assert watch(clock, 10) == []
    assert watch(clock, 20) == ["was silent for 11 s"]
    assert watch(clock, 20, heard=12) == []


def test_one_that_is_stopped_is_given_up_sooner(clock: Clock) -> None:
    assert watch(clock, 3, stopped=True) == []
    assert watch(clock, 5, stopped=True) == ["was stopped"]


def test_one_that_has_tasks_must_get_something_done(clock: Clock) -> None:
    assert watch(clock, 40, heard=40) == []
    assert watch(clock, 40, heard=40, busy=True) == ["got nothing done for 31 s"]


def test_time_in_which_this_process_stood_still_does_not_count(clock: Clock) -> None:
    of = Vigil(PATIENCE)
    of.heard(7, progress=True)
    clock.now += 1000
    assert of.overdue({7}, is_stopped) == []


def test_the_system_says_that_a_process_is_stopped() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        assert not is_stopped(process.pid)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.2)
        assert is_stopped(process.pid)
        process.kill()
    assert not is_stopped(process.pid)
