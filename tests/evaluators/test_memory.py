"""The memory of a run hardly grows with its videos: counted, from scoring to the report's page."""

from __future__ import annotations

import base64
import io
import tracemalloc
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from evaluators.engines import Engine
from evaluators.engines.tasks import Checked, Judged, Measured, ResultBatch, VideoResult, VideoTask
from evaluators.judges import Judge, Usage
from evaluators.metrics import MODEL_FREE_METRICS, Metric
from evaluators.scoring import ScoringOptions, score_submission
from leaderboard.report import write_report
from omiti2v.editions import load_edition_folder
from omiti2v.findings import VideoReport
from omiti2v.records import write_records
from omiti2v.runs import read_run
from omiti2v.samples import Sample
from omiti2v.submissions import read_submission

FEW, MANY = 50, 250
# A process of about 930 MiB with 367 videos may grow by 15 % with 5,872: 25 kB a video, of which
# some goes to what the allocator can't give back.
MOST_BYTES_A_VIDEO = 16_000
# A page's pictures would not fit into that bound, were they all in memory.
STRIP_BYTES = 20_000


class ReadyEngine(Engine):
    """Has a result for every task, so that nothing but the keeping of state takes memory."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        noise = np.random.default_rng(0).integers(0, 256, (128, 160, 3), dtype=np.uint8)
        file = io.BytesIO()
        PIL.Image.fromarray(noise).save(file, "JPEG", quality=95)
        assert file.tell() > STRIP_BYTES
        self._picture = base64.b64encode(file.getvalue()).decode("ascii")

    @property
    def judge(self) -> Judge:
        return self._judge

    @property
    def metrics(self) -> Sequence[Metric]:
        return MODEL_FREE_METRICS

    @property
    def usage(self) -> Usage | None:
        return None

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        for task in tasks:
            yield ResultBatch([self._result(task)], {})

    def _result(self, task: VideoTask) -> VideoResult:
        report = VideoReport(
            sample_id=task.sample.id, file=task.file, sha256=task.digest, frames=81, fps=16.0
        )
        share = int(task.digest[:8], 16) / (1 << 32)
        return VideoResult(
            video_id=task.video_id,
            checked=Checked(report=report, strip=self._picture, reference=self._picture),
            judged={
                question.id: Judged(answer="yes", p_yes=share, mass=share / 2, reason=None)
                for question in task.questions
            },
            measured={
                name: Measured(values={q.name: share for q in metric.quantities})
                for metric, name in zip(MODEL_FREE_METRICS, task.metrics, strict=True)
            },
        )


@pytest.fixture(scope="module")
def folders(
    make_samples: Callable[..., tuple[Sample, ...]], tmp_path_factory: pytest.TempPathFactory
) -> dict[int, Path]:
    """Editions and submissions by their number of samples."""
    made = {}
    for count in (FEW, MANY):
        folder = made[count] = tmp_path_factory.mktemp(f"of-{count}")
        for part in ("edition/images", "videos"):
            (folder / part).mkdir(parents=True)
        PIL.Image.new("RGB", (8, 8)).save(folder / "edition" / "images" / "one.png")
        samples = [
            sample.model_copy(update={"image": "images/one.png"}) for sample in make_samples(count)
        ]
        write_records(folder / "edition" / "samples.jsonl", samples)
        for sample in samples:
            (folder / "videos" / f"{sample.id}.mp4").write_text(sample.id)
    return made


def score(folder: Path, judge: Judge, run: str) -> None:
    edition = load_edition_folder(folder / "edition")
    score_submission(
        read_submission(folder / "videos", edition),
        edition,
        folder / run,
        judge=ReadyEngine(judge),
        cache=None,
        options=ScoringOptions(resamples=100),
    )


def peak_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bytes_a_further_video(work: Callable[[Path], object], folders: dict[int, Path]) -> float:
    work(folders[FEW])  # what is imported and compiled once
    few, many = (peak_bytes(partial(work, folders[count])) for count in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def test_a_run_from_its_first_video_to_its_scores(
    folders: dict[int, Path], always_yes: Judge
) -> None:
    runs = iter("abc")
    grown = bytes_a_further_video(lambda folder: score(folder, always_yes, next(runs)), folders)
    assert grown < MOST_BYTES_A_VIDEO


def test_a_finished_run_that_is_started_again(folders: dict[int, Path], always_yes: Judge) -> None:
    for folder in folders.values():
        score(folder, always_yes, "run")
    grown = bytes_a_further_video(lambda folder: score(folder, always_yes, "run"), folders)
    assert grown < MOST_BYTES_A_VIDEO


def test_the_page_of_a_run(folders: dict[int, Path], always_yes: Judge, tmp_path: Path) -> None:
    for folder in folders.values():
        score(folder, always_yes, "run")
    page = tmp_path / "page.html"
    grown = bytes_a_further_video(
        lambda folder: write_report([read_run(folder / "run")], page), folders
    )
    assert page.stat().st_size > MANY * STRIP_BYTES
    assert grown < MOST_BYTES_A_VIDEO
