"""Worker processes: the same records as one process, whichever of them are killed."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Generator, Iterable

import psutil
import pytest
from engine_cases import Case, assert_same_records

from evaluators.engines import task_queue
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.engines.vigil import Patience
from evaluators.engines.workers import WorkerEngine
from omiti2v.errors import UserError

KILLS = 10


class Harassed(WorkerEngine):
    """Kills a worker now and then, at any moment between two batches."""

    kills = 0

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        rng = random.Random(3)
        for number, batch in enumerate(super().run(tasks)):
            yield batch
            if number % 4 == 3 and self.kills < KILLS:
                victim = rng.choice(list(self._workers.values()))
                os.kill(victim.pid, signal.SIGKILL)
                self.kills += 1


def test_two_workers_come_to_the_same_records(make_case: Callable[[int], Case]) -> None:
    case = make_case(7)
    (case.submission.folder / "s002.mp4").write_bytes(b"not a video")
    with WorkerEngine(case.worker_setup(), [None, None]) as engine:
        assert_same_records(case.run("workers", engine), case.plain)
        # An engine may be used again, by controls for instance.
        assert_same_records(case.run("again", engine), case.plain)


def test_fewer_videos_than_workers_are_scored(make_case: Callable[[int], Case]) -> None:
    case = make_case(1)
    with WorkerEngine(case.worker_setup(), [None, None]) as engine:
        assert_same_records(case.run("workers", engine), case.plain)


def test_a_worker_reads_the_next_video_while_its_judge_answers(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(10)
    with WorkerEngine(case.worker_setup("ForesightedJudge"), [None]) as engine:
        run = case.run("ahead", engine)
    ahead = {row.sample_id for row in run.responses if row.answer == "yes"}
    # All but the last on an idle machine; one or two where nothing is read ahead.
    assert len(ahead) >= 4


def test_a_video_that_kills_its_workers_becomes_an_error_and_the_others_do_not(
    make_case: Callable[[int], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_queue, "MAX_DEATHS", 3)  # of seconds each
    case = make_case(4)
    with WorkerEngine(case.worker_setup(victim="s001"), [None]) as engine:
        run = case.run("deadly", engine)
    errors = {row.sample_id for row in run.responses if row.answer == "error"}
    assert errors == {"s001"}
    assert {row.sample_id for row in run.measurements if row.value is None} == {"s001"}
    (report,) = (row for row in run.videos if row.sample_id == "s001")
    assert "3 workers died while they had this video" in report.findings[0].message
    assert len(run.responses) == 4 * 4


def test_what_keeps_a_worker_from_opening_its_judge_is_said(
    make_case: Callable[[int], Case],
) -> None:
    with pytest.raises(UserError, match="model: can't be loaded: its files are broken"):
        WorkerEngine(make_case(1).worker_setup("broken_judge"), [None])


def test_workers_that_die_while_they_open_their_judge_end_the_run(
    make_case: Callable[[int], Case],
) -> None:
    with pytest.raises(UserError, match="3 workers died while they opened"):
        WorkerEngine(make_case(1).worker_setup("deadly_to_open"), [None])


def test_a_worker_that_is_stopped_is_replaced(make_case: Callable[[int], Case]) -> None:
    class Stopped(WorkerEngine):
        victim: int | None = None

        def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
            for batch in super().run(tasks):
                yield batch
                if self.victim is None:
                    self.victim = next(iter(self._workers.values())).pid
                    os.kill(self.victim, signal.SIGSTOP)

    case = make_case(20)
    with Stopped(case.worker_setup(), [None, None], patience=Patience(stopped=1)) as engine:
        run = case.run("stopped", engine)
    assert engine.victim
    assert not psutil.pid_exists(engine.victim)
    assert_same_records(run, case.plain)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("silently", "patience"),
    [(True, Patience(silent=10)), (False, Patience(idle=5))],
    ids=["holds the lock", "gets nothing done"],
)
def test_a_worker_that_hangs_is_replaced(
    make_case: Callable[[int], Case], silently: bool, patience: Patience
) -> None:
    case = make_case(6)
    mark = case.folder / "hung"
    hanging = {"victim": "s002", "mark": str(mark), "silently": silently}
    with WorkerEngine(
        case.worker_setup("HangingJudge", **hanging), [None], patience=patience
    ) as engine:
        run = case.run("hung", engine)
    assert mark.exists()
    assert_same_records(run, case.plain)


def test_a_run_that_is_left_in_the_middle_is_no_matter_for_the_next(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(6)

    class Left(WorkerEngine):
        """Is left by its first run after a batch, with videos in flight."""

        left = False

        def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
            for batch in super().run(tasks):
                yield batch
                if not self.left:
                    self.left = True
                    raise UserError("no more")

    with Left(case.worker_setup(), [None]) as engine:
        with pytest.raises(UserError, match="no more"):
            case.run("left", engine)
        assert_same_records(case.run("left", engine), case.plain)


@pytest.mark.slow
def test_ten_kills_lose_nothing_and_double_nothing(make_case: Callable[[int], Case]) -> None:
    case = make_case(80)
    with Harassed(case.worker_setup(), [None, None]) as engine:
        run = case.run("killed", engine)
        assert engine.kills == KILLS
    assert_same_records(run, case.plain)
