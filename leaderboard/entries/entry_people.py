"""An entry's scores that know its judge errs: from people's answers kept with it, and corrected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from leaderboard.entries import names
from leaderboard.entries.compression import gzip_bytes
from omiti2v.calibration import Calibration
from omiti2v.estimation.anchored_scores import AnchoredScores, Anchors, anchored_scores
from omiti2v.estimation.choice import Choice
from omiti2v.estimation.corrected_scores import CorrectedScores, corrected_scores
from omiti2v.estimation.people_answers import answers_about
from omiti2v.records import Record
from omiti2v.reviews.people import PersonAnswer
from omiti2v.runs import Run


class EntryPeople(Record):
    """`people.json` of an entry.

    Attributes:
        scores: By the board's rule, like all of its numbers.
        choice: The order in which people answered; None where their samples came at random.
    """

    scores: AnchoredScores
    choice: Choice | None = None


def people_files(run: Run, anchors: Anchors) -> dict[str, bytes]:
    """The files of an entry that people's answers make, by name.

    Raises:
        UserError: People have answered too few samples; see `anchored_scores`.
    """
    rows = answers_about(run, anchors.people)
    found = EntryPeople(scores=score_people(run, rows, anchors.choice), choice=anchors.choice)
    packed = "".join(row.model_dump_json() + "\n" for row in rows)
    return {
        names.PEOPLE: (found.model_dump_json(indent=1) + "\n").encode(),
        names.PEOPLE_ANSWERS: gzip_bytes(packed.encode()),
    }


def score_people(run: Run, rows: Iterable[PersonAnswer], choice: Choice | None) -> AnchoredScores:
    """A run's anchored scores on a board: over all samples, one without a video counts 0.

    Args:
        run: The log.
        rows: Answers of people; those of machines count for nothing.
        choice: As for `EntryPeople`.

    Raises:
        UserError: As for `people_files`.
    """
    return anchored_scores(_by_board_rule(run), anchors_of(rows, choice))


def anchors_of(rows: Iterable[PersonAnswer], choice: Choice | None) -> Anchors:
    """What people have said, from the rows that an entry keeps; arguments as above."""
    people: dict[str, list[PersonAnswer]] = {}
    for row in rows:
        people.setdefault(row.reviewer, []).append(row)
    return Anchors(people, choice)


def score_corrected(run: Run, calibration: Calibration) -> CorrectedScores:
    """A run's scores on a board, corrected for its judge.

    Raises:
        UserError: The calibration does not do; see `corrected_scores`.
    """
    return corrected_scores(_by_board_rule(run), calibration)


def _by_board_rule(run: Run) -> Run:
    info = run.info.model_copy(update={"missing": "zero", "sample_ids": None})
    return replace(run, info=info)
