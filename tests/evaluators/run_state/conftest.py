"""A run folder of a small edition, open for writing, and the cache beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from evaluators.cache import EvaluationCache
from omiti2v.editions import Edition
from omiti2v.runs import EditionStamp, RunInfo, RunWriter
from omiti2v.submissions import SubmissionInfo


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition", count=3)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EvaluationCache]:
    with EvaluationCache(tmp_path / "cache.sqlite3") as opened:
        yield opened


@pytest.fixture
def open_run(edition: Edition, tmp_path: Path) -> Iterator[Callable[..., RunWriter]]:
    """A function that opens the run folder; the one that it gave before is closed first.

    The run is what its arguments say, and stays so when it is opened without them.
    """
    stamp = EditionStamp(name=edition.name, fingerprint=edition.fingerprint, samples=3)
    info = RunInfo(
        submission=SubmissionInfo(name="mine"),
        edition=stamp,
        sample_ids=None,
        judge=None,
        metrics={},
        missing="zero",
        resamples=100,
        seed=0,
        versions={},
    )
    with ExitStack() as stack:

        def open_it(**changes: object) -> RunWriter:
            nonlocal info
            stack.pop_all().close()
            info = info.model_copy(update=changes)
            return stack.enter_context(RunWriter(tmp_path / "run", info, edition))

        yield open_it
