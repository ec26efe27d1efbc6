"""One child process, as its parent sees it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from evaluators.child_process.serve import GO_ON, HEADER_BYTES, Values
from omiti2v.errors import UserError

OnPart = Callable[[Any], None]

MAX_REPLY_BYTES = 8 << 20
IDLE_SECONDS = 60
"""How long a busy child may get nothing done in all, as one does that waits for a dead disk."""

_LOOK_SECONDS = 1.0
# With the paths of this process, whatever lies in the folder that it runs in.
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from evaluators.child_process.serve import serve
serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
"""


class ChildEnd(Exception):  # noqa: N818 (not an error by itself)
    """A child is gone, or of no use any more. The message says by what.

    Attributes:
        signal: That ended it, where one did.
        is_crash: Whether its own doing may have ended it.
        was_starting: Whether it had not been asked anything yet.
    """

    def __init__(
        self, message: str, *, signal: signal.Signals | None = None, is_crash: bool = True
    ) -> None:
        super().__init__(message)
        self.signal = signal
        self.is_crash = is_crash
        self.was_starting = False


class Child:
    """A process that runs `serve`, and the connection to it.

    It dies with the thread that makes this.

    Attributes:
        is_ready: Whether it waits for a request.

    Raises:
        OSError: There is no room for another process, or for its files.
    """

    def __init__(self, module: str) -> None:
        self.is_ready = False
        self._module = module
        self._ticks = self._idle_looks = self._stopped_looks = 0
        self._data = bytearray()
        self._connection, theirs = socket.socketpair()
        self._connection.settimeout(_LOOK_SECONDS)
        with theirs:
            arguments = [json.dumps(sys.path), module, str(theirs.fileno()), str(os.getpid())]
            try:
                self._process = subprocess.Popen(  # noqa: S603 (this same program)
                    [sys.executable, "-P", "-c", _START, *arguments],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,  # away from the terminal's signals
                    env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                )
            except BaseException:
                self._connection.close()
                raise

    def ask(self, message: bytes, descriptors: Sequence[int], on_part: OnPart) -> Values:
        """Its reply to a request.

        Raises:
            ChildEnd: There was none that makes sense.
            UserError: It could not start.
        """
        if not self.is_ready:
            self._wait_for_start()
        self.is_ready = False
        self._idle_looks = self._stopped_looks = 0
        self._send(len(message).to_bytes(HEADER_BYTES) + message, descriptors)
        while True:
            reply = self._receive()
            if "part" not in reply:
                return reply
            on_part(reply["part"])
            self._send(GO_ON)

    def kill(self) -> None:
        """Kill it; whoever waits for it notices."""
        self._process.kill()

    def end(self) -> None:
        """Kill it and let go of all that it has."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):  # it may hang in a dead disk
            self._process.wait(_LOOK_SECONDS)
        self._connection.close()
        cast(IO[bytes], self._process.stderr).close()

    def _wait_for_start(self) -> None:
        try:
            self._receive()
        except ChildEnd as end:
            end.was_starting = True
            if end.signal or not end.is_crash:  # not for want of anything: another one may start
                raise
            self.kill()
            stderr = cast(IO[bytes], self._process.stderr)
            lines = stderr.read(1 << 16).decode(errors="replace").split("\n")
            complaint = next((line for line in reversed(lines) if line.strip()), str(end))
            raise UserError(
                f"a process for {self._module} can't be started: {complaint.strip()}"
            ) from None

    def _send(self, data: bytes, descriptors: Sequence[int] = ()) -> None:
        while data:
            try:
                sent = socket.send_fds(self._connection, [data], descriptors)
            except TimeoutError:
                self._look()
                continue
            except ConnectionError:
                raise self._death() from None
            data, descriptors = data[sent:], ()

    def _receive(self) -> Values:
        size = int.from_bytes(self._received(HEADER_BYTES))
        if size > MAX_REPLY_BYTES:
            raise ChildEnd(f"a reply of {size} bytes")
        try:
            reply = dict(json.loads(self._received(size)))
        except (RecursionError, TypeError, ValueError):
            raise ChildEnd("a reply that makes no sense") from None
        self.is_ready = reply.pop("is_last", True) is False
        return reply

    def _received(self, count: int) -> bytes:
        while len(self._data) < count:
            try:
                part = self._connection.recv(1 << 16)
            except TimeoutError:
                self._look()
                continue
            except ConnectionError:
                part = b""
            if not part:
                raise self._death()
            self._data += part
        data, self._data = self._data[:count], self._data[count:]
        return bytes(data)

    def _look(self) -> None:
        """See how it gets on. Looks are counted, not seconds: this process may stand still too.

        Raises:
            ChildEnd: It was stopped, or gets nothing done.
        """
        try:
            status = Path(f"/proc/{self._process.pid}/stat").read_bytes()
        except OSError:  # taken away by somebody else's wait
            raise self._death() from None
        fields = status.rpartition(b")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        self._stopped_looks = self._stopped_looks + 1 if fields[0] in (b"T", b"t") else 0
        self._idle_looks += ticks == self._ticks
        self._ticks = ticks
        if self._stopped_looks == 2:
            raise ChildEnd("SIGSTOP", signal=signal.SIGSTOP, is_crash=False)
        if self._idle_looks * _LOOK_SECONDS > IDLE_SECONDS:
            raise ChildEnd("getting nothing done")

    def _death(self) -> ChildEnd:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LOOK_SECONDS)
        code = self._process.poll()
        if code is None or code >= 0:
            return ChildEnd("itself")
        with suppress(ValueError):
            by = signal.Signals(-code)
            return ChildEnd(by.name, signal=by, is_crash=by != signal.SIGKILL)
        return ChildEnd(f"signal {-code}")
