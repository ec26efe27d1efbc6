"""Runs a command with a file that fails, and looks at what is left."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from pathlib import Path

HERE = Path(__file__).parent
LASTING = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}
"""Errors that the calls after it meet too."""
ERRORS = {
    "open": (errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT),
    "write": (errno.ENOSPC, -errno.ENOSPC, errno.EIO, 0, errno.EDQUOT),
    "fsync": (errno.EIO, errno.ENOSPC),
    "close": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "rename": (errno.EXDEV, errno.EACCES, errno.ENOSPC, errno.EIO),
    "mkdir": (errno.EACCES, errno.ENOSPC, errno.EROFS),
    "unlink": (errno.EACCES, errno.EIO, errno.EROFS),
    "ftruncate": (errno.EIO, errno.ENOSPC),
}
"""By call; a negative one comes after half of the bytes were written, 0 is such a half alone."""

_VARYING = (
    (re.compile(r"(^|/)\.([^/]+)\.\d+(?=$|/)"), r"\1.\2.*"),  # drafts, by process
    (re.compile(r"^tmp/[a-z0-9_]{8}$"), "tmp/????????"),  # where Python tries whether it may write
    (re.compile(r"(^|/)\.new-[^/]+"), r"\1.new-*"),
    (re.compile(r"(^|/)\.(made)\.[^/]+"), r"\1.\2.*"),
    (re.compile(r"(^|/)(omiti2v-(?:upload-)?)[^/]+"), r"\1\2*"),
    (re.compile(r"(^|/)[0-9a-f]{2}/\.?[0-9a-f]{64}[^/]*"), r"\1fetched*"),
    (re.compile(r"\bs\d{3}\b"), "s???"),  # samples
    (re.compile(r"/(videos|runs|controls)/[a-z_]+/"), r"/\1/*/"),  # behaviors
)
_ADVICE = re.compile(r"make room|same command|choose|mend|--no-cache|try again")


@dataclass(frozen=True)
class Case:
    """A command to be disturbed.

    Attributes:
        name: Of the test.
        command: Its arguments; after "call", a function of `actions`.
        before: Commands that make what it starts from.
        half: A run folder of which half is taken away before.
        names: What its line names in place of a temporary file.
    """

    name: str
    command: str
    before: tuple[str, ...] = ()
    half: str = ""
    names: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Fault:
    """A call that fails: the `nth` of those on files of a pattern."""

    call: str
    pattern: str
    nth: int
    error: int

    def __str__(self) -> str:
        name = errno.errorcode.get(abs(self.error), "short")
        half = "half, then " if self.error < 0 else ""
        return f"{self.call} {self.pattern} {self.nth}: {half}{name}"

    def environment(self, root: Path) -> dict[str, str]:
        pattern = self.pattern.replace("fetched", "??/*")
        found = {
            "FAULT_CALL": self.call,
            "FAULT_PATH": f"{root}/{pattern}",
            "FAULT_NTH": str(self.nth),
            "FAULT_ERROR": str(abs(self.error)),
        }
        if self.error <= 0:
            found["FAULT_SHORT"] = "1"
        if abs(self.error) in LASTING:
            found["FAULT_ALL"] = "1"
        return found


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit code, what it printed, and its calls on files."""

    code: int
    stdout: str
    stderr: str
    calls: tuple[tuple[str, str, str], ...]


def build_library(folder: Path) -> Path:
    """Compile `fault.c`."""
    library = folder / "fault.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-o", str(library), str(HERE / "fault.c")]
    subprocess.run([*command, "-ldl"], check=True)
    return library


