"""A local Ray cluster: the same records as one process, whichever actors are killed."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Generator, Iterable

import pytest
from engine_cases import Case, assert_same_records

from evaluators.engines.ray import RayEngine
from evaluators.engines.tasks import ResultBatch, VideoTask
from omiti2v.errors import UserError

pytest.importorskip("ray", reason="the extra [ray] is not installed")
pytestmark = pytest.mark.slow

KILLS = 10


class Harassed(RayEngine):
    """Kills an actor now and then, at any moment between two batches."""

    kills = 0

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        rng = random.Random(3)
        for number, batch in enumerate(super().run(tasks)):
            yield batch
            if number % 4 == 3 and self.kills < KILLS:
                os.kill(rng.choice(self.processes()), signal.SIGKILL)
                self.kills += 1


def test_ten_killed_actors_lose_nothing_and_double_nothing(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(80)
    (case.submission.folder / "s002.mp4").write_bytes(b"not a video")
    with Harassed(case.worker_setup(), workers=2) as engine:
        run = case.run("ray", engine)
        assert engine.kills == KILLS
    assert_same_records(run, case.plain)


def test_actors_fetch_videos_from_an_address(make_case: Callable[[int], Case]) -> None:
    case = make_case(3)
    with RayEngine(case.worker_setup(), workers=1) as engine:
        run = case.run("ray", engine, videos_at=f"file://{case.submission.folder}")
    assert_same_records(run, case.plain)


def test_what_keeps_an_actor_from_opening_its_judge_is_said(
    make_case: Callable[[int], Case],
) -> None:
    with pytest.raises(UserError, match="model: can't be loaded: its files are broken"):
        RayEngine(make_case(1).worker_setup("broken_judge"), workers=1)
