"""What a worker loads: judge and metrics by their names, from where a person keeps them too."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evaluators.engines.worker_setup import MetricSelection, WorkerInfo, WorkerSetup
from evaluators.judges import JudgeSpec
from evaluators.judges.reframed import ReframedJudge
from omiti2v.editions import Edition

EMPTY = Edition(name="empty", samples=(), image_sha256={}, root=None)
JUDGE = """
from evaluators.frames import FrameRule


class Judge:
    name = "mine"
    frame_rule = FrameRule(count=2)
    identity = {"name": "mine"}
    fingerprint = "0" * 64

    def __init__(self, spec):
        self.device = spec.device

    def judge(self, clip, questions):
        return []
"""


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkerSetup:
    """A judge in a folder that is not the working directory, and one metric."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "judge_beside_data.py").write_text(JUDGE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "judge_beside_data", raising=False)
    return WorkerSetup(
        edition=EMPTY,
        judge=JudgeSpec(model="judge_beside_data:Judge", device="meta"),
        metrics=MetricSelection(names=("motion",)),
        search_folder=folder,
    )


def test_a_judge_of_the_search_folder_is_found_and_shadows_nothing(setup: WorkerSetup) -> None:
    before = list(sys.path)
    judge = setup.examiner(None).judge
    assert judge is not None
    assert judge.name == "mine"
    assert sys.path[: len(before)] == before
    assert sys.path[-1] == str(setup.search_folder)
    setup.examiner(None)
    assert sys.path.count(str(setup.search_folder)) == 1


def test_a_worker_s_device_comes_before_the_judge_s_own(setup: WorkerSetup) -> None:
    def device_of(device: str | None) -> str:
        judge: Any = setup.examiner(device).judge
        return str(judge.device)

    assert [device_of(None), device_of("cpu")] == ["meta", "cpu"]


def test_a_judge_may_be_shown_other_frames(setup: WorkerSetup) -> None:
    judge = replace(setup, phase=0.6).examiner(None).judge
    assert isinstance(judge, ReframedJudge)
    assert judge.frame_rule.phase == 0.6


def test_of_nothing_chosen_nothing_is_loaded() -> None:
    examiner = WorkerSetup(edition=EMPTY).examiner(None)
    assert (examiner.judge, list(examiner.metrics)) == (None, [])
    assert WorkerInfo.of(examiner).judge is None


def test_what_a_worker_says_of_itself_can_be_sent_and_measures_nothing(setup: WorkerSetup) -> None:
    examiner = setup.examiner(None)
    info = pickle.loads(pickle.dumps(WorkerInfo.of(examiner)))  # noqa: S301 (our own)
    assert info.judge.fingerprint == "0" * 64
    assert info.batch_clips == examiner.batch_clips
    (metric,), (here,) = info.metrics, examiner.metrics
    assert (metric.quantities, metric.version) == (here.quantities, here.version)
    with pytest.raises(RuntimeError, match="in another process"):
        metric.measure(None)
