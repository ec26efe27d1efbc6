"""A file that can't be written: one line, nothing lost, and the same command finishes later."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.cases import CASES
from faults.engine import Bench, Case, Disturbed


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_fault_loses_anything(case: Case, bench: Bench, world: Path) -> None:
    disturbed = Disturbed(case, bench, world)
    assert disturbed.faults
    found = {
        str(fault): problems
        for fault in disturbed.faults
        if (problems := list(disturbed.problems(fault)))
    }
    assert not found, "\n".join(f"{fault}\n    " + "\n    ".join(p) for fault, p in found.items())
