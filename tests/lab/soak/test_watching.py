"""What a command leaves behind is seen."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import psutil

from evaluators.child_process import pool as pool_module
from lab.soak.faults import Faults, role_of
from lab.soak.watching import Watched, in_nobodys_hands, shared_memory

# In a process of its own, as whoever watches adopts orphans for good.
WATCH = """
import json, os, sys
from pathlib import Path
from lab.soak.watching import adopt_orphans, watch
adopt_orphans()
script, log, seconds, kill_after = sys.argv[1:]
seen = watch(
    ["sh", "-c", script], env=os.environ, log=Path(log), seconds=float(seconds),
    tick=lambda process, now: None, kill_after=float(kill_after) or None, grace=0.3,
)
print(json.dumps([seen.code, seen.orphans]))
"""


def watched(script, log, *, seconds=20, kill_after=0):
    command = [sys.executable, "-c", WATCH, script, log, str(seconds), str(kill_after)]
    return json.loads(subprocess.check_output(command))


def living(word):
    lines = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if line and line[-1] == word]


def test_a_command_that_ends_leaves_nothing(tmp_path):
    log = tmp_path / "log"
    assert watched("echo said; exit 3", log) == [3, []]
    assert log.read_text() == "said\n"


def test_orphans_are_found_whatever_their_session_and_ended(tmp_path):
    code, orphans = watched("setsid sleep 77.25 & setsid sleep 77.25 & exit 0", tmp_path / "log")
    assert code == 0
    assert [one.partition(": ")[2] for one in orphans] == ["sleep 77.25"] * 2
    assert not living("77.25")


def test_a_command_that_hangs_is_ended_at_the_deadline(tmp_path):
    assert watched("sleep 78.25; true", tmp_path / "log", seconds=0.5) == [None, []]
    assert not living("78.25")


def test_a_command_is_killed_alone(tmp_path):
    code, orphans = watched("sleep 79.25; true", tmp_path / "log", kill_after=0.5)
    assert code == -9
    assert orphans == ["sleeping: sleep 79.25"]


def test_memory_that_grows_is_told_from_memory_that_is_flat():
    assert Watched(memory=[0, 0, 100, 100, 100, 100, 101, 101]).growth == 1.01
    assert Watched(memory=[0, 0, 100, 100, 120, 140, 160, 180]).growth == 1.7


def test_shared_memory_that_is_used_is_not_left(tmp_path):
    from multiprocessing.shared_memory import SharedMemory

    before = shared_memory()
    block = SharedMemory(create=True, size=4096)
    assert block.name in shared_memory() - before
    assert in_nobodys_hands({block.name}) == set()
    block.close()
    assert in_nobodys_hands({block.name}) == {block.name}
    block.unlink()


def test_signals_go_to_workers_that_run():
    for pool in pool_module._POOLS.values():  # of other tests in this process
        pool.close()
    # Named as a worker's command line is.
    script = "import time, sys; time.sleep(60)"
    worker = subprocess.Popen([sys.executable, "-c", script, "multiprocessing.spawn import"])
    other = subprocess.Popen([sys.executable, "-c", script])
    try:
        faults = Faults(signals=["SIGSTOP"], seed=0, pause=0.0)
        for now in (1, 2, 3):
            faults.tick(psutil.Process(), now, progress=now)
            worker_seen = psutil.Process(worker.pid)
            while worker_seen.status() != psutil.STATUS_STOPPED:
                time.sleep(0.01)
        assert faults.sent == {"SIGSTOP to a worker": 1}
        assert role_of(worker_seen) is None
        worker.send_signal(signal.SIGCONT)
        faults.tick(psutil.Process(), 4, progress=1)
        assert faults.sent.total() == 1, "nothing was done since the last one"
        assert psutil.Process(other.pid).status() != psutil.STATUS_STOPPED
    finally:
        worker.kill(), other.kill()
        worker.wait(), other.wait()
