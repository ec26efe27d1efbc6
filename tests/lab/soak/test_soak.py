"""The soak itself, in small."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def soak(folder, *options):
    command = [sys.executable, "-m", "lab.soak", "--out", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "soak.json").read_text())


def test_a_small_run_of_one_process_is_as_one_without_signals(tmp_path):
    options = ["--videos", "16", "--hostile", "0.5", "--no-costly", "--minutes", "5"]
    found = soak(tmp_path, *options, "--engine", "local", "--no-judge", "--pause", "0.2")
    assert sum(found["signals"].values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["workers", "ray"])
def test_a_run_among_signals_is_as_one_without(tmp_path, engine):
    options = ["--videos", "160", "--hostile", "0.3", "--no-costly", "--minutes", "15"]
    found = soak(tmp_path, *options, "--engine", engine, "--pause", "8")
    assert {name.split()[0] for name in found["signals"]} == {"SIGKILL", "SIGSTOP", "SIGSEGV"}


@pytest.mark.slow
def test_a_command_that_is_killed_too_loses_nothing(tmp_path):
    options = ["--videos", "160", "--hostile", "0.3", "--no-costly", "--minutes", "15"]
    found = soak(tmp_path, *options, "--pause", "8", "--parent-kills", "3")
    assert found["parent_kills"] >= 1
