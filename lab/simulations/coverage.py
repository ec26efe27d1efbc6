"""How often the intervals cover the truth: `python -m lab.simulations.coverage --help`.

Every kind of interval that is shown, on made-up runs whose true scores are known. Writes all cases
as JSON, and from them the tables of the page.
"""

from __future__ import annotations

import argparse
import json
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lab.simulations.coverage_cases import Case, difference_cases, mean_cases, share_cases
from lab.simulations.coverage_metrics import calibration_error_cases, metric_cases
from lab.simulations.sampled_scores import SIZES
from lab.tables import fill, markdown
from omiti2v.records import write_atomically

PAGE = Path(__file__).resolve().parents[2] / "docs" / "statistics" / "intervals.md"


@dataclass(frozen=True)
class Measured:
    """What was found in a case.

    Attributes:
        kind, setting, n, truth: Of the case.
        runs: How many had an interval.
        coverage: Share of them whose interval holds the truth.
        width: Mean of the intervals.
        wilson: Mean width of Wilson's intervals for as many samples of 0 or 1; None where the
            score is no share.
    """

    kind: str
    setting: str
    n: int
    truth: float
    runs: int
    coverage: float
    width: float
    wilson: float | None


def measure(case: Case, *, runs: int, seed: int) -> Measured:
    """Draw a case `runs` times; its numbers depend on the case and the seed alone."""
    name = f"{case.kind}/{case.setting}/{case.n}/{case.truth:.9f}"
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    drawn = [case.draw(rng) for _ in range(runs)]
    known = [(value, interval) for value, interval in drawn if interval]
    covered = [low - 1e-12 <= case.truth <= high + 1e-12 for _, (low, high) in known]
    return Measured(
        kind=case.kind,
        setting=case.setting,
        n=case.n,
        truth=case.truth,
        runs=len(known),
        coverage=sum(covered) / max(1, len(known)),
        width=sum(high - low for _, (low, high) in known) / max(1, len(known)),
        wilson=sum(wilson_width(value, case.n) for value, _ in known) / max(1, len(known))
        if case.kind.startswith("share")
        else None,
    )


def wilson_width(share: float, n: int) -> float:
    """The width of Wilson's 95 % interval (1927) of a share seen in `n` samples."""
    z = 1.959963984540054
    return 2 * z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)


def all_cases(sizes: Sequence[int]) -> Iterator[Case]:
    """Every case of the page."""
    yield from share_cases(sizes)
    yield from mean_cases(sizes)
    yield from difference_cases(sizes)
    yield from metric_cases(sizes)
    yield from calibration_error_cases([n for n in sizes if n < 200])


def coverage_table(found: Sequence[Measured]) -> str:
    """By kind and number of samples: how often intervals cover at the least, and on average."""
    rows = []
    for kind in dict.fromkeys(row.kind for row in found):
        for n in sorted({row.n for row in found if row.kind == kind}):
            rows_here = [row for row in found if (row.kind, row.n) == (kind, n) and row.runs]
            worst = min(rows_here, key=lambda row: row.coverage)
            mean = np.mean([row.coverage for row in rows_here])
            wilson = [row.width / row.wilson for row in rows_here if row.wilson]
            rows.append(
                (
                    kind,
                    n,
                    len(rows_here),
                    f"{100 * worst.coverage:.1f}",
                    f"{worst.setting}, true {worst.truth:.3g}",
                    f"{100 * mean:.1f}",
                    f"{max(wilson):.2f}" if wilson else "",
                )
            )
    columns = ["interval", "samples", "cases", "least, %", "where", "mean, %", "widest by Wilson's"]
    return markdown(columns, rows, left=("interval", "where"))


def rates_table(found: Sequence[Measured]) -> str:
    """By kind and true value: the least coverage of any setting, by number of samples."""
    rows = []
    sizes = sorted({row.n for row in found})
    kinds = ("share of samples", "share of takes", "mean over samples", "ratio over questions")
    for kind in kinds:
        for truth in sorted({row.truth for row in found if row.kind == kind}):
            cells = []
            for n in sizes:
                here = [row for row in found if (row.kind, row.n, row.truth) == (kind, n, truth)]
                low, width = min(row.coverage for row in here), max(row.width for row in here)
                cells.append(f"{100 * low:.1f} ({100 * width:.1f})")
            rows.append((kind, f"{100 * truth:g}", *cells))
    return markdown(["interval", "true, %", *(f"{n} samples" for n in sizes)], rows)


def main() -> None:
    """Measure all cases, or read them, and fill the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000, help="made-up runs of each case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--tables-only", action="store_true", help="of the results beside the page")
    options = parser.parse_args()
    results: Path = options.page.with_suffix(".json")
    if not options.tables_only:
        rows = []
        for case in all_cases(SIZES):
            # A calibration error has a bootstrap in each run; of none or all, runs are alike.
            alike = case.truth in (0.0, 1.0) and case.kind.startswith(("share", "mean", "ratio"))
            fewer = 10 if alike or case.kind == "calibration error" else 1
            runs = options.runs // fewer
            rows.append(json.dumps(asdict(measure(case, runs=runs, seed=options.seed))))
        write_atomically(results, "[\n" + ",\n".join(rows) + "\n]\n")
    found = [Measured(**row) for row in json.loads(results.read_bytes())]
    tables = {"coverage": coverage_table(found), "rates": rates_table(found)}
    write_atomically(options.page, fill(options.page.read_text(encoding="utf-8"), tables))


if __name__ == "__main__":
    main()
