"""What a child runs: answers, within limits, until its parent is gone."""

from __future__ import annotations

import ctypes
import importlib
import json
import math
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

Values = dict[str, Any]
Handler = Callable[[Values, Sequence[int]], Values | Generator[Values, None, Values]]
"""Answers a request that came with these open files; they are closed afterwards. What a generator
yields are parts that go before its answer; each has been dealt with when it goes on."""

HEADER_BYTES = 8
MAX_DESCRIPTORS = 8
GO_ON = b"+"
MAX_GROWTH_BYTES = 512 << 20
"""A child that keeps more address space than that from its requests makes room for a fresh one."""

_PR_SET_PDEATHSIG = 1


def serve(module: str, descriptor: int, parent: int) -> None:
    """Answer what comes through an open socket.

    Args:
        module: Has a function `handle`, a `Handler`.
        descriptor: The socket.
        parent: The process at its other end.
    """
    # Deaf to what others send, so that of signals that end it all but SIGKILL are its own faults':
    # those end it whether they are blocked or not.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - {signal.SIGXCPU})
    die_with_parent(parent)
    with suppress(OSError):  # of a machine's processes this is the one to go where memory runs out
        Path("/proc/self/oom_score_adj").write_text("1000")
    handle: Handler = importlib.import_module(module).handle
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.dup2(1, 2)  # what C code prints has no reader from now on
    fresh = _address_space()
    with (
        socket.socket(fileno=descriptor) as connection,
        suppress(EOFError, ConnectionError),
    ):
        _send(connection, {"is_last": False})
        is_last = False
        while not is_last:
            answer = _answer(connection, handle, fresh)
            is_last = _address_space() > fresh + MAX_GROWTH_BYTES
            _send(connection, {**answer, "is_last": is_last})


def die_with_parent(parent: int) -> None:
    """Have this process killed when the thread that started it ends, if the system can do that.

    Args:
        parent: The process of that thread; where it is gone already, this one ends here.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def _answer(connection: socket.socket, handle: Handler, fresh: int) -> Values:
    message, descriptors = _receive(connection)
    try:
        values = json.loads(message)
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + values["cpu_seconds"]))
        _limit(resource.RLIMIT_AS, fresh + values["memory_bytes"])
        answer = handle(values["request"], descriptors)
        if isinstance(answer, Generator):
            answer = _last(connection, answer)
        return {"answer": answer}
    except MemoryError:
        _limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
        return {}
    except Exception as error:
        return {"raised": f"{type(error).__name__}: {error}"}
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _last(connection: socket.socket, parts: Generator[Values, None, Values]) -> Values:
    while True:
        try:
            part = next(parts)
        except StopIteration as end:
            answer: Values = end.value
            return answer
        _send(connection, {"part": part})
        _read(connection, len(GO_ON))


def _limit(which: int, value: int) -> None:
    hardest = resource.getrlimit(which)[1]
    if hardest != resource.RLIM_INFINITY:
        value = hardest if value == resource.RLIM_INFINITY else min(value, hardest)
    resource.setrlimit(which, (value, hardest))


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _receive(connection: socket.socket) -> tuple[bytes, Sequence[int]]:
    header, descriptors, _, _ = socket.recv_fds(connection, HEADER_BYTES, MAX_DESCRIPTORS)
    header += _read(connection, HEADER_BYTES - len(header))
    return _read(connection, int.from_bytes(header)), descriptors


def _read(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def _send(connection: socket.socket, reply: Values) -> None:
    data = json.dumps(reply).encode()
    connection.sendall(len(data).to_bytes(HEADER_BYTES) + data)
