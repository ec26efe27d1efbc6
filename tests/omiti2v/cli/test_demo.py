"""`omiti2v demo`, whole and interrupted."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from omiti2v.number_format import MINUS

Command = Callable[..., "subprocess.CompletedProcess[str]"]
DEMO_SUBMISSIONS = (
    "edit done",
    "done on half",
    "still",
    "wrong object",
    "camera only",
    "blank",
    "text over the frames",
)


def test_an_interrupt_says_how_to_go_on(omiti2v: Command, files: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "omiti2v", "demo", "-o", "out"],
        cwd=files,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background of a shell has it ignored for all below.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not (files / "out" / "edition").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "error: interrupted; the same command resumes from here" in said
    assert "Traceback" not in said


def test_the_demo_tells_the_submissions_apart(omiti2v: Command, tmp_path: Path) -> None:
    done = omiti2v("demo", "-o", "out")
    assert done.returncode == 0, done.stderr
    rows = {
        name: [float(cell.replace(MINUS, "-")) for cell in line.removeprefix(name).split()]
        for line in done.stdout.splitlines()
        for name in DEMO_SUBMISSIONS
        if line.startswith(name + " ") and line.removeprefix(name).split()[0][0].isdigit()
    }
    assert list(rows) == list(DEMO_SUBMISSIONS)
    accuracy, lift, negligent, broken = 0, 1, 4, 5
    floor = re.search(r"still floor: ([0-9.]+) %", done.stdout)
    assert floor
    assert rows["edit done"][accuracy] > 95
    assert abs(rows["still"][accuracy] - float(floor[1])) < 3
    assert rows["still"][negligent] > 90
    assert rows["blank"][broken] > 90
    for name in ("wrong object", "camera only"):
        assert rows[name][accuracy] < rows["edit done"][accuracy] - 25
    assert rows["still"][accuracy] < rows["done on half"][accuracy] < rows["edit done"][accuracy]
    assert rows["edit done"][lift] > 90
    report = (tmp_path / "out" / "report.html").read_text()
    assert all(name in report for name in DEMO_SUBMISSIONS)
    assert (tmp_path / "out" / "runs" / "blank" / "responses.jsonl").is_file()
