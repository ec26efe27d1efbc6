"""Runs commands one after the other, each in a fork of this process, which has imported all.

Reads a line of JSON for each: folder, arguments, environment, where its output goes. Answers with
its exit code. Started with the library of `fault.c` before all others; only the forks turn it on.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import traceback

PATIENCE = 120
"""Seconds that a command may take."""

IMPORTED = (
    "evaluators.calibration.run",
    "evaluators.check",
    "evaluators.engines.late",
    "evaluators.judges.loading",
    "evaluators.scoring",
    "leaderboard.entries",
    "leaderboard.report",
    "leaderboard.review.session",
    "omiti2v.cli",
    "omiti2v.comparison",
    "omiti2v.dataset.compile",
    "omiti2v.dataset.export",
    "omiti2v.dataset.sheet",
    "omiti2v.dataset.stats",
    "omiti2v.plan.taken",
    "alignvid_ref.generation.generate",
    "alignvid_ref.generation.plan",
)


def run(folder: str, arguments: list[str], environment: dict[str, str], out: str) -> None:
    """Be the command."""
    signal.alarm(PATIENCE)
    os.chdir(folder)
    tempfile.tempdir = None
    for number, name in ((1, f"{out}.stdout"), (2, f"{out}.stderr")):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.environ.update(environment)
    if arguments[0] == "call":
        from faults import actions

        from omiti2v.errors import UserError

        try:
            getattr(actions, arguments[1])()
        except UserError as error:
            sys.exit(f"error: {error}")
        sys.exit(0)
    from omiti2v.cli import main

    sys.argv = ["omiti2v", *arguments]
    main()


def serve() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            code = 0
            try:
                run(**asked)
            except SystemExit as done:
                code = done.code if isinstance(done.code, int) else bool(done.code)
                if isinstance(done.code, str):
                    sys.stderr.write(f"{done.code}\n")
            except BaseException:
                traceback.print_exc()
                code = 70
            # The interpreter's own end, without taking all modules apart.
            threading._shutdown()
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, file=answers)


if __name__ == "__main__":
    serve()