class Bench:
    """A folder in which commands run, made anew for each.

    Args:
        folder: For all of it.
        library: Of `fault.c`.
        packages: Folder of more packages.
    """

    def __init__(self, folder: Path, library: Path, packages: Path) -> None:
        self.root = folder / "place"
        self.starts = folder / "starts"
        self._out = folder / "out"
        path = os.pathsep.join(map(str, (packages, HERE.parent)))
        self._server = subprocess.Popen(
            [sys.executable, str(HERE / "command_server.py")],
            env=os.environ
            | {
                "LD_PRELOAD": str(library),
                "PYTHONPATH": path,
                "OMP_NUM_THREADS": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait()

    def run(self, command: str, fault: Fault | None = None) -> Done:
        """Run a command in the folder."""
        log = self._out.with_suffix(".calls")
        log.unlink(missing_ok=True)
        environment = {
            "FAULT_ROOT": f"{self.root}/",
            "FAULT_LOG": str(log),
            "HOME": str(self.root),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "OMITI2V_CACHE": str(self.root / "cache" / "cache.sqlite3"),
            "TMPDIR": str(self.root / "tmp"),
            "COLUMNS": "200",
        }
        asked = {
            "folder": str(self.root),
            "arguments": command.replace("PLACE", str(self.root)).split(),
            "environment": environment | (fault.environment(self.root) if fault else {}),
            "out": str(self._out),
        }
        assert self._server.stdin and self._server.stdout
        print(json.dumps(asked), file=self._server.stdin, flush=True)
        code = int(self._server.stdout.readline())
        lines = log.read_text().splitlines() if log.exists() else []
        calls = (tuple(line.split("\t")) for line in lines)
        return Done(
            code,
            self._out.with_suffix(".stdout").read_text(),
            self._out.with_suffix(".stderr").read_text(),
            tuple((call, self._name(path), result) for call, path, result in calls),
        )

    def lay_out(self, start: Path) -> None:
        """Fill the folder."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(start, self.root, symlinks=True)
        (self.root / "tmp").mkdir(exist_ok=True)

    def files(self) -> dict[str, bytes]:
        """All files but the evaluation cache, without what is another every time."""
        return {
            str(path.relative_to(self.root)): _settled(path)
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.name.startswith("cache.sqlite3")
        }

    def _name(self, path: str) -> str:
        return path.removeprefix(f"{self.root}/")


class Disturbed:
    """A case on a bench: its undisturbed course, and what is wrong with a disturbed one."""

    def __init__(self, case: Case, bench: Bench, world: Path) -> None:
        self.case, self.bench = case, bench
        self._start = bench.starts / case.name
        shutil.rmtree(self._start, ignore_errors=True)
        bench.lay_out(world)
        for command in case.before:
            done = bench.run(command)
            assert done.code == 0, done.stderr
        if case.half:
            halve(bench.root / case.half)
        shutil.copytree(bench.root, self._start, symlinks=True)
        self.before = bench.files()
        self.usual = bench.run(case.command)
        assert self.usual.code == 0, self.usual.stderr
        self.after = bench.files()

    @cached_property
    def at_last(self) -> dict[str, bytes]:
        """After a second time: a command that resumes may tidy up what it left before."""
        self.bench.lay_out(self._start)
        for _ in range(2):
            self.bench.run(self.case.command)
        return self.bench.files()

    @cached_property
    def faults(self) -> list[Fault]:
        """Each call on each kind of file: the first, one in the middle and the last."""
        counts: dict[tuple[str, str], int] = {}
        for call, path, _ in self.usual.calls:
            if "(deleted)" not in path and not path.endswith("-shm"):
                key = (call, general(path))
                counts[key] = counts.get(key, 0) + 1
        errors = {call: cycle(found) for call, found in ERRORS.items()}
        return [
            Fault(call, pattern, nth, next(errors[call]))
            for (call, pattern), count in counts.items()
            for nth in sorted({1, (count + 1) // 2, count})
        ]

    def problems(self, fault: Fault) -> Iterator[str]:
        """What is wrong after a fault, and after the same command without it."""
        self.bench.lay_out(self._start)
        done = self.bench.run(self.case.command, fault)
        failed = [path for _, path, result in done.calls if result != "ok"]
        if not failed:
            yield "the fault did not come about"
        if "Traceback" in done.stderr or "Exception ignored" in done.stderr:
            yield f"a traceback: {done.stderr[-2000:]}"
        left = self.bench.files()
        tolerated = {*failed} if fault.call == "unlink" else set()
        if done.code == 0:
            yield from _differences(left, self.after, tolerated, "exit 0, yet")
            return
        elif done.code == 1:
            yield from _wrong_line(
                done.stderr, [*failed, self.case.names] if self.case.names else failed
            )
            yield from self._lost(left, done)
            new = left.keys() - self.after.keys() - self.before.keys() - tolerated
            if drafts := sorted(name for name in new if "/." in f"/{name}" or name[:4] == "tmp/"):
                yield f"drafts stay: {drafts}"
        else:
            yield f"exit {done.code}: {done.stderr[-300:]}"
        again = self.bench.run(self.case.command)
        if again.code:
            yield f"again: exit {again.code}: {again.stderr[-300:]}"
        if any(_differences(self.bench.files(), self.after, tolerated, "")):
            self.bench.run(self.case.command)
            yield from _differences(self.bench.files(), self.at_last, tolerated, "again:")

    def _lost(self, left: dict[str, bytes], done: Done) -> Iterator[str]:
        for name, content in self.before.items():
            kept = left.get(name)
            if kept in (content, self.after.get(name)):
                continue
            if name.endswith(".jsonl") and kept is not None:
                wanted = {*content.splitlines()} & {*self.after.get(name, b"").splitlines()}
                if wanted <= {*kept.splitlines()}:
                    continue
            # What no longer fits a log that changes goes before.
            if kept is None and Path(name).name in ("check.json", "scores.json", "report.html"):
                continue
            yield f"{name}: {'gone' if kept is None else 'neither as before nor as after'}"
        for name in self.after:
            if name.endswith(".jsonl"):
                written = sum(
                    (call, path, result) == ("write", name, "ok")
                    for call, path, result in done.calls
                )
                kept = left.get(name, b"")
                if len(kept.splitlines()) < written:
                    yield f"{name}: {written} batches written, {len(kept.splitlines())} rows left"


def general(path: str) -> str:
    """A path with * for what differs from call to call."""
    for pattern, general_form in _VARYING:
        path = pattern.sub(general_form, path)
    return path


def halve(run: Path) -> None:
    """Take away what a killed run would not have: the later half of each log, and the scores."""
    for log in run.glob("*.jsonl"):
        if log.name not in ("samples.jsonl", "looks.jsonl"):
            lines = log.read_bytes().splitlines(keepends=True)
            log.write_bytes(b"".join(lines[: len(lines) // 2]))
    for name in ("check.json", "scores.json", "report.html"):
        (run / name).unlink(missing_ok=True)


def _settled(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix == ".jsonl":
        content = re.sub(rb'"(seconds|time)":("[^"]*"|[\d.e-]+)', rb'"\1":0', content)
        return b"\n".join(sorted(content.splitlines()))
    return content


def _wrong_line(stderr: str, failed: list[str]) -> Iterator[str]:
    lines = [line for line in stderr.splitlines() if line.startswith("error: ")]
    if len(lines) != 1 or stderr.splitlines()[-1] != lines[0]:
        yield f"expected one line, and nothing after it: {stderr[-500:]!r}"
        return
    names = {
        part
        for path in failed
        for part in re.sub(r"(^|/)\.([^/]+)\.\w+", r"\1\2", path.removesuffix("-wal")).split("/")
        if part not in ("tmp", "cache")
    } | set(failed)
    # Where a temporary folder can't be made, its place is named.
    names |= {
        f"{Path(path).parent}: can't be written"
        for path in failed
        if Path(path).name.startswith("omiti2v-")
    }
    if not any(name in lines[0] for name in names):
        yield f"names none of {sorted(names)}: {lines[0]}"
    if not _ADVICE.search(lines[0]):
        yield f"does not say what to do: {lines[0]}"


def _differences(
    one: dict[str, bytes], other: dict[str, bytes], tolerated: set[str], what: str
) -> Iterator[str]:
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name) and name not in tolerated:
            how = "differs" if name in other else "is left"
            yield f"{what} {name} {how if name in one else 'is not there'}"
