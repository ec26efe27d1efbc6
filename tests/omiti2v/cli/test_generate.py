"""`omiti2v generate`, run as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.cli import main

Command = Callable[..., "subprocess.CompletedProcess[str]"]

SMALL = ("--edition", "edition", "--height", "48", "--width", "64", "--frames", "9")


@pytest.fixture
def here(
    files: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Runs the command in this process, which saves its start, in the folder `files`."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        code: object = 0
        with monkeypatch.context() as changed:
            changed.chdir(files)
            changed.setattr(sys, "argv", ["omiti2v", *map(str, arguments)])
            for name, value in environment.items():
                changed.setenv(name, value)
            try:
                main()
            except SystemExit as done:
                code = done.code or 0
        said = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, int(str(code)), said.out, said.err)

    return run


def one_error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error line of a command that refused; there is one."""
    assert done.returncode == 1, done.stderr
    [line] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


def videos_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.mp4"))}


def kill_after(videos: int, command: list[str], folder: Path, *, cwd: Path) -> int:
    """Start a command, SIGKILL it once the folder holds so many videos; how many it then holds."""
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and len(list(folder.glob("*.mp4"))) < videos:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "finished before it could be killed"
    return len(list(folder.glob("*.mp4")))


@pytest.mark.parametrize("method", ["still", "pan", "blank"])
def test_a_control_passes_the_check_with_warnings_only(
    here: Command, files: Path, method: str
) -> None:
    done = here("generate", "--method", method, "-o", "out", *SMALL, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["made"], report["kept"], report["failures"]) == (6, 0, [])
    checked = here("check", "out", "--edition", "edition", "--json")
    assert checked.returncode == 0, checked.stdout
    found = json.loads(checked.stdout)
    assert {finding["level"] for finding in found["findings"]} <= {"warning"}
    assert found["submission"]["method"] == method


def test_a_control_loads_no_torch(files: Path) -> None:
    arguments = ["omiti2v", "generate", "--method", "pan", "-o", "out", *SMALL]
    script = f"""
import sys
sys.argv = {arguments!r}
from omiti2v.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
print("LOADED", *(name for name in ("torch", "diffusers", "transformers") if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=files
    )
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_help_loads_nothing_heavy() -> None:
    script = """
import sys
sys.argv = ["omiti2v", "generate", "--help"]
from omiti2v.cli import main
try:
    main()
except SystemExit:
    pass
