"""What it costs to compute entries again from their logs: 367 samples.

Usage: python -m lab.benchmarks.rescore [--entries 10 100 1000] [--board FOLDER] [--json]

One row a stage. `--board` keeps the made-up board for the next time.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from lab.benchmarks.made_boards import read_edition, write_board, write_run
from lab.benchmarks.measuring import (
    Seconds,
    benchmark_parser,
    fastest,
    print_rows,
    stage_row,
    timed,
)
from leaderboard.entries import Board, load_board, open_storage, read_entry_run, verify_entries
from leaderboard.entries.entry_scores import score_run
from omiti2v.editions import Edition
from omiti2v.runs import read_run
from omiti2v.scores import RESAMPLES, Scores


def rescore_one(folder: Path) -> Scores:
    """Read a run folder and compute all its scores, as `omiti2v rescore` does."""
    return read_run(folder).compute_scores(missing="zero", resamples=RESAMPLES, seed=0)


def rescore_entries(board: Board, number: int) -> tuple[Seconds, Seconds]:
    """Compute the first entries of a board again: what reading their logs took, and scoring.

    Raises:
        AssertionError: An entry's scores are not what its log gives.
    """
    entries = [entry for entry in board.entries if entry.run][:number]
    assert len(entries) == number, f"the board has {len(entries)} entries, expected {number}"
    read = score = Seconds(0.0, 0.0)
    for entry in entries:
        run, seconds = timed(partial(read_entry_run, board.storage, entry))
        read += seconds
        (scores, marks), seconds = timed(partial(score_run, run))
        score += seconds
        assert (scores, marks) == (entry.scores, entry.marks)
    return read, score


def measure(edition: Edition, counts: list[int], place: Path) -> list[dict[str, object]]:
    """The rows of the table.

    Args:
        edition: The edition of all entries.
        counts: Numbers of entries.
        place: Where the board is made.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = write_run(Path(folder) / "run", edition, 1)
        first = timed(lambda: rescore_one(run))[1]
        rows = [
            stage_row("one run folder, all breakdowns, first", 1, first),
            stage_row("the same again", 1, fastest(lambda: rescore_one(run))),
        ]
    board = load_board(open_storage(write_board(place, edition, entries=max(counts), logs=True)))
    for number in counts:
        read, score = rescore_entries(board, number)
        rows.append(stage_row("read and check the logs", number, read))
        rows.append(stage_row("scores and intervals", number, score))
    few = [entry for entry in board.entries if entry.run][:10]
    findings, taken = timed(lambda: verify_entries(board, few))
    assert findings == [], findings[:3]
    return [*rows, stage_row(f"verify, among {len(board.entries)}", len(few), taken)]


def main() -> None:
    parser = benchmark_parser(__doc__, entries=True)
    parser.add_argument("--board", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(read_edition(), arguments.entries, arguments.board or Path(folder))
    print_rows(rows, as_json=arguments.json)


if __name__ == "__main__":
    main()
