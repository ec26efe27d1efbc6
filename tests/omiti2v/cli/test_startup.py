"""Help is instant: no command imports what it does not need."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

HEAVY = ("torch", "pandas", "datasets", "transformers", "cv2", "av", "numpy")


def seconds(*arguments: str) -> float:
    """Processor time, which other work on the machine hardly changes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_takes_less_than_half_a_second_more_than_an_empty_program() -> None:
    # The smallest of a few runs: what the program needs, with the machine's other work left out.
    empty = min(seconds("-c", "pass") for _ in range(5))
    wanted = min(seconds("-m", "omiti2v", "--help") for _ in range(5))
    assert wanted - empty < 0.5


@pytest.mark.parametrize("arguments", [["--help"], ["score", "--help"], ["check", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    script = f"""
import sys
sys.argv = ["omiti2v", *{arguments!r}]
from omiti2v.cli import main
try:
    main()
except SystemExit:
    pass
print("LOADED", *(name for name in {HEAVY!r} if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert "Usage" in done.stdout
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_no_module_of_the_benchmark_imports_torch() -> None:
    script = """
import importlib, pkgutil, sys
import omiti2v
for module in pkgutil.walk_packages(omiti2v.__path__, "omiti2v."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*(name for name in ("torch", "transformers", "diffusers") if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []
