"""A worker's process that dies before it has heard anything keeps nobody waiting."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from multiprocessing import spawn
from queue import SimpleQueue

from evaluators.engines.piped_process import PipedProcess

MORE_THAN_A_PIPE_HOLDS = "x" * 1_000_000


def test_a_process_that_ends_before_it_reads_is_heard_to_be_dead(monkeypatch):
    monkeypatch.setattr(spawn, "_python_exe", os.fsencode(str(shutil.which("true"))))
    heard: SimpleQueue[object] = SimpleQueue()
    process = PipedProcess(print, (MORE_THAN_A_PIPE_HOLDS,), heard.put)
    assert heard.get(timeout=20) is None
    process.wait(5)
    assert process.pid not in {child.pid for child in multiprocessing.active_children()}
