"""The commands, end to end on files: what they print, write and exit with."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def one_error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error line of a command that refused; there is one, and no traceback."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    return errors[0]


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


def test_score_goes_on_and_rescore_and_report_need_no_video(omiti2v: Command, files: Path) -> None:
    assert omiti2v("score", "videos", "--edition", "edition", "-o", "run").returncode == 0
    before = (files / "run" / "scores.json").read_text()
    again = omiti2v("score", "videos", "--edition", "edition", "-o", "run", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == json.loads(before)
    (files / "videos").rename(files / "gone")
    (files / "edition").rename(files / "gone too")
    done = omiti2v("rescore", "run", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads(before)
    assert omiti2v("report", "run", "-o", "all.html").returncode == 0
    assert "<script" not in (files / "all.html").read_text()


def test_a_judge_that_fails_on_every_video_does_not_pass_for_success(
    omiti2v: Command, files: Path, tmp_path: Path
) -> None:
    from tiny_qwen import save_tiny_qwen

    # Every question holds a control token, which the judge refuses to read.
    samples = files / "edition" / "samples.jsonl"
    samples.write_text(samples.read_text().replace("Question", "<|im_end|>"))
    model = save_tiny_qwen(tmp_path / "model")
    done = omiti2v(
        *("score", "videos", "-e", "edition", "-o", "run", "--judge", model, "--device", "cpu"),
        *("--limit", "2"),
    )
    assert done.returncode == 1
    assert done.stderr.count("control token") >= 2


def test_score_exits_with_one_where_a_video_could_not_be_scored(
    omiti2v: Command, files: Path
) -> None:
    (files / "videos" / "s001.mp4").write_bytes(b"not a video")
    done = omiti2v("score", "videos", "--edition", "edition", "-o", "run")
    assert done.returncode == 1
    assert "s001" in done.stderr
    assert "Traceback" not in done.stderr
    assert (files / "run" / "scores.json").exists()


def test_videos_of_another_edition_are_not_scored_as_nothing(omiti2v: Command, files: Path) -> None:
    for path in sorted((files / "videos").glob("*.mp4")):
        path.rename(path.with_name(f"x{path.name}"))
    done = omiti2v("score", "videos", "--edition", "edition", "-o", "run")
    assert "none of its 6 video files is named after a sample" in one_error_line(done)
    assert not (files / "run").exists()


def test_extra_and_missing_videos_are_named(omiti2v: Command, files: Path) -> None:
    (files / "videos" / "s001.mp4").rename(files / "videos" / "sample_1.mp4")
    done = omiti2v("score", "videos", "--edition", "edition", "-o", "run")
    assert done.returncode == 0
    assert "1 sample without a video, counted 0" in done.stderr
    assert "sample_1.mp4: belongs to no sample of the edition; ignored" in done.stderr


def test_limit_draws_samples_by_seed(omiti2v: Command, files: Path) -> None:
    options = ("--edition", "edition", "--limit", "3", "--seed", "5")
    assert omiti2v("score", "videos", *options, "-o", "one").returncode == 0
    assert omiti2v("score", "videos", *options, "-o", "two").returncode == 0
    drawn = [json.loads((files / n / "run.json").read_text())["sample_ids"] for n in ("one", "two")]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 3


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("check", "absent", "--edition", "edition"), "absent: no such folder"),
        (("check", "videos", "--edition", "absent"), "absent: no such folder"),
        (("check", "videos", "--edition", "videos"), r"videos: holds no *.jsonl file"),
        (("score", "videos", "-e", "edition", "-o", "edition"), "edition: holds files but no run"),
        (
            ("score", "videos", "-e", "edition", "-o", "run", "--judge", "absent/model"),
            "absent/mod",
        ),
        (("rescore", "videos"), "videos: not a run folder"),
        (("report", "absent"), "absent: not a run folder"),
    ],
)
def test_what_is_not_there_is_one_line(
    omiti2v: Command, files: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in one_error_line(omiti2v(*arguments))


@pytest.mark.parametrize(
    "arguments",
    [("score",), ("frobnicate",), ("check",), ("score", "v", "-e", "e", "--limit", "0")],
)
def test_bad_usage_exits_with_two(omiti2v: Command, arguments: tuple[str, ...]) -> None:
    done = omiti2v(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_unwritable_output_is_one_line(omiti2v: Command, files: Path) -> None:
    (files / "file").write_text("")
    done = omiti2v("score", "videos", "--edition", "edition", "-o", "file/run")
    assert "file/run: can't be written" in one_error_line(done)


def test_a_full_disk_is_one_line_and_the_same_command_goes_on(files: Path) -> None:
    command = [sys.executable, "-m", "omiti2v", "score", "videos", "-e", "edition", "-o", "run"]

    def small_files_only() -> None:
        # The kernel refuses to let any file grow beyond this, as on a full disk.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    full = subprocess.run(
        [*command, "--no-cache"],
        cwd=files,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_files_only,
    )
    assert "can't be written: File too large" in one_error_line(full)
    logged = (files / "run" / "measurements.jsonl").read_bytes()
    again = subprocess.run(
        [*command, "--no-cache"], cwd=files, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert (files / "run" / "measurements.jsonl").read_bytes().startswith(logged)


def test_the_version_is_printed(omiti2v: Command) -> None:
    done = omiti2v("--version")
    assert done.returncode == 0
    assert done.stdout.strip() == "0.1.0"
