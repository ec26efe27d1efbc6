"""A local Ray cluster: the same records as one process, whatever becomes of its parts."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from engine_cases import Case, assert_same_records

from evaluators.engines.ray import RayEngine
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.engines.vigil import Patience
from omiti2v.errors import UserError

pytest.importorskip("ray", reason="the extra [ray] is not installed")
pytestmark = pytest.mark.slow

KILLS = 10
STRANGER = """
import sys, ray
ray.init(address=sys.argv[1], log_to_driver=False)
print(ray.get(ray.remote(lambda: "ran its code").remote()))
"""


def processes(engine: RayEngine) -> list[psutil.Process]:
    """All of the cluster's, whatever became of their parents."""
    found = []
    for number in psutil.pids():
        with suppress(OSError, psutil.Error):
            if os.getsid(number) == engine.driver:
                found.append(psutil.Process(number))
    return left(found)


def named(engine: RayEngine, name: str) -> list[psutil.Process]:
    return [one for one in processes(engine) if name in (one.cmdline() or [""])[0]]


def left(of: list[psutil.Process]) -> list[psutil.Process]:
    gone = psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD
    return [one for one in of if one.is_running() and one.status() not in gone]


class Harassed(RayEngine):
    """Sends signals to actors now and then, at any moment between two batches."""

    signals = 0

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        rng = random.Random(3)
        for number, batch in enumerate(super().run(tasks)):
            yield batch
            if number % 4 == 3 and self.signals < KILLS and (actors := named(self, "_Actor")):
                chosen = signal.SIGSTOP if self.signals % 4 == 3 else signal.SIGKILL
                rng.choice(actors).send_signal(chosen)
                self.signals += 1


def test_killed_and_stopped_actors_lose_nothing_and_double_nothing(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(80)
    (case.submission.folder / "s002.mp4").write_bytes(b"not a video")
    with Harassed(case.worker_setup(), workers=2, patience=Patience(stopped=1)) as engine:
        run = case.run("ray", engine)
        assert engine.signals == KILLS
    assert_same_records(run, case.plain)


def test_a_cluster_that_stands_still_ends_the_run_with_a_line_and_leaves_nothing(
    make_case: Callable[[int], Case],
) -> None:
    class Stopped(RayEngine):
        def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
            for batch in super().run(tasks):
                yield batch
                # The actors too, or they may have done all before anybody needs the raylet.
                for process in named(self, "raylet") + named(self, "_Actor"):
                    process.suspend()

    case = make_case(20)
    with Stopped(case.worker_setup(), workers=1, answer_seconds=3) as engine:
        of_cluster = processes(engine)
        with pytest.raises(UserError, match="cluster does not answer; what was judged is logged"):
            case.run("stopped", engine)
    assert left(of_cluster) == []


def test_a_cluster_that_dies_ends_the_run_with_a_line(make_case: Callable[[int], Case]) -> None:
    class Killed(RayEngine):
        def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
            for batch in super().run(tasks):
                yield batch
                for raylet in named(self, "raylet"):
                    raylet.kill()

    case = make_case(20)
    with Killed(case.worker_setup(), workers=1) as engine:
        of_cluster = processes(engine)
        with pytest.raises(UserError, match="died; what was judged is logged"):
            case.run("killed", engine)
    assert left(of_cluster) == []


def test_where_only_the_end_of_a_cluster_hangs_the_run_is_whole(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(3)
    with RayEngine(case.worker_setup(), workers=1) as engine:
        run = case.run("ray", engine)
        of_cluster = processes(engine)
        assert len(of_cluster) > 5
        for one in (*named(engine, "raylet"), *named(engine, "_Actor")):
            one.suspend()
        start = time.monotonic()
    assert time.monotonic() - start < 15
    assert left(of_cluster) == []
    assert_same_records(run, case.plain)


def test_a_cluster_that_is_started_here_is_for_its_own_processes_alone(
    make_case: Callable[[int], Case], tmp_path: Path
) -> None:
    with RayEngine(make_case(1).worker_setup(), workers=1) as engine:
        of_cluster = processes(engine)
        ports = {
            str(connection.laddr.ip).removeprefix("::ffff:"): connection.laddr.port
            for one in of_cluster
            for connection in one.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert ports.keys() == {"127.0.0.1"}

        (head,) = (one for one in of_cluster if "gcs_server" in one.name())
        token = head.environ()["RAY_AUTH_TOKEN"]
        (folder,) = {
            Path(part.split("=")[1]).parents[2]
            for part in head.cmdline()
            if part.startswith("--log_dir=")
        }
        assert folder.stat().st_mode & 0o777 == 0o700
        assert not any(token in " ".join(one.cmdline()) for one in of_cluster)
        files = [one for one in folder.rglob("*") if one.is_file()]
        assert files
        assert not any(token.encode() in one.read_bytes() for one in files)

        (address,) = (
            part.split("=")[1]
            for part in named(engine, "raylet")[0].cmdline()
            if part.startswith("--gcs-address=")
        )
        stranger = subprocess.Popen(
            [sys.executable, "-c", STRANGER, address],
            env={name: value for name, value in os.environ.items() if "RAY" not in name}
            | {"RAY_AUTH_MODE": "disabled", "HOME": str(tmp_path)}
            | {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"},  # or it looks for it on the network
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with suppress(subprocess.TimeoutExpired):  # it tries again and again
            stranger.wait(40)
        stranger.kill()
        said, _ = stranger.communicate()
        assert "InvalidAuthToken" in said
        assert "ran its code" not in said
    assert not folder.exists()
    assert left(of_cluster) == []


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
