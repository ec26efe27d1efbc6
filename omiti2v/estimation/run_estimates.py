"""What lies beside a run's log and says more of its scores: people's answers, a calibration."""

from __future__ import annotations

import os
from pathlib import Path

from omiti2v.calibration import Calibration, read_calibration
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import AnchoredScores, anchored_scores, read_anchors
from omiti2v.estimation.corrected_scores import CorrectedScores, corrected_scores
from omiti2v.records import OrAbsent, Record, read_record
from omiti2v.reviews.confirmed import REVIEWS
from omiti2v.runs import Run
from omiti2v.scores import Scores


class RunEstimates(Record):
    """Scores of a run that know that its judge errs.

    Attributes:
        people: Anchored in people's answers; None where there are none, or too few.
        corrected: Corrected by the judge's calibration; None where there is none that does.
        notes: Why not, where there was something.
    """

    people: AnchoredScores | None = None
    corrected: CorrectedScores | None = None
    notes: tuple[str, ...] = ()


class Rescored(Scores):
    """What `omiti2v rescore --json` prints: the scores, and the estimates that there are."""

    people: OrAbsent[AnchoredScores] = None
    corrected: OrAbsent[CorrectedScores] = None


def run_estimates(
    run: Run, *, people: Path | None = None, calibration: Path | None = None
) -> RunEstimates:
    """Everything that can be had.

    Args:
        run: With its folder; without a judge there is nothing.
        people: Folder of people's answers; the run's own reviews where None.
        calibration: A `calibration.json`; the one kept with the run where None.

    Raises:
        UserError: A file is broken, or one that was named does not do.
    """
    if run.info.judge is None:
        return RunEstimates()
    anchored, corrected, notes = None, None, []
    try:
        anchors = read_anchors(people or run.paths.folder / REVIEWS)
        if people or any(anchors.people.values()):
            anchored = anchored_scores(run, anchors)
    except UserError as error:
        if people:
            raise
        notes.append(str(error))
    path = calibration or run.paths.calibration
    if calibration or os.path.lexists(path):
        try:
            corrected = corrected_scores(run, read_record(path, Calibration))
        except UserError as error:
            if calibration:
                raise
            notes.append(f"{path}: {error}")
    return RunEstimates(people=anchored, corrected=corrected, notes=tuple(notes))


def kept_calibration(a: Run, b: Run) -> Calibration | None:
    """The calibration that is kept with a run, where both have one judge.

    Raises:
        UserError: It is broken, or of another judge.
    """
    one, other = a.info.judge, b.info.judge
    kept = [run.paths.calibration for run in (a, b) if os.path.lexists(run.paths.calibration)]
    if not one or not other or one.fingerprint != other.fingerprint or not kept:
        return None
    return read_calibration(kept[0], fingerprint=one.fingerprint)
