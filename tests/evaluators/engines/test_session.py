"""A session of processes and the death of its leader."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

SCRIPT = """
import subprocess
from evaluators.engines.session import lead_session

lead_session()
child = subprocess.Popen(["sleep", "60"], process_group=0)
print(child.pid, flush=True)
child.wait()
"""


def test_whatever_a_process_started_dies_when_it_was_killed() -> None:
    leader = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    assert leader.stdout
    child = psutil.Process(int(leader.stdout.readline()))
    (guard,) = (one for one in psutil.Process(leader.pid).children() if one != child)
    leader.kill()
    assert leader.stdout.read() == ""  # nobody has it open any more
    deadline = time.monotonic() + 5
    for one in (child, guard):
        while one.is_running() and one.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.01)
