"""Requests to child processes: what is answered, what is given up, and what is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from evaluators.child_process import ChildPool, CostlyRequestError
from evaluators.child_process.pool import MAX_DEATHS
from omiti2v.errors import UserError

Call = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    pool = ChildPool("child_tasks")
    yield pool
    pool.close()


@pytest.fixture
def call(pool: ChildPool) -> Call:
    def call(
        do: str, *, descriptors: tuple[int, ...] = (), cpu: float = 60, **request: object
    ) -> dict[str, Any]:
        return pool.call(
            {"do": do, **request}, descriptors=descriptors, cpu_seconds=cpu, memory_bytes=1 << 28
        )

    return call


@pytest.fixture
def bytes_to_read() -> Iterator[Callable[[int], int]]:
    """A function that gives a pipe's end, from which so many bytes can be read."""
    ends = []

    def make(count: int) -> int:
        end, other = os.pipe()
        os.write(other, bytes(count))
        os.close(other)
        ends.append(end)
        return end

    yield make
    for end in ends:
        os.close(end)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_a_child_answers_again_and_again(call: Call) -> None:
    words = {"a": [1, 2.5, None, "ü"], "long": "x" * 1_000_000}
    first, second = call("say", words=words), call("say", words=words)
    assert first == second == {"said": words, "pid": first["pid"]}
    assert first["pid"] != os.getpid()


def test_open_files_go_with_a_request(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    with (tmp_path / "a").open() as file:
        assert call("read", descriptors=(file.fileno(),)) == {"read": ["one"]}


def test_a_child_goes_on_when_a_part_was_dealt_with(pool: ChildPool, tmp_path: Path) -> None:
    path, seen = tmp_path / "a", []

    def on_part(part: dict[str, Any]) -> None:
        seen.append((part["number"], part["read"]))
        path.write_text(str(part["number"] + 5))

    path.write_text("0")
    with path.open() as file:
        answer = pool.call(
            {"do": "count", "to": 3},
            descriptors=[file.fileno()],
            cpu_seconds=60,
            memory_bytes=1 << 28,
            on_part=on_part,
        )
    assert (answer, seen) == ({"counted": 3}, [(0, "0"), (1, "5"), (2, "6")])


def test_threads_have_a_child_each(call: Call) -> None:
    with ThreadPoolExecutor(3) as threads:
        pids = [one["pid"] for one in threads.map(lambda _: call("say", words=""), range(30))]
    assert 1 <= len(set(pids)) <= 3


@pytest.mark.parametrize(
    ("do", "cause", "message"),
    [
        ("spin", "time", "more than 0.1 seconds"),
        ("fill", "memory", f"more than {1 << 28} bytes of memory"),
        ("fault", "died", "its process ended 3 times, the last time by SIGSEGV"),
        ("leave", "died", "its process ended 3 times, the last time by itself"),
        ("talk", "died", r"its process ended 3 times, the last time by a reply of \d+ bytes"),
    ],
)
def test_a_costly_request_is_given_up_and_the_next_is_answered(
    call: Call, do: str, cause: str, message: str
) -> None:
    with pytest.raises(CostlyRequestError, match=message) as caught:
        call(do, cpu=0.1, bytes=1 << (29 if do == "fill" else 24))
    assert caught.value.cause == cause
    assert call("say", words="on")["said"] == "on"


def test_time_is_that_of_one_request(call: Call) -> None:
    for _ in range(3):
        assert call("fill", bytes=1 << 26, cpu=1)


def test_what_a_handler_raises_is_told(call: Call) -> None:
    with pytest.raises(RuntimeError, match="KeyError: 'what is wrong'"):
        call("raise")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP"])
def test_what_others_did_to_a_child_is_no_fault_of_its_request(
    call: Call, bytes_to_read: Callable[[int], int], name: str
) -> None:
    times = MAX_DEATHS - 1 if name == "SIGKILL" else 1
    assert call("signal", descriptors=(bytes_to_read(times),), signal=name)["pid"]


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGINT", "SIGTERM", "SIGABRT", "SIGTSTP"])
def test_a_child_is_deaf_to_the_signals_of_others(
    call: Call, bytes_to_read: Callable[[int], int], name: str
) -> None:
    end = bytes_to_read(1)
    before = call("say", words="")["pid"]
    assert call("signal", descriptors=(end,), signal=name)["pid"] == before


def test_a_request_is_not_asked_for_ever(call: Call, bytes_to_read: Callable[[int], int]) -> None:
    with pytest.raises(CostlyRequestError, match=f"ended {MAX_DEATHS} times, .* SIGKILL"):
        call("signal", descriptors=(bytes_to_read(50),), signal="SIGKILL")


def test_a_child_can_not_write_files(call: Call, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="File too large"):
        call("write", path=str(tmp_path / "a"))


def test_an_interrupt_ends_calls_at_once_and_not_later_ones(pool: ChildPool, call: Call) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(call, "sleep")
        time.sleep(0.5)
        started = time.monotonic()
        pool.interrupt()
        with pytest.raises(KeyboardInterrupt):
            waiting.result()
    assert time.monotonic() - started < 1
    assert call("say", words="on")["said"] == "on"


def test_nothing_is_left_of_a_closed_pool() -> None:
    processes, threads = children(), threading.active_count()
    descriptors = set(Path("/proc/self/fd").iterdir())
    pool = ChildPool("child_tasks")
    limits = {"cpu_seconds": 60, "memory_bytes": 1 << 28}
    assert pool.call({"do": "say", "words": ""}, **limits)
    assert children() > processes
    with pytest.raises(CostlyRequestError):
        pool.call({"do": "leave"}, **limits)
    pool.close()
    assert children() == processes
    assert set(Path("/proc/self/fd").iterdir()) == descriptors
    assert threading.active_count() <= threads + 1  # it starts children, and waits


def test_a_module_that_can_not_be_loaded_is_named() -> None:
    pool = ChildPool("no_such_module")
    with pytest.raises(UserError, match="no_such_module can't be started: ModuleNotFoundError"):
        pool.call({}, cpu_seconds=1, memory_bytes=1 << 28)


@pytest.mark.parametrize("stopped", [False, True])
def test_children_die_with_a_killed_parent(tmp_path: Path, stopped: bool) -> None:
    script = """
import sys, threading
sys.path[:] = eval(sys.argv[1])
from evaluators.child_process import ChildPool
limits = {"cpu_seconds": 60, "memory_bytes": 1 << 28}
pool = ChildPool("child_tasks")
one = threading.Thread(target=lambda: print(pool.call({"do": "say", "words": ""}, **limits)["pid"]))
one.start()
one.join()  # the thread that first asked is gone: its child stays
print(pool.call({"do": "say", "words": ""}, **limits)["pid"], flush=True)
pool.call({"do": "spin"}, **limits)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, repr(sys.path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        first, second = (int(parent.stdout.readline()) for _ in range(2))
        assert first == second
        child = psutil.Process(first)
        if stopped:
            child.send_signal(signal.SIGSTOP)
        parent.kill()
    child.wait(5)
