"""Several videos of a sample: each is judged, each sample weighs alike, one is as it always was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from evaluators.cache import EvaluationCache
from evaluators.check import check_submission
from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judge, Judgement, fingerprint_of
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.editions import Edition
from omiti2v.runs import Run, read_run
from omiti2v.scores import Scores
from omiti2v.submissions import read_submission

OPTIONS = ScoringOptions(resamples=100)
TAKES = {"s000": (0, 1, 2), "s001": (0, 1), "s002": (0,)}
COMPUTED = ("responses.jsonl", "measurements.jsonl", "scores.json")


class Brightness:
    """Answers yes to all questions about a video whose corner gets bright."""

    name = "brightness"
    frame_rule = FrameRule(count=2)
    fingerprint = fingerprint_of({"class": "Brightness"})

    def __init__(self, stop_after: int | None = None) -> None:
        self.identity = {"class": "Brightness"}
        self.asked = 0
        self.stop_after = stop_after

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        self.asked += 1
        if self.asked == self.stop_after:
            raise KeyboardInterrupt
        yes = clip.frames[-1, :8, :8].mean() > 127
        return [Judgement("yes" if yes else "no", float(yes), 1.0) for _ in questions]


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition")


@pytest.fixture
def make(make_picture: Callable[..., np.ndarray], tmp_path: Path) -> Callable[..., Path]:
    """Writes a video of a sample; of seed 0 its corner turns white, of others it does not."""

    def write(name: str, sample: int, seed: int) -> Path:
        frames = np.repeat(make_picture(sample)[None], 4, axis=0)
        frames[1:, :8, :8] = 250 if seed == 0 else 10 * seed
        path = tmp_path / name
        write_mp4(path, frames, fps=8)
        return path

    return write


@pytest.fixture
def folder(make: Callable[..., Path], tmp_path: Path) -> Path:
    for number, (name, seeds) in enumerate(TAKES.items()):
        for seed in seeds:
            make(f"videos/{name}/{seed}.mp4", number, seed)
    return tmp_path / "videos"


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EvaluationCache]:
    with EvaluationCache(tmp_path / "cache.sqlite3") as opened:
        yield opened


def score(
    folder: Path,
    edition: Edition,
    run: Path,
    judge: Judge | None = None,
    cache: EvaluationCache | None = None,
) -> Scores:
    judge = judge or Brightness()
    submission = read_submission(folder, edition)
    return score_submission(submission, edition, run, judge=judge, cache=cache, options=OPTIONS)


def logged(run: Run) -> set[str]:
    return {row.model_dump_json() for row in (*run.responses, *run.measurements, *run.videos)}


def test_each_take_is_judged_and_each_sample_weighs_alike(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    scores = score(folder, edition, tmp_path / "run")
    run = read_run(tmp_path / "run")
    videos = [f"{name}@{seed}" for name, seeds in TAKES.items() for seed in seeds]
    assert list(run.answers) == videos
    assert all(len(row) == 4 for row in run.answers.values())
    # Of each sample two of four questions want yes; whatever is said, half of it is right.
    assert scores.scores["accuracy"] is not None
    assert scores.scores["accuracy"].value == 0.5
    assert scores.outcomes is not None
    assert scores.coverage["videos"].value == 1
    assert scores.takes is not None
    assert (scores.takes.videos, scores.takes.fewest, scores.takes.most) == (6, 1, 3)
    assert {path.name for path in run.paths.strips.iterdir()} == {f"{v}.jpg" for v in videos}
    assert {row.file for row in run.videos} == {v.replace("@", "/") + ".mp4" for v in videos}


def test_a_take_that_can_t_be_read_counts_within_its_sample(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    (folder / "s000" / "2.mp4").write_bytes(b"no video")
    (folder / "s000" / "007.mp4").write_bytes(b"nothing")
    scores = score(folder, edition, tmp_path / "run")
    # Half right twice and not at all once, in one of three samples; the odd name is no take.
    assert scores.scores["accuracy"] is not None
    assert scores.scores["accuracy"].value == pytest.approx((0.5 * 2 / 3 + 0.5 + 0.5) / 3)
    assert scores.coverage["error"].value == pytest.approx(1 / 9)
    codes = {finding.code for finding in read_run(tmp_path / "run").findings}
    assert {"undecodable", "unread", "uneven"} <= codes


@pytest.mark.parametrize("form", ["{id}/{seed}.mp4", "{id}-{seed}.mp4", "seed-{seed}/{id}.mp4"])
def test_one_take_a_sample_gives_the_files_of_no_takes_in_every_form(
    edition: Edition, make: Callable[..., Path], tmp_path: Path, form: str
) -> None:
    for number, name in enumerate(TAKES):
        made = make(f"plain/{name}.mp4", number, 0)
        path = tmp_path / "forms" / form.format(id=name, seed=number)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, path)
    for folder in ("plain", "forms"):
        (tmp_path / folder / "submission.yaml").write_text("name: a model\n")
        score(tmp_path / folder, edition, tmp_path / f"run-{folder}")
    plain, forms = (tmp_path / f"run-{name}" for name in ("plain", "forms"))
    for name in (*COMPUTED, "run.json", "samples.jsonl"):
        # Rows come as videos are done.
        one, other = (sorted((run / name).read_bytes().splitlines()) for run in (forms, plain))
        assert one == other
    assert {path.name for path in (forms / "strips").iterdir()} == {f"{n}.jpg" for n in TAKES}
    for name in ("videos.jsonl", "check.json"):
        text = (forms / name).read_text()
        for number, sample in enumerate(TAKES):
            text = text.replace(form.format(id=sample, seed=number), f"{sample}.mp4")
        assert text == (plain / name).read_text()


def test_a_run_that_was_killed_among_takes_goes_on_and_ends_alike(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    score(folder, edition, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        score(folder, edition, tmp_path / "run", Brightness(stop_after=4))
    judge = Brightness()
    score(folder, edition, tmp_path / "run", judge)
    assert 0 < judge.asked < 6
    whole, run = (read_run(tmp_path / name) for name in ("whole", "run"))
    assert logged(run) == logged(whole)
    assert run.paths.scores.read_bytes() == whole.paths.scores.read_bytes()
    again = Brightness()
    score(folder, edition, tmp_path / "run", again)
    assert again.asked == 0


def test_takes_that_come_later_are_judged_and_nothing_is_judged_again(
    edition: Edition,
    folder: Path,
    make: Callable[..., Path],
    tmp_path: Path,
    cache: EvaluationCache,
) -> None:
    for name in TAKES:
        for path in sorted((folder / name).iterdir())[1:]:
            path.unlink()
    score(folder, edition, tmp_path / "run", cache=cache)
    assert not any(row.take is not None for row in read_run(tmp_path / "run").responses)
    make("videos/s001/7.mp4", 1, 7)
    judge = Brightness()
    scores = score(folder, edition, tmp_path / "run", judge, cache)
    assert judge.asked == 1
    run = read_run(tmp_path / "run")
    assert sorted(run.with_video) == ["s000@0", "s001@0", "s001@7", "s002@0"]
    assert scores == run.compute_scores(missing="zero", resamples=100, seed=0)


def test_check_says_how_many_takes_there_are_and_which_are_uneven(
    edition: Edition, folder: Path
) -> None:
    shutil.copyfile(folder / "s001" / "0.mp4", folder / "s001-5.mp4")
    report = check_submission(read_submission(folder, edition), edition)
    assert report.takes is not None
    assert report.takes.forms == {"<id>/<seed>.mp4": 6, "<id>-<seed>.mp4": 1}
    assert report.takes.takes == {1: 1, 3: 2}
    assert report.takes.seeds == (0,)
    said = {finding.code: finding for finding in report.findings}
    assert said["uneven"].message.startswith("most have 3 takes, these have others: s002 1;")
    assert said["mixed-forms"].level == "warning"
    assert said["same-file"].level == "warning"
    assert type(report).model_validate_json(report.model_dump_json()) == report
