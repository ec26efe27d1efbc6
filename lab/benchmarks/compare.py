"""What it costs to hold one entry against others: every difference, its interval and its tests.

Usage: python -m lab.benchmarks.compare [--entries 10 100 1000] [--json]

Differences of 367 samples, 10,000 permutations; the logs are in memory.
"""

from __future__ import annotations

from functools import partial

from lab.benchmarks.made_boards import made_run, read_edition
from lab.benchmarks.measuring import Seconds, benchmark_parser, print_rows, timed
from omiti2v.comparison import compare_runs
from omiti2v.editions import Edition


def measure(edition: Edition, counts: list[int]) -> list[dict[str, object]]:
    """The rows of the table; each number of entries is a part of the next."""
    baseline = made_run(edition, 0)
    taken = Seconds(0.0, 0.0)
    rows: list[dict[str, object]] = []
    for number in range(1, max(counts) + 1):
        other = made_run(edition, number)
        comparison, seconds = timed(partial(compare_runs, baseline, other))
        taken += seconds
        differences = len(comparison.scores) + sum(
            len(groups) for kind in comparison.breakdowns.values() for groups in kind.values()
        )
        if number in counts or number == 1:
            rows.append(
                {
                    "compared with one": number,
                    "differences each": differences,
                    **taken.columns(),
                    "ms a comparison": 1000 * taken.per(number).cpu,
                }
            )
    return rows


def main() -> None:
    parser = benchmark_parser(__doc__, entries=True)
    arguments = parser.parse_args()
    print_rows(measure(read_edition(), arguments.entries), as_json=arguments.json)


if __name__ == "__main__":
    main()
