"""A small case that every engine is given, and how two runs of it are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from evaluators.engines import Engine, LocalEngine
from evaluators.engines.worker_setup import MetricSelection, WorkerSetup
from evaluators.judges import Judge, JudgeSpec
from evaluators.metrics import EVERY_RUN
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.editions import Edition
from omiti2v.runs import Run, read_run
from omiti2v.submissions import Submission

METRICS = MetricSelection(names=EVERY_RUN)


@dataclass(frozen=True)
class Case:
    """An edition and a submission to it."""

    edition: Edition
    submission: Submission
    folder: Path

    def worker_setup(self, judge: str = "SlowJudge", **arguments: object) -> WorkerSetup:
        """What a worker opens: a judge of `killed_run`, and the metrics of every run."""
        spec = JudgeSpec(model=f"killed_run:{judge}", options=arguments)
        return WorkerSetup(edition=self.edition, judge=spec, metrics=METRICS)

    def run(self, name: str, engine: Judge | Engine, **options: object) -> Run:
        """Score into a new run folder."""
        chosen = replace(ScoringOptions(resamples=100), **options)  # type: ignore[arg-type]
        folder = self.folder / name
        score_submission(
            self.submission, self.edition, folder, judge=engine, cache=None, options=chosen
        )
        return read_run(folder)

    @property
    def plain(self) -> Run:
        """The run that the others are held against: in this process, one video after another."""
        return self.run("plain", LocalEngine(self.worker_setup().examiner(None), readers=1))


def assert_same_records(one: Run, other: Run) -> None:
    """Hold two runs against each other, row by row."""
    for rows in ("videos", "measurements"):
        assert _lines(getattr(one, rows)) == _lines(getattr(other, rows))
    keyed = [
        {(row.sample_id, row.question_id): row for row in run.responses} for run in (one, other)
    ]
    assert len(keyed[0]) == len(one.responses) == len(other.responses)
    assert keyed[0].keys() == keyed[1].keys()
    for key, row in keyed[0].items():
        twin = keyed[1][key]
        assert twin.p_yes == pytest.approx(row.p_yes, abs=1e-5)
        assert twin.mass == pytest.approx(row.mass, abs=1e-5)
        plain = {"p_yes": None, "mass": None}
        assert twin.model_copy(update=plain) == row.model_copy(update=plain)


def _lines(rows: Sequence[object]) -> list[str]:
    return sorted(row.model_dump_json() for row in rows)  # type: ignore[attr-defined]
