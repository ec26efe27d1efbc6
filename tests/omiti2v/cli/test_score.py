"""`omiti2v score`: what it prints, writes and exits with."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from run_rows import calibration_of, measurement

from evaluators.controls import CONTROLS
from omiti2v.calibration import Calibration
from omiti2v.cli.score import _failures
from omiti2v.errors import UserError
from omiti2v.records import read_record
from omiti2v.runs import RunInfo, RunPaths, read_run

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Invoke = Callable[..., Any]

# The package has the command by this name.
MODULE: Any = import_module("omiti2v.cli.score")

SCORE = ("score", "videos", "--edition", "edition", "-o", "run", "--resamples", 100)
PLUGIN = Path(__file__).parents[2] / "data" / "plugin" / "omiti2v_brightness"


@pytest.fixture
def mine(files: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The options of a judge in a file beside the data, which says yes where a video brightens."""
    shutil.copy(PLUGIN / "judge.py", files / "judge_of_test_score.py")
    monkeypatch.delitem(sys.modules, "judge_of_test_score", raising=False)
    return ("--judge", "judge_of_test_score:BrighterJudge")


def test_score_without_a_judge_measures_and_writes_a_run(omiti2v: Command, files: Path) -> None:
    done = omiti2v("score", "videos", "--edition", "edition", "-o", "run")
    assert done.returncode == 0, done.stderr
    assert "metrics only" in done.stderr
    assert "first_frame_agreement" in done.stdout
    names = {path.name for path in (files / "run").iterdir()}
    assert names == {
        "run.json",
        "check.json",
        "samples.jsonl",
        "responses.jsonl",
        "measurements.jsonl",
        "videos.jsonl",
        "scores.json",
        "report.html",
        "strips",
        "references",
    }


def test_a_judge_is_asked_every_question_and_its_scores_are_printed(
    invoke: Invoke, files: Path, mine: tuple[str, ...]
) -> None:
    done = invoke(*SCORE, *mine)
    run = read_run(files / "run")
    assert len(run.responses) == 6 * 4
    assert {row.judge for row in run.responses} == {run.info.judge and run.info.judge.fingerprint}
    assert "a model on edition custom, judged by brighter" in done.stdout
    assert "Edit success" in done.stdout
    assert "metrics only" not in done.stderr
    assert "report: run/report.html" in done.stderr


def test_as_json_the_scores_of_the_folder_are_all_that_is_printed(
    invoke: Invoke, files: Path
) -> None:
    done = invoke(*SCORE, "--limit", 1, "--json")
    assert json.loads(done.stdout) == json.loads((files / "run" / "scores.json").read_text())


def test_options_are_kept_with_the_run(invoke: Invoke, files: Path) -> None:
    chosen = ("--missing", "drop", "--seed", 7, "--limit", 2, "--resamples", 200)
    invoke("score", "videos", "-e", "edition", "-o", "run", *chosen)
    info = read_record(RunPaths(files / "run").info, RunInfo)
    assert (info.missing, info.seed, info.resamples) == ("drop", 7, 200)
    assert len(info.sample_ids or ()) == 2


def test_what_was_computed_goes_to_the_cache_unless_it_is_not_to(
    invoke: Invoke, files: Path
) -> None:
    invoke(*SCORE, "--limit", 1, "--no-cache")
    assert not list(files.glob("*.sqlite3*"))
    invoke("score", "videos", "-e", "edition", "-o", "again", "--limit", 1, "--cache", "my.sqlite3")
    assert (files / "my.sqlite3").exists()
    assert not (files / "cache.sqlite3").exists()


def test_a_video_of_another_sample_is_judged_only_where_that_is_allowed(
    invoke: Invoke, files: Path, mine: tuple[str, ...]
) -> None:
    first, second = files / "videos" / "s000.mp4", files / "videos" / "s001.mp4"
    second.write_bytes(first.read_bytes())
    done = invoke(*SCORE, *mine, code=1)
    assert "s001: " in done.stderr
    invoke(*SCORE, *mine, "--allow-mismatch")


def test_an_engine_looks_for_the_videos_where_it_is_told_to(invoke: Invoke, files: Path) -> None:
    done = invoke(*SCORE, "--limit", 1, "--videos-at", "nowhere", code=1)
    assert ": nowhere/s00" in done.stderr


