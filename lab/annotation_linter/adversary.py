"""What an adversary found: the likeliest wrong video of a sample, and whether it would pass.

The adversary sees prompt, image and questions with their answers, and describes the wrong video
that a model is most likely to make and that still gets every expected answer. How bad it is, is
the adversary's own judgment; a machine's, like the other reviews.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from omiti2v.errors import UserError
from omiti2v.records import Record, read_records
from omiti2v.samples import SampleId, Text

Grade = Literal["none", "slip", "wrong"]

MAX_WRONG = 0.20
"""The largest share of samples, of those of the last round, that may let a wrong video pass."""


class WrongVideo(Record):
    """The likeliest wrong video of a sample that passes.

    Attributes:
        sample_id: The sample.
        grade: `none`: no likely wrong video passes. `slip`: one does that a careful person would
            let pass too, or that hardly any model makes. `wrong`: one does that a person would call
            wrong.
        video: What is to be seen in it; empty only for `none`.
    """

    sample_id: SampleId
    grade: Grade
    video: Text | Literal[""] = ""


def read_adversaries(folder: Path) -> dict[int, list[WrongVideo]]:
    """The findings in `adversary-<n>.jsonl` of a folder of reviews, by round.

    Raises:
        UserError: A file is broken, or names a sample twice.
    """
    rounds: dict[int, list[WrongVideo]] = {}
    for path in sorted(folder.glob("adversary-*.jsonl")):
        rows = read_records(path, WrongVideo)
        repeated = [name for name, n in Counter(row.sample_id for row in rows).items() if n > 1]
        if repeated:
            raise UserError(f"{path}: sample {repeated[0]} stands in it twice; keep one line")
        rounds[int(path.stem.removeprefix("adversary-"))] = rows
    return dict(sorted(rounds.items()))


def shares(rows: Sequence[WrongVideo]) -> dict[Grade, float]:
    """Share of the samples by grade; empty without samples."""
    counts = Counter(row.grade for row in rows)
    return {grade: counts[grade] / len(rows) for grade in ("none", "slip", "wrong") if rows}
