"""Which rows can be those of a run: of its samples and questions, by its judge and metrics."""

from __future__ import annotations

from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.responses import Measurement, Response
from omiti2v.runs.info import RunInfo

Row = VideoReport | Response | Measurement


def row_key(row: Row) -> tuple[str, str]:
    """What a row is about: the video, and what of it; a log has one row for each."""
    if isinstance(row, Response):
        return row.video_id, row.question_id
    return row.video_id, row.metric if isinstance(row, Measurement) else "video"


def digest_of(row: Row) -> str | None:
    """Digest of the video that a row is about."""
    return row.sha256 if isinstance(row, VideoReport) else row.video_sha256


class RowRules:
    """What holds for each row of a run by itself.

    Args:
        info: Of the run.
        edition: Its samples.
    """

    def __init__(self, info: RunInfo, edition: Edition) -> None:
        self._covered = set(edition.by_id if info.sample_ids is None else info.sample_ids)
        self._edition = edition.name
        self._questions = {
            (sample.id, question.id): question.question
            for sample in edition.samples
            for question in sample.questions
        }
        self._judge = info.judge.fingerprint if info.judge else None
        self._metrics = info.metrics

    def problem(self, row: Row) -> str | None:
        """Why a row can't be the run's own; None where it can."""
        if row.sample_id not in self._covered:
            return f"sample {row.sample_id!r} is not one that the run covers"
        if isinstance(row, Response):
            return self._problem_of_answer(row)
        return self._problem_of_number(row) if isinstance(row, Measurement) else None

    def _problem_of_answer(self, row: Response) -> str | None:
        question = self._questions.get((row.sample_id, row.question_id))
        if question is None:
            return f"no such question in edition {self._edition}"
        if question != row.question:
            return f"was asked another text than edition {self._edition} has"
        if row.judge != self._judge:
            return f"answered by judge {row.judge[:12]}, not by the one that run.json names"
        return None

    def _problem_of_number(self, row: Measurement) -> str | None:
        stamp = self._metrics.get(row.metric)
        if stamp is None:
            return f"version {row.metric_version}, run.json names no such metric"
        low, high = stamp.bounds
        if row.value is not None and (
            (low is not None and row.value < low) or (high is not None and row.value > high)
        ):
            return f"expected a number from {low} to {high}, got {row.value}"
        return None