heavy = ("torch", "diffusers", "numpy", "cv2", "av", "alignvid_ref")
print("LOADED", *(name for name in heavy if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert "--backbone" in done.stdout
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_killed_twice_it_goes_on_and_makes_the_same_videos(omiti2v: Command, files: Path) -> None:
    size = ("--edition", "edition", "--height", "160", "--width", "240", "--frames", "40")
    command = [sys.executable, "-m", "omiti2v", "generate", "--method", "pan", *size, "-o", "out"]
    first = kill_after(1, command, files / "out", cwd=files)
    kept = videos_in(files / "out")
    second = kill_after(first + 1, command, files / "out", cwd=files)
    assert kept.items() <= videos_in(files / "out").items()
    done = omiti2v(*command[3:], "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["made"] + report["kept"] == 6
    assert report["kept"] >= second - 1
    assert omiti2v(*command[3:-1], "whole").returncode == 0
    assert videos_in(files / "out") == videos_in(files / "whole")
    lines = (files / "out" / "provenance.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["file"] for line in lines) == sorted(videos_in(files / "out"))
    assert not list((files / "out").glob(".*.mp4.*"))


def test_shards_and_processes_make_the_videos_of_one_run(here: Command, files: Path) -> None:
    control = ("generate", "--method", "pan", *SMALL)
    assert here(*control, "-o", "whole").returncode == 0
    assert here(*control, "-o", "parts", "--shard", "2/2").returncode == 0
    # The first half by two processes, as accelerate launch starts them.
    for rank in ("0", "1"):
        done = here(
            *control, "-o", "parts", "--shard", "1/2", RANK=rank, WORLD_SIZE="2", LOCAL_RANK=rank
        )
        assert done.returncode == 0, done.stderr
    assert videos_in(files / "parts") == videos_in(files / "whole")
    assert len(list((files / "parts").glob("provenance-*.jsonl"))) == 3


def test_limit_takes_the_samples_that_score_takes(here: Command, files: Path) -> None:
    limited = ("--limit", "3", "--seed", "5")
    assert here("generate", "--method", "still", *SMALL, *limited, "-o", "out").returncode == 0
    assert here("score", "out", "-e", "edition", *limited, "-o", "run").returncode == 0
    scored = json.loads((files / "run" / "run.json").read_text())["sample_ids"]
    assert sorted(Path(name).stem for name in videos_in(files / "out")) == scored


def test_other_settings_in_the_same_folder_are_one_line(here: Command, files: Path) -> None:
    control = ("generate", "--method", "pan", *SMALL, "-o", "out")
    assert here(*control).returncode == 0
    line = one_error_line(here(*control, "--fps", "12"))
    assert "made with other settings: fps 16 there, 12 asked for" in line


def test_a_failed_sample_exits_with_one_and_the_rest_is_made(here: Command, files: Path) -> None:
    (files / "out").mkdir()
    (files / "out" / "s002.mp4").write_bytes(b"somebody's")
    done = here("generate", "--method", "still", *SMALL, "-o", "out")
    assert done.returncode == 1
    assert "5 videos made, 0 were there, 1 failed" in done.stderr
    assert "s002: " in done.stderr
    assert len(videos_in(files / "out")) == 6


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--method", "baseline", "--backbone", "nowhere"), "nowhere: no such backbone or folder"),
        (("--method", "still", "--backbone", "nowhere"), "still needs no model"),
        (("--method", "still", "--preset", "nowhere"), "expected one of cogvideox-5b-i2v"),
        (("--method", "still", "--shard", "3/2"), "--shard: expected i/n"),
        (("--method", "still", "--fps", "999"), "--fps: "),
        (("--method", "baseline", "--backbone", "tiny-wan", "--flow-shift", "0"), "--flow-shift: "),
        (("--method", "baseline", "--backbone", "tiny-wan", "--lora", "no"), "--lora no: no such"),
        (
            ("--method", "baseline", "--backbone", "tiny-wan", "--negative-prompt", "blurred"),
            "--negative-prompt: tiny-wan does not read it",
        ),
        (
            ("--method", "guidance", "--guider", "apg", "--backbone", "tiny-wan"),
            "--guidance-scale: expected over 1, got 1; at 1 guidance does nothing",
        ),
    ],
)
def test_what_is_asked_for_in_vain_is_one_line(
    here: Command, files: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = here("generate", "-o", "out", "--edition", "edition", *arguments)
    assert complaint in one_error_line(done)
    assert not (files / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--method", "baseline"),
        ("--method", "still", "--gamma", "1.3"),
        ("--method", "still", "--guider", "apg"),
        ("--method", "guidance", "--backbone", "tiny-wan"),
        ("--method", "dance"),
        ("--method", "still", "--steps", "0"),
        ("--method", "still", "--flow-shift", "3"),
        ("--method", "still", "--negative-prompt", "blurred"),
        ("--method", "baseline", "--backbone", "tiny-wan", "--scheduler", "ddim"),
    ],
)
def test_bad_usage_exits_with_two(here: Command, files: Path, arguments: tuple[str, ...]) -> None:
    done = here("generate", "-o", "out", "--edition", "edition", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def tiny_wan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tiny_pipelines

    folder = tmp_path_factory.mktemp("tiny") / "wan"
    return tiny_pipelines.save(tiny_pipelines.wan_i2v(), folder)


@pytest.fixture(scope="module")
def with_alignvid(tiny_wan: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The arguments for AlignVid on a tiny Wan."""
    config = {"family": "wan-i2v", "sites": {"query": 1, "text_key": 1}, "blocks": [0, 1, 2, 3]}
    path = tmp_path_factory.mktemp("config") / "alignvid.json"
    path.write_text(json.dumps(config))
    model = ("--backbone", str(tiny_wan), "--method", "alignvid", "--alignvid", str(path))
    return (*model, "--height", "32", "--width", "32", "--frames", "5", "--steps", "2")


def test_a_model_makes_videos_that_pass_the_check(
    here: Command, files: Path, with_alignvid: tuple[str, ...]
) -> None:
    done = here("generate", *with_alignvid, "--gamma", "2", "-e", "edition", "-o", "out")
    assert done.returncode == 0, done.stderr
    checked = here("check", "out", "--edition", "edition", "--json")
    assert checked.returncode == 0, checked.stdout
    submission = json.loads(checked.stdout)["submission"]
    assert (submission["name"], submission["backbone"]) == ("wan + alignvid", "wan")
    assert json.loads(submission["settings"]["alignvid"])["gamma"] == 2.0


def test_what_it_will_do_is_said_before_the_videos_and_not_to_programs(
    here: Command, with_alignvid: tuple[str, ...]
) -> None:
    command = ("generate", *with_alignvid, "-e", "edition", "-o", "out", "--limit", "2")
    said = here(*command).stderr
    assert "2 videos to make, 0 there already\neach 32x32, 5 frames at 16 a second\n" in said
    assert "AlignVid is on at 1 of 2 steps: 1\n" in said
    assert "the first video took" in said
    done = here(*command[:-2], "--json")
    assert json.loads(done.stdout)["made"] == 4
    assert "videos to make" not in done.stderr


def test_a_run_that_cannot_succeed_ends_with_what_to_do(
    here: Command, files: Path, tiny_wan: Path
) -> None:
    from alignvid_ref.generation import pipelines

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError("CUDA out of memory. Tried to allocate 3 GiB")

    model = ("--method", "baseline", "--backbone", str(tiny_wan), "--height", "32", "--width", "32")
    command = ("generate", *model, "--frames", "5", "--steps", "1", "-e", "edition", "-o", "out")
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(pipelines, "_to_frames", broken)
        done = here(*command)
    assert done.returncode == 1
    assert "0 videos made, 0 were there, 3 failed" in done.stderr
    assert "ended early: the last 3 videos failed alike: RuntimeError: CUDA out" in done.stderr
    assert "take --offload model" in done.stderr
    assert "3 videos not tried; the same command resumes" in done.stderr
    assert here(*command).returncode == 0


@pytest.mark.slow
def test_all_videos_of_the_open_edition_survive_two_kills(
    tmp_path: Path, with_alignvid: tuple[str, ...]
) -> None:
    command = [sys.executable, "-m", "omiti2v", "generate", *with_alignvid, "-o", "out"]
    out = tmp_path / "out"
    kill_after(60, command, out, cwd=tmp_path)
    kept = videos_in(out)
    kill_after(len(kept) + 60, command, out, cwd=tmp_path)
    assert kept.items() <= videos_in(out).items()
    environment = os.environ | {"COLUMNS": "120"}
    done = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["made"] + report["kept"] == len(videos_in(out)) == 367
    assert report["kept"] >= 119
    for shard in ("1/2", "2/2"):
        subprocess.run([*command[:-1], "parts", "--shard", shard], cwd=tmp_path, check=True)
    assert videos_in(tmp_path / "parts") == videos_in(out)
    checked = subprocess.run(
        [sys.executable, "-m", "omiti2v", "check", "out", "--json"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    findings = json.loads(checked.stdout)["findings"]
    assert checked.returncode == 0, [row for row in findings if row["level"] == "error"]
    assert {row["level"] for row in findings} == {"warning"}


def test_several_seeds_are_made_of_the_samples_that_the_first_one_draws(
    here: Command, files: Path
) -> None:
    options = ("generate", "--method", "pan", *SMALL, "--limit", "2")
    assert here(*options, "-o", "one", "--seed", "5").returncode == 0
    done = here(*options, "-o", "more", "--seeds", "5,0", "--json")
    assert (done.returncode, json.loads(done.stdout)["made"]) == (0, 4)
    drawn = {path.stem for path in (files / "one").glob("*.mp4")}
    assert {path.name for path in (files / "more").iterdir() if path.is_dir()} == drawn
    assert (
        here(*options, "-o", "more", "--seeds", "5,0,7").stderr.count("2 videos made, 4 were") == 1
    )
    assert "seeds: [0, 5, 7]\n" in (files / "more" / "submission.yaml").read_text()
    assert here(*options, "-o", "none", "--seed", "0", "--seeds", "1").returncode == 2
