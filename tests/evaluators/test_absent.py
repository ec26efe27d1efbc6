"""Absent is not changed: nothing that was computed goes because something else is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from evaluators.cache import EvaluationCache
from evaluators.controls import score_controls
from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judgement, fingerprint_of
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run, read_run
from omiti2v.scores import Scores
from omiti2v.submissions import read_submission

COUNT = 4
OPTIONS = ScoringOptions(resamples=100)


@dataclass
class Asked:
    """Says yes, and counts what it is asked."""

    name: str = "asked"
    frame_rule: FrameRule = field(default_factory=lambda: FrameRule(count=2))
    asked: list[str] = field(default_factory=list)
    identity: dict[str, object] = field(default_factory=lambda: {"class": "Asked"})

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        self.asked += questions
        return [Judgement("yes", 0.75, 1.0) for _ in questions]


@dataclass
class Case:
    """Videos of four samples, and a run of them; no cache, so that what goes is gone."""

    edition: Edition
    videos: Path
    run: Path
    judge: Asked = field(default_factory=Asked)
    said: list[str] = field(default_factory=list)

    def score(self, options: ScoringOptions = OPTIONS, **changes: object) -> Scores:
        self.judge.asked.clear()
        self.said.clear()
        return score_submission(
            read_submission(self.videos, self.edition),
            self.edition,
            self.run,
            judge=self.judge,
            cache=None,
            options=replace(options, **changes),  # type: ignore[arg-type]
            say=self.said.append,
        )

    def rows(self) -> set[str]:
        run = read_run(self.run)
        return {row.model_dump_json() for row in (*run.responses, *run.measurements, *run.videos)}

    def kept(self) -> dict[str, str]:
        findings = read_run(self.run).findings
        return {found.subject: found.message for found in findings if found.code == "kept"}


@pytest.fixture
def frames(make_picture: Callable[..., np.ndarray]) -> Callable[[int, int], np.ndarray]:
    """The frames of a sample's video; another seed gives another file."""

    def make(sample: int, seed: int = 0) -> np.ndarray:
        clip = np.repeat(make_picture(sample, width=84, height=56)[None], 3, axis=0)
        clip[1:, :8, :8] = 10 * seed
        return clip

    return make


@pytest.fixture
def case(
    make_edition: Callable[..., Edition], frames: Callable[..., np.ndarray], tmp_path: Path
) -> Case:
    edition = make_edition(tmp_path / "edition", count=COUNT)
    for number, sample in enumerate(edition.samples):
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames(number), fps=8)
    case = Case(edition, tmp_path / "videos", tmp_path / "run")
    case.score()
    return case


def gone(path: Path) -> None:
    path.unlink()


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.mp4")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def not_alone(path: Path) -> None:
    path.with_suffix(".webm").write_bytes(b"which of the two?")


@pytest.mark.parametrize("happens", [gone, dangling, a_pipe, empty, not_alone])
def test_what_is_known_of_a_video_that_can_t_be_read_now_stays_and_counts(
    case: Case, happens: Callable[[Path], None]
) -> None:
    before, scores = case.rows(), case.score()
    happens(case.videos / "s001.mp4")
    assert case.score() == scores
    assert case.rows() == before
    assert case.judge.asked == []
    assert list(case.kept()) == ["s001"]
    (line,) = case.said
    assert "3 of 4 videos are there; what is known of the others is kept (--forget-missing" in line
    assert "s001: " in line
    assert not any(found.code == "missing" for found in read_run(case.run).findings)


def test_a_disk_that_is_mounted_by_half_costs_nothing(case: Case, tmp_path: Path) -> None:
    before = case.rows()
    (tmp_path / "away").mkdir()
    for name in ("s000", "s001", "s002"):
        (case.videos / f"{name}.mp4").rename(tmp_path / "away" / f"{name}.mp4")
    case.score()
    assert case.rows() == before
    for path in (tmp_path / "away").iterdir():
        path.rename(case.videos / path.name)
    case.score()
    assert (case.rows(), case.kept(), case.said, case.judge.asked) == (before, {}, [], [])


def test_all_files_unreadable_is_no_other_submission(case: Case) -> None:
    before = case.rows()
    for path in case.videos.iterdir():
        empty(path)
    case.score()
    assert case.rows() == before
    assert "0 of 4 videos are there" in case.said[0]


def test_a_file_with_other_content_is_another_video(
    case: Case, frames: Callable[..., np.ndarray]
) -> None:
    write_mp4(case.videos / "s001.mp4", frames(1, 5), fps=8)
    gone(case.videos / "s002.mp4")
    case.score()
    assert case.judge.asked == [f"Question {n} about s001?" for n in (1, 2, 3, 4)]
    assert list(case.kept()) == ["s002"]


def test_what_is_not_there_is_dropped_where_that_is_chosen(case: Case) -> None:
    gone(case.videos / "s001.mp4")
    scores = case.score(forget_missing=True)
    assert scores.coverage["missing"].value == 1 / COUNT
    assert not any('"s001"' in row for row in case.rows())
    assert case.kept() == {}