def test_metrics_are_measured_on_the_judge_s_device(
    invoke: Invoke, files: Path, mine: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_engine(choice: object, **options: Any) -> None:
        raise UserError(f"on {options['metrics'].device}")

    monkeypatch.setattr(MODULE, "open_engine", open_engine)
    with pytest.raises(UserError, match=r"^on meta$"):
        invoke(*SCORE, *mine, "--device", "meta")


def test_of_many_failures_the_first_are_named(
    invoke: Invoke, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODULE, "_failures", lambda run: [f"s{n}: broken" for n in range(23)])
    done = invoke(*SCORE, "--limit", 1, code=1)
    assert done.stderr.count(": broken") == 20
    assert "and 3 more; see run/report.html" in done.stderr


def test_controls_are_runs_of_their_own_beside_the_scores(
    invoke: Invoke, files: Path, mine: tuple[str, ...]
) -> None:
    done = invoke(*SCORE, *mine, "--limit", 2, "--controls")
    for name, meaning in CONTROLS.items():
        assert len(read_run(files / "run" / "controls" / name / "run").responses) == 2 * 4
        assert f"{name}: {meaning}" in " ".join(done.stdout.split())


def test_a_calibration_of_this_judge_is_kept_and_named_and_of_another_refused(
    invoke: Invoke, files: Path, mine: tuple[str, ...]
) -> None:
    invoke(*SCORE, *mine, "--limit", 1)
    judge = read_run(files / "run").info.judge
    assert judge
    known = calibration_of(judge)
    (files / "known.json").write_text(known.model_dump_json())
    done = invoke(*SCORE, *mine, "--limit", 1, "--calibration", "known.json")
    assert read_record(RunPaths(files / "run").calibration, Calibration) == known
    assert "does not say what a correction needs" in done.stderr
    said = " ".join(done.stdout.split())
    assert "the judge on rendered clips (64x48, 300 questions): accuracy 25.0 %" in said
    with pytest.raises(UserError, match=r"known\.json: of judge brighter"):
        invoke(*SCORE, *mine, "--frames", 5, "--calibration", "known.json")


@pytest.mark.parametrize("option", [("--controls",), ("--calibration", "known.json")])
def test_what_is_about_a_judge_goes_with_one(
    invoke: Invoke, files: Path, option: tuple[str, ...]
) -> None:
    done = invoke(*SCORE, *option, code=2)
    assert f"{option[0]} goes with --judge" in " ".join(done.stderr.split())


def test_a_judge_that_fails_on_every_video_does_not_pass_for_success(
    invoke: Invoke, files: Path, mine: tuple[str, ...]
) -> None:
    path = files / "judge_of_test_score.py"
    path.write_text(path.read_text().replace("        brighter = ", "        brighter = broken + "))
    done = invoke(*SCORE, *mine, "--limit", 2, code=1)
    failures = [line for line in done.stderr.splitlines() if "name 'broken' is not defined" in line]
    assert len(failures) == 2
    assert {row.answer for row in read_run(files / "run").responses} == {"error"}


def test_a_video_that_could_not_be_scored_makes_it_exit_with_one(
    invoke: Invoke, files: Path
) -> None:
    (files / "videos" / "s001.mp4").write_bytes(b"not a video")
    done = invoke(*SCORE, code=1)
    assert "s001: videos/s001.mp4: not a video that can be decoded" in done.stderr
    assert (files / "run" / "scores.json").exists()


def test_what_failed_is_named_once_a_sample_and_reason(scored: Path) -> None:
    run = read_run(scored / "all")
    good, bad = run.responses[0], run.responses[-1]
    failed = bad.model_copy(update={"answer": "error", "p_yes": None, "reason": "broken"})
    unmeasured = measurement("s000", value=None, reason="too short")
    found = replace(run, responses=(good, failed, failed), measurements=(unmeasured,))
    assert _failures(found) == ["s000: too short", f"{bad.sample_id}: broken"]
    assert _failures(run) == []


def test_videos_of_another_edition_are_not_scored_as_nothing(invoke: Invoke, files: Path) -> None:
    for path in sorted((files / "videos").glob("*.mp4")):
        path.rename(path.with_name(f"x{path.name}"))
    with pytest.raises(UserError, match="none of its 6 video files is named after a sample"):
        invoke(*SCORE)
    assert not (files / "run").exists()


@pytest.mark.parametrize(("rule", "said"), [("zero", "counted 0"), ("drop", "left out")])
def test_extra_and_missing_videos_are_named(
    invoke: Invoke, files: Path, rule: str, said: str
) -> None:
    (files / "videos" / "s001.mp4").rename(files / "videos" / "sample_1.mp4")
    done = invoke(*SCORE, "--missing", rule)
    assert f"1 sample without a video, {said}" in done.stderr
    assert "sample_1.mp4: belongs to no sample of the edition; ignored" in done.stderr


def test_a_video_that_is_gone_is_said_first_and_makes_it_exit_with_one(
    invoke: Invoke, files: Path
) -> None:
    """Until it is there again, or whoever scores chooses to forget it."""
    invoke(*SCORE, "--no-cache")
    before = (files / "run" / "measurements.jsonl").read_bytes()
    video = files / "videos" / "s001.mp4"
    video.rename(files / "away.mp4")
    for _ in range(2):
        done = invoke(*SCORE, "--no-cache", "--metrics", "smoothness", code=1)
        said = done.stderr.splitlines()
        assert said[1].startswith("run: 5 of 6 videos are there; what is known of the others is")
        assert "1 video not there, counted by what is known" in done.stderr
        assert "without a video" not in done.stderr
    (files / "away.mp4").rename(video)
    done = invoke(*SCORE, "--no-cache")
    assert (files / "run" / "measurements.jsonl").read_bytes().startswith(before)
    assert "not measured this time, and kept: temporal_smoothness_dis" in done.stderr
    video.unlink()
    done = invoke(*SCORE, "--no-cache", "--forget-missing")
    assert "1 sample without a video, counted 0" in done.stderr


def test_limit_draws_samples_by_seed(invoke: Invoke, files: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        invoke("score", "videos", "-e", "edition", "-o", name, "--limit", 3, "--seed", seed)
    drawn = [
        json.loads((files / name / "run.json").read_text())["sample_ids"]
        for name in ("one", "two", "other")
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 3


def test_limit_draws_among_the_samples_with_a_video(invoke: Invoke, files: Path) -> None:
    videos = sorted((files / "videos").glob("*.mp4"))
    waiting = files / "waiting"
    waiting.mkdir()
    for path in videos[2:]:
        path.rename(waiting / path.name)
    limited = ("score", "videos", "-e", "edition", "--limit", 2)
    for seed in range(3):
        done = invoke(*limited, "-o", f"run {seed}", "--seed", seed)
        assert "--limit 2: 2 samples drawn from the 2 with a video, of 6" in done.stderr
        assert "without a video" not in done.stderr
    kept = read_run(files / "run 0").info.sample_ids
    few = invoke("score", "videos", "-e", "edition", "--limit", 4, "-o", "few")
    assert "--limit 4: 2 samples drawn from the 2 with a video" in few.stderr
    for path in waiting.iterdir():
        path.rename(files / "videos" / path.name)
    # What is gone on with keeps its samples; a new run may take any.
    done = invoke(*limited, "-o", "run 0")
    assert read_run(files / "run 0").info.sample_ids == kept
    assert "run 0: goes on with its 2 samples, whatever came since" in done.stderr
    invoke("score", "videos", "-e", "edition", "--limit", 4, "-o", "few")
    assert read_run(files / "few").info.sample_ids == kept
    drawn = {
        invoke(*limited, "-o", f"new {seed}", "--seed", seed)
        and read_run(files / f"new {seed}").info.sample_ids
        for seed in range(3)
    }
    assert drawn != {kept}


def test_another_limit_is_another_run(invoke: Invoke, files: Path) -> None:
    invoke("score", "videos", "-e", "edition", "-o", "run", "--limit", 2)
    with pytest.raises(UserError, match="holds a run with samples 2, this one has 4"):
        invoke("score", "videos", "-e", "edition", "-o", "run", "--limit", 4)


def test_an_unwritable_output_is_one_line(invoke: Invoke, files: Path) -> None:
    (files / "file").write_text("")
    with pytest.raises(UserError, match="file/run: can't be written"):
        invoke("score", "videos", "--edition", "edition", "-o", "file/run")


def test_a_limit_on_files_is_one_line_and_the_same_command_goes_on(files: Path) -> None:
    command = [sys.executable, "-m", "omiti2v", "score", "videos", "-e", "edition", "-o", "run"]

    def small_files_only() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    limited = subprocess.run(
        [*command, "--no-cache"],
        cwd=files,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_files_only,
    )
    assert limited.returncode == 1
    assert "Traceback" not in limited.stderr
    (line,) = (line for line in limited.stderr.splitlines() if line.startswith("error: "))
    assert "no room for decoded frames: File too large" in line
    assert not (files / "run" / "measurements.jsonl").read_bytes()
    again = subprocess.run(
        [*command, "--no-cache"], cwd=files, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr


def test_an_address_where_nothing_can_be_fetched_is_one_line_and_nothing_is_judged(
    invoke: Invoke, files: Path
) -> None:
    for address, reason in (
        ("nothing://of/that", "Protocol not known: nothing"),
        (f"file://{files}/nowhere", "there is no such file"),
    ):
        with pytest.raises(UserError, match=f"{address}/s000.mp4: can't be fetched: .*{reason}"):
            invoke("score", "videos", "-e", "edition", "-o", "run", "--videos-at", address)
    assert not (files / "run" / "measurements.jsonl").read_bytes()
    invoke("score", "videos", "-e", "edition", "-o", "run", "--videos-at", f"file://{files}/videos")
    # Nothing is left to fetch.
    invoke("score", "videos", "-e", "edition", "-o", "run", "--videos-at", "nothing://of/that")
