"""How the benchmarks measure and print: seconds of the wall and of the processor, as Markdown."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lab.tables import markdown

T = TypeVar("T")


@dataclass(frozen=True)
class Seconds:
    """What something took.

    Attributes:
        wall: By the clock; on a busy machine this is mostly waiting for others.
        cpu: Seconds of this process's threads.
    """

    wall: float
    cpu: float

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(self.wall + other.wall, self.cpu + other.cpu)

    def per(self, number: int) -> Seconds:
        """The share of one of `number`."""
        return Seconds(self.wall / number, self.cpu / number)

    def columns(self) -> dict[str, float]:
        """As two columns of a row."""
        return {"wall, s": self.wall, "processor, s": self.cpu}


def stage_row(what: str, entries: int, taken: Seconds) -> dict[str, object]:
    """A row of what a stage took over some entries, which may be none."""
    each = 1000 * taken.per(entries).cpu if entries else None
    return {"what": what, "entries": entries, **taken.columns(), "ms an entry": each}


def timed(work: Callable[[], T]) -> tuple[T, Seconds]:
    """What `work` gives, and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Seconds(time.perf_counter() - wall, time.process_time() - cpu)


def fastest(work: Callable[[], object], *, times: int = 3) -> Seconds:
    """The least of several runs, wall and processor each for itself."""
    taken = [timed(work)[1] for _ in range(times)]
    return Seconds(min(one.wall for one in taken), min(one.cpu for one in taken))


def machine() -> str:
    """The machine and how busy it is, in a line."""
    try:
        load = f"{os.getloadavg()[0]:.1f}"
    except OSError:
        load = "not known"
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}, OMP_NUM_THREADS {threads}, load {load}"
    )


def benchmark_parser(description: str | None, *, entries: bool = False) -> argparse.ArgumentParser:
    """The options that the benchmarks have in common: `--json`, and `--entries`.

    Args:
        description: Its first line is shown.
        entries: Whether there are numbers of entries to choose.
    """
    first = description.splitlines()[0] if description else None
    parser = argparse.ArgumentParser(description=first)
    parser.add_argument("--json", action="store_true", help="JSON in place of Markdown")
    if entries:
        parser.add_argument("--entries", type=int, nargs="+", default=[10, 100, 1000])
    return parser


def print_rows(rows: Sequence[Mapping[str, object]], *, as_json: bool, note: str = "") -> None:
    """Rows as a Markdown table, or as JSON; the machine is named in both."""
    if as_json:
        print(json.dumps({"machine": machine(), "note": note, "rows": list(rows)}, indent=1))
        return
    print(f"Machine: {machine()}\n")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    words = [name for name in columns if all(isinstance(r.get(name), str | None) for r in rows)]
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    print(markdown(columns, cells, left=words))
    if note:
        print(f"\n{note}")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value)