def test_a_failed_fetch_loses_no_answer(case: Case) -> None:
    """A question is open of a video that the engine can't reach: the others are answered."""
    log = case.run / "responses.jsonl"
    rows = log.read_text().splitlines(keepends=True)
    log.write_text("".join(row for row in rows if '"s001"' not in row or '"q1"' not in row))
    case.score(videos_at=str(case.videos / "nowhere"))
    answers = [row for row in read_run(case.run).responses if row.sample_id == "s001"]
    assert sorted(row.answer for row in answers) == ["error", "yes", "yes", "yes"]
    case.score()
    assert case.judge.asked == ["Question 1 about s001?"]


def test_a_run_that_is_refused_is_left_as_it_was(case: Case) -> None:
    """Another frame rule, and a video that is not there to be asked about again."""
    gone(case.videos / "s001.mp4")
    (case.videos / "s002.mp4").write_bytes(b"changed, so that there is something to drop")
    before = {path: path.read_bytes() for path in case.run.rglob("*") if path.is_file()}
    case.judge.frame_rule = FrameRule(count=3)
    with pytest.raises(UserError, match="s001: answered on frames by count=2"):
        case.score(missing="drop")
    assert {path: path.read_bytes() for path in case.run.rglob("*") if path.is_file()} == before


def test_rows_of_a_video_without_a_check_and_without_a_file_are_named(case: Case) -> None:
    log = case.run / "videos.jsonl"
    rows = log.read_text().splitlines(keepends=True)
    log.write_text("".join(row for row in rows if '"s001"' not in row))
    with pytest.raises(UserError, match=r"none of this name; run `omiti2v score` again"):
        read_run(case.run)
    path = case.videos / "s001.mp4"
    content = path.read_bytes()
    gone(path)
    with pytest.raises(UserError, match=r"has no row of s001, .* put it back, or --forget-missing"):
        case.score()
    path.write_bytes(content)
    case.score()
    assert case.judge.asked == []


def takes(case: Case, frames: Callable[..., np.ndarray], seeds: Sequence[int]) -> None:
    """The submission by seeds, `<seed>/<id>.mp4`; seed 0 gives the file that was there alone."""
    shutil.rmtree(case.videos)
    for seed in seeds:
        for number, sample in enumerate(case.edition.samples):
            write_mp4(case.videos / str(seed) / f"{sample.id}.mp4", frames(number, seed), fps=8)


def ids(run: Run) -> list[str]:
    return [f"{sample}@{take}" for take in (0, 1) for sample in ("s000", "s001", "s002", "s003")]


def test_a_video_that_becomes_one_of_several_takes_keeps_its_answers(
    case: Case, frames: Callable[..., np.ndarray]
) -> None:
    takes(case, frames, (0, 1))
    # Killed while the logs were rewritten: one has the new names already.
    log = case.run / "responses.jsonl"
    log.write_text(log.read_text().replace('"s002",', '"s002","take":0,'))
    case.score()
    assert len(case.judge.asked) == 4 * COUNT  # those of seed 1
    run = read_run(case.run)
    assert sorted(run.with_video) == sorted(ids(run))
    assert all(run.paths.strip_path(video).is_file() for video in run.with_video)


def test_a_seed_that_is_not_there_for_a_while_leaves_the_other_what_it_is(
    case: Case, frames: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    """With one seed left, each sample has one video, which is then called otherwise."""
    takes(case, frames, (0, 1))
    case.score()
    before = case.rows()
    (case.videos / "0").rename(tmp_path / "away")
    case.score()
    assert case.rows() == before
    assert sorted(case.kept()) == ["s000@0", "s001@0", "s002@0", "s003@0"]
    (tmp_path / "away").rename(case.videos / "0")
    case.score()
    assert (case.rows(), case.judge.asked) == (before, [])
    shutil.rmtree(case.videos / "0")
    case.score(forget_missing=True)
    assert sorted(read_run(case.run).with_video) == ["s000", "s001", "s002", "s003"]
    assert case.judge.asked == []


def test_a_cache_on_a_full_disk_costs_the_run_nothing(case: Case, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    warned: list[str] = []
    try:
        with EvaluationCache(small / "cache.sqlite3", warn=warned.append) as cache:
            score_submission(
                read_submission(case.videos, case.edition),
                case.edition,
                tmp_path / "again",
                judge=case.judge,
                cache=cache,
                options=OPTIONS,
            )
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert len(warned) == 1
    assert "the evaluation cache can't be" in warned[0]
    assert set(read_run(tmp_path / "again").responses) == set(read_run(case.run).responses)


def test_controls_of_fewer_videos_go_on_with_their_samples(case: Case) -> None:
    def controls() -> dict[str, Scores]:
        case.judge.asked.clear()
        found = score_controls(
            read_submission(case.videos, case.edition),
            case.edition,
            case.run / "controls",
            judge=case.judge,
            cache=None,
            options=OPTIONS,
        )
        return {str(name): scores for name, scores in found.items()}

    before = controls()
    gone(case.videos / "s001.mp4")
    assert controls() == before
    assert case.judge.asked == []
