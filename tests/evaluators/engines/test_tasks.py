"""What goes to an engine and what comes back."""

from __future__ import annotations

import pickle
import threading
import time

import pytest

from evaluators.engines.tasks import Judged, StageTimer, VideoResult, blocking_error, metric_id
from evaluators.metrics import MODEL_FREE_METRICS
from omiti2v.findings import Code, Finding, Level, VideoReport


def test_a_timer_adds_up_by_stage_and_starts_again_once_it_is_drained() -> None:
    timer = StageTimer()
    for _ in range(2):
        with timer.time("decode"):
            time.sleep(0.002)
    timer.add({"judge": 3.0, "decode": 10.0})
    seconds = timer.drain()
    assert seconds["judge"] == 3.0
    assert 10.004 <= seconds["decode"] < 11
    assert timer.drain() == {}


def test_the_time_of_a_block_that_fails_counts_too() -> None:
    timer = StageTimer()
    with pytest.raises(RuntimeError), timer.time("judge"):
        raise RuntimeError
    assert "judge" in timer.drain()


def test_threads_lose_no_time_to_each_other() -> None:
    timer = StageTimer()

    def work() -> None:
        for _ in range(1000):
            timer.add({"metrics": 1.0})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert timer.drain() == {"metrics": 4000.0}


@pytest.mark.parametrize(
    ("findings", "allowed", "said"),
    [
        ([], (), None),
        ([("warning", "swapped")], (), None),
        ([("warning", "frozen"), ("error", "swapped")], (), "it is swapped"),
        ([("error", "swapped")], ("swapped",), None),
        ([("error", "swapped"), ("error", "undecodable")], ("swapped",), "it is undecodable"),
    ],
)
def test_the_first_error_that_is_not_allowed_keeps_a_video_from_being_judged(
    findings: list[tuple[Level, Code]], allowed: tuple[str, ...], said: str | None
) -> None:
    found = tuple(
        Finding(level=level, code=code, subject="a.mp4", message=f"it is {code}")
        for level, code in findings
    )
    report = VideoReport(sample_id="s1", file="a.mp4", findings=found)
    assert blocking_error(report, allowed) == said


def test_every_metric_has_an_id_of_its_own() -> None:
    ids = [metric_id(metric) for metric in MODEL_FREE_METRICS]
    assert len(set(ids)) == len(ids)
    assert ids[0] == MODEL_FREE_METRICS[0].quantities[0].name


def test_a_result_crosses_processes() -> None:
    yes = Judged(answer="yes", p_yes=0.5, mass=1.0, reason=None)
    result = VideoResult(video_id="s1", judged={"q1": yes})
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301 (our own)
