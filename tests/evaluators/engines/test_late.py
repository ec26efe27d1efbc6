"""Opened late: what is loaded for which tasks, and what a card that is wrong leads to."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache as once
from pathlib import Path
from typing import Any

import pytest

from evaluators.cache import EvaluationCache
from evaluators.engines import JudgeInfo
from evaluators.engines.base import Engine
from evaluators.engines.late import LateEngine
from evaluators.engines.tasks import ResultBatch, VideoResult, VideoTask
from evaluators.engines.worker_setup import MetricSelection, WorkerInfo, WorkerSetup
from evaluators.frames import FrameRule
from evaluators.judges import JudgeSpec, Usage
from evaluators.metrics import Metric
from lab.tiny_clip import WEIGHTS as CLIP
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.samples import Sample

EMPTY = Edition(name="empty", samples=(), image_sha256={}, root=None)
SETUP = WorkerSetup(
    edition=EMPTY,
    judge=JudgeSpec(model="tiny"),
    metrics=MetricSelection(
        names=("motion", "clip_prompt_alignment"), weights={"clip": str(CLIP)}, device="cpu"
    ),
)


@once
def what_is_loaded(has_judge: bool, names: tuple[str, ...]) -> WorkerInfo:
    """Of a part of the setup, loaded for real, once for all tests."""
    metrics = replace(SETUP.metrics, names=names) if SETUP.metrics else None
    judge = SETUP.judge if has_judge else None
    return WorkerInfo.of(replace(SETUP, judge=judge, metrics=metrics).examiner(None))


class Noting(Engine):
    """Says what its setup really loads, and does tasks by noting them."""

    def __init__(self, setup: WorkerSetup, opened: list[str]) -> None:
        names = tuple(setup.metrics.names) if setup.metrics else ()
        info = what_is_loaded(setup.judge is not None, names)
        self._judge, self._metrics, self._usage = info.judge, info.metrics, Usage()
        self._opened = opened
        opened.append(" ".join(["open", *["judge"] * (info.judge is not None), *names]))

    @property
    def judge(self) -> JudgeInfo | None:
        return self._judge

    @property
    def metrics(self) -> Sequence[Metric]:
        return self._metrics

    @property
    def usage(self) -> Usage | None:
        return self._usage if self._judge else None

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        for task in tasks:
            self._opened.append(f"{task.sample.id}")
            self._usage += Usage(clips=1)
            yield ResultBatch([VideoResult(video_id=task.video_id)], {})

    def close(self) -> None:
        self._opened.append("close")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EvaluationCache]:
    with EvaluationCache(tmp_path / "cache.sqlite3") as opened:
        yield opened


@pytest.fixture
def task(make_samples: Callable[..., tuple[Sample, ...]]) -> Callable[..., VideoTask]:
    """A task of a sample by its number, with questions or without, with metrics or without."""
    samples = make_samples(4)

    def build(number: int, *, ask: bool = False, metrics: tuple[str, ...] = ()) -> VideoTask:
        sample = samples[number]
        return VideoTask(
            sample=sample,
            location="a.mp4",
            file="a.mp4",
            digest="0" * 64,
            check=False,
            metrics=metrics,
            questions=sample.questions if ask else (),
        )

    return build


def late(cache: EvaluationCache | None, opened: list[str]) -> LateEngine:
    return LateEngine(SETUP, lambda setup: Noting(setup, opened), cache=cache)


def ids(engine: LateEngine, *tasks: VideoTask) -> list[str]:
    return [result.video_id for batch in engine.run(tasks) for result in batch.results]


def test_what_no_card_tells_of_is_opened_at_once_and_then_known(cache: EvaluationCache) -> None:
    opened: list[str] = []
    with late(cache, opened) as first:
        assert opened == ["open judge motion clip_prompt_alignment"]
    with late(cache, opened) as second:
        assert ids(second) == []
        assert second.judge == first.judge
        assert [m.version for m in second.metrics] == [m.version for m in first.metrics]
        assert second.usage is None
    assert opened[1:] == ["close"]


def test_only_what_a_task_needs_is_opened_and_more_when_another_needs_more(
    cache: EvaluationCache, task: Callable[..., VideoTask]
) -> None:
    late(cache, [])
    opened: list[str] = []
    with late(cache, opened) as engine:
        tasks = [
            task(0, metrics=("dynamic_degree_dis",)),
            task(1, ask=True),
            task(2),
            task(3, metrics=("clip_prompt_alignment",)),
        ]
        assert ids(engine, *tasks) == ["s000", "s001", "s002", "s003"]
        assert engine.usage == Usage(clips=3)
        # What is open serves the next tasks too.
        assert ids(engine, task(0, ask=True)) == ["s000"]
    assert opened == [
        "open motion",
        "s000",
        "close",
        "open judge motion",
        "s001",
        "s002",
        "close",
        "open judge motion clip_prompt_alignment",
        "s003",
        "s000",
        "close",
    ]


def test_tasks_are_drawn_one_by_one(cache: EvaluationCache, task: Callable[..., VideoTask]) -> None:
    late(cache, [])
    drawn: list[int] = []

    def tasks() -> Iterator[VideoTask]:
        for number in range(3):
            drawn.append(number)
            yield task(number, ask=True)

    with late(cache, []) as engine:
        batches = engine.run(tasks())
        next(batches)
        assert drawn == [0]
        next(batches)
        assert drawn == [0, 1]


@pytest.mark.parametrize(
    "wrong",
    [{"fingerprint": "0" * 64, "identity": {}}, {"frame_rule": FrameRule(count=3)}, {"name": "x"}],
)
def test_a_card_that_is_wrong_ends_the_run_and_is_mended(
    cache: EvaluationCache, task: Callable[..., VideoTask], wrong: dict[str, Any]
) -> None:
    true = late(cache, [])
    assert true.judge is not None
    true._cards.keep(replace(true._known, judge=replace(true.judge, **wrong)))
    with late(cache, []) as engine:
        assert engine.judge != true.judge
        with pytest.raises(UserError, match=r"tiny: loaded, it is another than the cache tells"):
            ids(engine, task(0, ask=True))
    with late(cache, []) as engine:
        assert engine.judge == true.judge
        assert ids(engine, task(0, ask=True)) == ["s000"]


def test_a_metric_of_whose_numbers_a_card_is_wrong_is_named(
    cache: EvaluationCache, task: Callable[..., VideoTask]
) -> None:
    true = late(cache, [])
    *others, clip = true.metrics
    other = replace(clip, quantities=(replace(clip.quantities[0], unit="percent"),))
    true._cards.keep(replace(true._known, metrics=[*others, other]))
    with (
        late(cache, []) as engine,
        pytest.raises(UserError, match=r"clip_prompt_alignment: loaded, it is another"),
    ):
        ids(engine, task(0, metrics=("clip_prompt_alignment",)))


def test_without_a_cache_all_is_opened_at_once() -> None:
    for _ in range(2):
        opened: list[str] = []
        late(None, opened)
        assert opened == ["open judge motion clip_prompt_alignment"]
