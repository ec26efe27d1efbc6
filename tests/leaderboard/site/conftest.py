"""A board with all that pages must show: logs, published numbers, broken and hostile entries."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit_visitors import Served, served

from leaderboard.entries import PACKAGED, add_run
from leaderboard.entries.add import claimed_scores
from leaderboard.entries.known_metrics import KNOWN
from leaderboard.entries.names import calibration_path
from leaderboard.site.settings import Settings, hand_over
from leaderboard.site.state import Site
from omiti2v.calibration import SHARES, Calibration
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.records import canonical_json, write_atomically
from omiti2v.responses import Answer, Measurement, Response
from omiti2v.runs import EditionStamp, JudgeStamp, MetricStamp, RunInfo, RunWriter, read_run
from omiti2v.samples import Question, Sample
from omiti2v.scores import Estimate
from omiti2v.submissions import SubmissionInfo

SAMPLES = 24
DAY = date(2026, 3, 4)
EVIL = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
EVIL_METHOD = "[click](javascript:window.hacked=1) :red[x] $x$ ![i](http://127.0.0.1:9/x.png)"
FORMULA = "=1+1"

Rule = Callable[[Sample, Question, int], Answer]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def judge_stamp() -> JudgeStamp:
    identity: dict[str, object] = {"name": "judge-32B", "protocol": "fast"}
    return JudgeStamp(
        name="judge-32B",
        fingerprint=hashlib.sha256(canonical_json(identity).encode()).hexdigest(),
        identity=identity,
    )


def mostly_still(sample: Sample, question: Question, index: int) -> Answer:
    return question.expected_answer if index % 4 == 0 else question.reference_answer or "unknown"


def mostly_right(sample: Sample, question: Question, index: int) -> Answer:
    if index % 6 == 0:
        return question.reference_answer or "unknown"
    if index % 6 == 1 and question.id == "q3":
        return "no"
    return question.expected_answer


def all_right(sample: Sample, question: Question, index: int) -> Answer:
    return question.expected_answer


def write_run(
    folder: Path,
    edition: Edition,
    submission: SubmissionInfo,
    rule: Rule,
    *,
    without: int = 0,
    quality: float = 0.6,
    resamples: int = 200,
) -> Path:
    """A finished run folder whose every answer `rule` gives; the last `without` have no video."""
    judge = judge_stamp()
    info = RunInfo(
        submission=submission,
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
        judge=judge,
        metrics={
            name: MetricStamp(
                version="1", unit=unit, higher_is_better=better, description=name, bounds=bounds
            )
            for name in ("dynamic_degree", "aesthetic_quality")
            for unit, better, bounds in [KNOWN[name]]
        },
        resamples=resamples,
        seed=1,
        versions={"python": "3"},
    )
    samples = edition.samples[: len(edition.samples) - without]
    files = {sample.id: digest(f"{submission.name}/{sample.id}") for sample in samples}
    with RunWriter(folder, info, edition) as run:
        run.videos.add(
            [
                VideoReport(
                    sample_id=sample_id,
                    file=f"{sample_id}.mp4",
                    sha256=sha256,
                    frames=8,
                    fps=8.0,
                    width=64,
                    height=48,
                    codec="h264",
                )
                for sample_id, sha256 in files.items()
            ]
        )
        run.responses.add(
            [
                Response(
                    sample_id=sample.id,
                    question_id=question.id,
                    question=question.question,
                    answer=rule(sample, question, index),
                    p_yes=0.9 if rule(sample, question, index) == "yes" else 0.1,
                    mass=0.95,
                    video_sha256=files[sample.id],
                    judge=judge.fingerprint,
                    frames="count=2",
                )
                for index, sample in enumerate(samples)
                for question in sample.questions
            ]
        )
        run.measurements.add(
            [
                Measurement(
                    sample_id=sample_id,
                    metric=metric,
                    metric_version="1",
                    value=value,
                    video_sha256=files[sample_id],
                )
                for sample_id in files
                for metric, value in (
                    ("dynamic_degree", 1 - quality),
                    ("aesthetic_quality", quality),
                )
            ]
        )
    read = read_run(folder)
    write_atomically(read.paths.scores, claimed_scores(read).model_dump_json(indent=2) + "\n")
    return folder


def estimate(value: float) -> Estimate:
    return Estimate(value=value, low=max(0.0, value - 0.01), high=min(1.0, value + 0.01), n=50)


def write_calibration(board: Path) -> None:
    judge = judge_stamp()
    shares = {
        name: estimate(0.967 if name == "accuracy" else 0.5 if name == "yes_bias" else 0.02)
        for name in SHARES
    }
    calibration = Calibration(
        judge=judge,
        width=64,
        height=48,
        frames=8,
        fps=8,
        scenes=5,
        seed=0,
        questions=300,
        overall=shares,
        groups={},
        calibration_error=None,
        reliability=[],
        text_changes=None,
        text_obeyed=estimate(0.11),
        frame_flips=None,
    )
    path = board / calibration_path(judge.fingerprint)
    path.parent.mkdir(parents=True)
    path.write_text(calibration.model_dump_json())


def write_video(path: Path, *, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for step in range(16):
            picture = np.full((48, 64, 3), shade, np.uint8)
            picture[:, : 4 * step] = 255 - shade
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


SUBMISSIONS: Mapping[str, tuple[SubmissionInfo, Rule, Mapping[str, object]]] = {
    "base": (
        SubmissionInfo(name="Wan base", method="baseline", backbone="Wan2.1-I2V-14B"),
        mostly_still,
        {"quality": 0.7},
    ),
    "align": (
        SubmissionInfo(
            name="Wan + AlignVid",
            method="AlignVid",
            backbone="Wan2.1-I2V-14B",
            settings={"gamma": 1.35},
            seed=42,
            licence="Apache-2.0",
            links=("https://example.org/alignvid", "javascript:window.hacked=1"),
        ),
        mostly_right,
        {"quality": 0.6},
    ),
    "evil": (
        SubmissionInfo(
            name=EVIL,
            method=EVIL_METHOD,
            backbone=FORMULA,
            revision=EVIL,
            settings={EVIL: EVIL},
            contact=EVIL,
            licence=EVIL,
            links=("https://example.org/?q=<script>", "data:text/html,x"),
        ),
        all_right,
        {"quality": 0.4},
    ),
    "short": (
        SubmissionInfo(name="Half a run", method="baseline", backbone="FramePack"),
        all_right,
        {"without": 12},
    ),
}


@dataclass(frozen=True)
class Place:
    """Where the parts of the test board lie.

    Attributes:
        board, edition, videos: Folders.
        runs: Run folders by short name; `fresh` is on no board.
    """

    board: Path
    edition: Path
    videos: Path
    runs: Mapping[str, Path]

    @property
    def settings(self) -> Settings:
        return Settings(str(self.board), (self.edition,), self.videos)


def write_place(root: Path, edition: Edition) -> Place:
    board = root / "board"
    board.mkdir()
    runs = {}
    for short, (submission, rule, options) in SUBMISSIONS.items():
        runs[short] = write_run(root / "runs" / short, edition, submission, rule, **options)  # type: ignore[arg-type]
        add_run(
            runs[short],
            board,
            added=DAY,
            note=EVIL if short == "evil" else None,
            open_weights=short == "base" or None,
            new_edition=True,
        )
    runs["fresh"] = write_run(
        root / "runs" / "fresh",
        edition,
        SubmissionInfo(name="A fresh run", method="mine", backbone="LTX"),
        all_right,
    )
    for path in (PACKAGED / "entries" / "official").iterdir():
        shutil.copytree(path, board / "entries" / "official" / path.name)
    broken = board / "entries" / edition.name / "broken-one"
    broken.mkdir()
    (broken / "entry.json").write_text('{"badge": "<b>bold</b>"}')
    write_calibration(board)
    for shade, slug in ((40, "wan-base"), (200, "wan-alignvid")):
        write_video(root / "videos" / edition.name / slug / "s001.mp4", shade=shade)
    assert edition.root
    return Place(board, edition.root, root / "videos", runs)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, make_edition: Callable[..., Edition]) -> Place:
    root = tmp_path_factory.mktemp("site")
    folder = root / "rendered"
    make_edition(folder, count=SAMPLES)
    (folder / "edition.json").write_text(json.dumps({"name": "rendered"}))
    return write_place(root, load_rendered(folder))


def load_rendered(folder: Path) -> Edition:
    from omiti2v.editions import load_edition_folder

    return load_edition_folder(folder)


@pytest.fixture(scope="session")
def site(place: Place) -> Site:
    """Shared by all tests, as it is by all visitors; nothing in it changes."""
    return Site(place.settings)


@pytest.fixture
def run_page(place: Any) -> Callable[..., AppTest]:
    """Runs the page of a name on the test board, or on another folder."""

    def run(page: str, /, *, board: Path | None = None, **query: str | list[str]) -> AppTest:
        hand_over(replace(place.settings, board=str(board)) if board else place.settings)
        script = (
            f"from leaderboard.site.pages import {page}\n"
            "from leaderboard.site.settings import Settings, read_settings\n"
            "from leaderboard.site.state import open_site\n"
            f"{page}.render(open_site(read_settings(Settings)))\n"
        )
        app = AppTest.from_string(script, default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return run


def zip_folder(folder: Path, *, only: Callable[[str], bool] = lambda _: True) -> bytes:
    """A run folder as its author would zip it."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            name = f"run/{path.relative_to(folder)}"
            if path.is_file() and only(name):
                archive.write(path, name)
    return content.getvalue()


@pytest.fixture(scope="session")
def zipped() -> Callable[..., bytes]:
    return zip_folder


@pytest.fixture(scope="session")
def board_server(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real command on a free port."""
    command = (
        *("leaderboard", "serve", "--board", str(place.board)),
        *("--edition", str(place.edition), "--videos", str(place.videos)),
    )
    with served(tmp_path_factory.mktemp("server"), *command) as found:
        yield found


@pytest.fixture(scope="session")
def server(board_server: Served) -> str:
    """Its address."""
    return board_server.url
