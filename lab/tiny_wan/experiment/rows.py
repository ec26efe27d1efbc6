"""What is kept of each clip: one line of a small CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from omiti2v.errors import UserError
from omiti2v.records import write_atomically
from omiti2v.responses import Answer
from omiti2v.samples import Sample

LETTERS: dict[str, Answer] = {"y": "yes", "n": "no", "u": "unknown", "e": "error"}
MEASURES = ("dynamic_degree", "first_frame", "change", "elsewhere")
"""Numbers of a clip beside the judge's answers."""


@dataclass(frozen=True)
class Row:
    """One clip.

    Attributes:
        sample_id: The sample.
        answers: A letter of `LETTERS` for each of the sample's questions, in their order.
        dynamic_degree: 1 where it moves by VBench's rule, with DIS flow; else 0.
        first_frame: Agreement of the first frame with the reference image, -1 to 1.
        change: How far the last frame has gone from that of the rendered `still` clip to that of
            the rendered `done` clip: 0 none of the edit, 1 all of it. No judge is asked.
        elsewhere: Mean absolute difference from the rendered `still` clip in the last frame where
            the edit changes nothing, in levels of 255.
    """

    sample_id: str
    answers: str
    dynamic_degree: float
    first_frame: float
    change: float
    elsewhere: float

    def answers_to(self, sample: Sample) -> dict[str, Answer]:
        """The answers by question id.

        Raises:
            UserError: There are more or fewer than the sample has questions.
        """
        if len(self.answers) != len(sample.questions):
            raise UserError(
                f"{self.sample_id}: expected {len(sample.questions)} answers, got "
                f"{len(self.answers)}; the results are of another world: delete them"
            )
        pairs = zip(sample.questions, self.answers, strict=True)
        return {question.id: LETTERS[letter] for question, letter in pairs}


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write a CSV, whole or not at all.

    Raises:
        UserError: It can't be written.
    """
    text = io.StringIO()
    names = [field.name for field in fields(Row)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        values = {
            name: f"{value:.4g}" if isinstance(value, float) else value
            for name, value in asdict(row).items()
        }
        writer.writerow(values)
    write_atomically(path, text.getvalue())


def read_rows(path: Path) -> list[Row]:
    """Read what `write_rows` wrote.

    Raises:
        UserError: It can't be read or is something else.
    """
    try:
        with path.open(newline="") as file:
            return [_parse(line) for line in csv.DictReader(file)]
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: not a table of clips: {error}; delete it and run again") from None


def _parse(line: dict[str, str]) -> Row:
    answers = line["answers"]
    if not set(answers) <= set(LETTERS):
        raise ValueError(f"answers {answers!r}")
    return Row(line["sample_id"], answers, *(float(line[name]) for name in MEASURES))
