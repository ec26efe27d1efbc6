"""Ctrl-C and SIGTERM: whatever a command is in, it ends within two seconds and says one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

LINE = "error: interrupted; the same command resumes from here\n"

SCRIPT = """
import concurrent.futures, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
import omiti2v.cli as cli

def busy():
    print("begun", flush=True)
    {what}

cli.app = busy
cli.main()
"""
# A call that comes back only when it is done; Python acts on no signal before.
LONG = "import hashlib; hashlib.pbkdf2_hmac('sha256', b'', b'', 2_000_000_000)"
SWALLOWED = """
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass"""
JOINED = """pool = concurrent.futures.ThreadPoolExecutor(1)
    pool.submit(time.sleep, 60)
    time.sleep(60)"""
ORDINARY = "time.sleep(60)"


def begin(what: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(what=what)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.1)  # it is in its call
    return process


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
@pytest.mark.parametrize("what", [ORDINARY, LONG, SWALLOWED, JOINED])
def test_a_command_ends_within_two_seconds_with_one_line(
    what: str, number: signal.Signals, code: int
) -> None:
    process = begin(what)
    start = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert time.monotonic() - start < 2
    assert (process.returncode, said) == (code, LINE)


def test_one_that_has_not_begun_ends_at_once_without_a_word(tmp_path: Path) -> None:
    """As where a slow disk has its modules."""
    (tmp_path / "typer.py").write_text("import time; print('begun', flush=True); time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-m", "omiti2v"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == -signal.SIGINT


def test_the_second_ctrl_c_ends_it_at_once() -> None:
    process = begin(SWALLOWED)
    start = time.monotonic()
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    _, said = process.communicate(timeout=10)
    assert time.monotonic() - start < 1
    assert (process.returncode, said) == (130, LINE)


def test_what_is_ignored_stays_ignored() -> None:
    """As in the background of a shell."""
    script = SCRIPT.replace("signal.default_int_handler", "signal.SIG_IGN")
    process = subprocess.Popen(
        [sys.executable, "-c", script.format(what="time.sleep(0.5)")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0


COMMAND = f"{sys.executable} -m omiti2v score videos -o run -e edition --judge stuck:Stuck".split()
STUCK_JUDGE = """
import hashlib
from pathlib import Path
from evaluators.frames import FrameRule
from evaluators.judges import fingerprint_of

class Stuck:
    name, frame_rule, identity = "stuck", FrameRule(count=2), {"class": "Stuck"}
    fingerprint = fingerprint_of(identity)

    def judge(self, clip, questions):
        Path("asked").touch()
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000_000)
"""


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != "zombie"]


@pytest.mark.parametrize(
    "engine",
    [
        [],
        pytest.param(["--workers", "2"], marks=pytest.mark.slow),
        pytest.param(["--engine", "ray"], marks=pytest.mark.slow),
    ],
    ids=["local", "workers", "ray"],
)
@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)],
    ids=["Ctrl-C", "SIGKILL"],
)
def test_score_ends_while_its_judge_answers_and_leaves_no_process(
    files: Path, engine: list[str], number: signal.Signals
) -> None:
    (files / "stuck.py").write_text(STUCK_JUDGE)
    process = subprocess.Popen(
        [*COMMAND, *engine],
        cwd=files,
        env=os.environ | {"PYTHONPATH": str(files)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not (files / "asked").exists():
        assert process.poll() is None
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    for child in psutil.Process(process.pid).children():
        if "spawn_main" in " ".join(child.cmdline()):
            child.suspend()  # it can do nothing about it
    start = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=10)
    assert time.monotonic() - start < 2
    deadline = time.monotonic() + 5
    while alive(children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [one.cmdline() for one in alive(children)] == []
    said = process.stderr.read() if process.stderr else ""
    if number == signal.SIGINT:
        assert (process.returncode, said.splitlines()[-1] + "\n") == (130, LINE)
