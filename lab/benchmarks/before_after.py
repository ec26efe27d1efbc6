"""What a change of the code costs: `check` and `score` of one checkout against another, in turn.

Usage: python -m lab.benchmarks.before_after FOLDER --before CHECKOUT --after CHECKOUT [--pairs 8]
[--samples 367] [--json]

Each checkout has an environment of its own in `.venv`. The videos are those of
`lab.benchmarks.score`: rendered into FOLDER once. Both checkouts score the same files, without a
cache, each time in a process of its own; which goes first alternates. Ratios are after / before,
pair by pair: their geometric mean with a 95 % interval (Student's t on their logarithms).
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from scipy import stats

from lab.benchmarks.measuring import Seconds, benchmark_parser, print_rows
from lab.benchmarks.score import render
from lab.soak.watching import adopt_orphans

COMMANDS = {
    "check": ("check",),
    "score, metrics": ("score", "--no-cache"),
    "score, tiny judge": ("score", "--no-cache", "--judge", "tiny"),
    "score, tiny judge, 2 workers": ("score", "--no-cache", "--judge", "tiny", "--workers", "2"),
}
NOTE = (
    "Ratios are after / before with 95 % intervals; the processor's seconds are those of all "
    "processes of a command."
)


def run(checkout: Path, words: Sequence[str], folder: Path, output: Path) -> Seconds:
    """One command of a checkout, and what it and all that it started took."""
    name, *options = words
    command = [str(checkout / ".venv/bin/python"), "-m", "omiti2v", name, str(folder / "videos")]
    command += ["--edition", str(folder / "edition"), *options]
    if name == "score":
        shutil.rmtree(output, ignore_errors=True)
        command += ["-o", str(output)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=checkout, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    wall = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')[-1000:]}")
    with suppress(ChildProcessError):
        while True:  # processes that outlived the command count too
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Seconds(wall, cpu)


def ratio(after: Sequence[float], before: Sequence[float]) -> tuple[float, float, float]:
    """Geometric mean of the ratios of pairs, with the ends of its 95 % interval."""
    logs = np.log(np.asarray(after) / np.asarray(before))
    half = stats.sem(logs) * stats.t.ppf(0.975, len(logs) - 1)
    middle = float(logs.mean())
    return tuple(float(np.exp(one)) for one in (middle, middle - half, middle + half))  # type: ignore[return-value]


def row(what: str, pairs: Sequence[tuple[Seconds, Seconds]]) -> dict[str, object]:
    """A row of the table, from seconds before and after."""
    found: dict[str, object] = {"command": what, "pairs": len(pairs)}
    for name, label in (("wall", "wall"), ("cpu", "processor")):
        before, after = ([getattr(pair[place], name) for pair in pairs] for place in (0, 1))
        middle, low, high = ratio(after, before)
        found[f"{label} before, s"] = float(np.median(before))
        found[f"{label} after, s"] = float(np.median(after))
        found[f"{label} ratio"] = f"{middle:.3f} ({low:.3f} to {high:.3f})"
    return found


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--before", type=Path, required=True, help="a checkout with its .venv")
    parser.add_argument("--after", type=Path, required=True, help="the same")
    parser.add_argument("--pairs", type=int, default=8, help="after one that does not count")
    parser.add_argument("--samples", type=int, default=367)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    options = parser.parse_args()
    folder = (options.folder / f"x1-{options.samples}").resolve()
    render(folder, options.samples)
    adopt_orphans()
    rows = []
    for what in options.commands:
        pairs = []
        for number in range(options.pairs + 1):
            order = ("before", "after") if number % 2 else ("after", "before")
            taken = {
                which: run(
                    getattr(options, which).resolve(), COMMANDS[what], folder, folder / which
                )
                for which in order
            }
            if number:
                pairs.append((taken["before"], taken["after"]))
        rows.append(row(what, pairs))
    print_rows(rows, as_json=options.json, note=NOTE)


if __name__ == "__main__":
    main()
