"""The commands, end to end on files: what they print, write and exit with."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]
DEMO_SUBMISSIONS = (
    "edit done",
    "done on half",
    "still",
    "wrong object",
    "camera only",
    "blank",
    "text over the frames",
)


def one_error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error line of a command that refused; there is one, and no traceback."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    return errors[0]


def test_check_passes_a_good_folder(omiti2v: Command, files: Path) -> None:
    done = omiti2v("check", "videos", "--edition", "edition")
    assert done.returncode == 0
    assert "6 of 6 samples of edition custom have a readable video" in done.stdout
    assert "6 x 64x48, 6 frames at 8 a second, h264" in done.stdout


def test_check_prints_findings_and_exits_with_one(omiti2v: Command, files: Path) -> None:
    (files / "videos" / "s001.mp4").write_bytes(b"not a video")
    (files / "videos" / "s002.mp4").unlink()
    done = omiti2v("check", "videos", "--edition", "edition")
    assert done.returncode == 1
    assert "undecodable" in done.stdout
    assert "s002" in done.stdout
    done = omiti2v("check", "videos", "--edition", "edition", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert {finding["code"] for finding in report["findings"]} == {"undecodable", "missing"}


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


def test_rescore_tells_a_forged_score(omiti2v: Command, files: Path) -> None:
    omiti2v("score", "videos", "--edition", "edition", "-o", "run")
    path = files / "run" / "scores.json"
    scores = json.loads(path.read_text())
    scores["metrics"]["dynamic_degree_dis"]["value"] += 0.3
    path.write_text(json.dumps(scores))
    done = omiti2v("rescore", "run")
    assert done.returncode == 1
    assert "differs from what the log gives" in done.stderr
    assert omiti2v("rescore", "run", "--write").returncode == 0
    assert omiti2v("rescore", "run").returncode == 0


def test_rescore_takes_the_settings_of_the_run(omiti2v: Command, files: Path) -> None:
    """A forger can't hide behind settings that rescore does not compare."""
    omiti2v("score", "videos", "--edition", "edition", "-o", "run", "--resamples", "500")
    assert omiti2v("rescore", "run").returncode == 0
    path = files / "run" / "scores.json"
    honest = path.read_text()
    path.write_text(honest.replace('"seed": 0', '"seed": 7'))
    assert omiti2v("rescore", "run").returncode == 1
    path.write_text(honest)
    other = omiti2v("rescore", "run", "--resamples", "200")
    assert other.returncode == 0
    assert "not compared" in other.stderr
    path.unlink()
    assert omiti2v("rescore", "run").returncode == 1


def test_an_interrupt_says_how_to_go_on(omiti2v: Command, files: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "omiti2v", "demo", "-o", "out"],
        cwd=files,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background of a shell has it ignored for all below.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not (files / "out" / "edition").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "error: interrupted; the same command resumes from here" in said
    assert "Traceback" not in said


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


def test_a_name_that_would_drive_the_terminal_is_shown_as_text(
    omiti2v: Command, files: Path
) -> None:
    (files / "videos" / "submission.yaml").write_text(
        'name: "[red]x[/red]\\e[2J\\u202Eevil"\n', encoding="utf-8"
    )
    done = omiti2v("check", "videos", "--edition", "edition")
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "[red]x[/red][U+001B][2J[U+202E]evil" in done.stdout


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


def test_the_demo_tells_the_submissions_apart(omiti2v: Command, tmp_path: Path) -> None:
    done = omiti2v("demo", "-o", "out")
    assert done.returncode == 0, done.stderr
    rows = {
        name: [float(cell) for cell in line.removeprefix(name).split()]
        for line in done.stdout.splitlines()
        for name in DEMO_SUBMISSIONS
        if line.startswith(name + " ") and line.removeprefix(name).split()[0][0].isdigit()
    }
    assert list(rows) == list(DEMO_SUBMISSIONS)
    accuracy, lift, negligent, broken = 0, 1, 4, 5
    floor = re.search(r"still floor: ([0-9.]+) %", done.stdout)
    assert floor
    assert rows["edit done"][accuracy] > 95
    assert abs(rows["still"][accuracy] - float(floor[1])) < 3
    assert rows["still"][negligent] > 90
    assert rows["blank"][broken] > 90
    for name in ("wrong object", "camera only"):
        assert rows[name][accuracy] < rows["edit done"][accuracy] - 25
    assert rows["still"][accuracy] < rows["done on half"][accuracy] < rows["edit done"][accuracy]
    assert rows["edit done"][lift] > 90
    report = (tmp_path / "out" / "report.html").read_text()
    assert all(name in report for name in DEMO_SUBMISSIONS)
    assert (tmp_path / "out" / "runs" / "blank" / "responses.jsonl").is_file()
