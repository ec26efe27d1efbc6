"""Temporary folders of processes that were killed do not stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from omiti2v.held_folder import held_folder, remove_abandoned


def test_the_folder_of_a_process_that_was_killed_is_removed_by_the_next(
    tmp_path: Path,
) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from omiti2v.held_folder import held_folder\n"
        "with held_folder(Path(sys.argv[1])) as folder:\n"
        "    print(folder, flush=True)\n    time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    theirs = Path(process.stdout.readline().strip())
    with held_folder(tmp_path) as ours:
        assert {theirs, ours} == set(tmp_path.iterdir())  # while it lives, it stays
    process.kill()
    process.wait()
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []
