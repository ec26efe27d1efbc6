"""`check`: what a look at the files finds before any judge is asked."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from costly_video import write_costly_video

import evaluators.check as check_module
from evaluators.check import check_submission
from evaluators.frames import Limits, Video
from evaluators.reference_images import Image, load_image
from evaluators.world import write_mp4
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.findings import CheckReport
from omiti2v.submissions import read_submission


def animate(image: Image, *, frames: int = 8, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """The image with a light that moves over it."""
    result = []
    for number in range(frames):
        frame = cv2.resize(image, size)
        cv2.circle(frame, (10 + 5 * number, 24), 4, (255, 255, 255), -1)
        result.append(frame)
    return np.stack(result)


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition", count=6)


@pytest.fixture
def folder(edition: Edition, tmp_path: Path) -> Path:
    """A submission without fault."""
    folder = tmp_path / "videos"
    for sample in edition.samples:
        image = load_image(edition.image_path(sample))
        write_mp4(folder / f"{sample.id}.mp4", animate(image), fps=8)
    (folder / "submission.yaml").write_text("name: a model\n")
    return folder


def check(folder: Path, edition: Edition) -> CheckReport:
    return check_submission(read_submission(folder, edition), edition)


def found(report: CheckReport) -> set[tuple[str, str, str]]:
    return {(finding.level, finding.code, finding.subject) for finding in report.findings}


def rewrite(folder: Path, name: str, frames: np.ndarray, *, fps: int = 8) -> None:
    write_mp4(folder / name, frames, fps=fps)


def test_a_submission_without_fault_has_no_findings(edition: Edition, folder: Path) -> None:
    report = check(folder, edition)
    assert found(report) == set()
    assert report.ok
    assert [video.sample_id for video in report.videos] == [s.id for s in edition.samples]
    video = report.videos[0]
    assert (video.frames, video.fps, video.width, video.height) == (8, 8.0, 64, 48)
    assert video.codec == "h264"


def test_missing_and_extra_videos_are_named(edition: Edition, folder: Path) -> None:
    (folder / "s001.mp4").rename(folder / "sample_1.mp4")
    report = check(folder, edition)
    assert found(report) == {("error", "missing", "s001"), ("warning", "extra", "sample_1.mp4")}
    assert not report.ok


def test_two_files_for_one_sample_are_an_error(edition: Edition, folder: Path) -> None:
    shutil.copy(folder / "s001.mp4", folder / "s001.mov")
    assert found(check(folder, edition)) == {("error", "two-files", "s001")}


def test_an_undecodable_video_is_an_error_and_the_rest_is_checked(
    edition: Edition, folder: Path
) -> None:
    (folder / "s001.mp4").write_bytes(b"not a video")
    (folder / "s002.mp4").write_bytes(b"")
    report = check(folder, edition)
    assert found(report) == {
        ("error", "undecodable", "s001.mp4"),
        ("error", "undecodable", "s002.mp4"),
    }
    assert sum(video.frames is not None for video in report.videos) == 4


def test_a_video_that_breaks_a_library_is_an_error_and_the_rest_is_checked(
    edition: Edition, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = check_module.decode_video

    def decode(path: Path, *, limits: Limits) -> Video:
        if path.name == "s001.mp4":
            raise MemoryError("no room for its frames")
        return original(path, limits=limits)

    monkeypatch.setattr(check_module, "decode_video", decode)
    report = check(folder, edition)
    assert found(report) == {("error", "undecodable", "s001.mp4")}
    assert report.findings[0].message == "s001.mp4: MemoryError: no room for its frames"
    assert sum(video.frames is not None for video in report.videos) == 5


def test_a_video_beyond_the_limits_is_an_error(edition: Edition, folder: Path) -> None:
    report = check_submission(
        read_submission(folder, edition), edition, limits=Limits(max_frames=4)
    )
    assert {code for _, code, _ in found(report)} == {"undecodable"}


def test_a_video_that_takes_too_long_is_an_error_of_its_own(edition: Edition, folder: Path) -> None:
    write_costly_video(folder / "s001.mp4", scans=20_000)
    submission = read_submission(folder, edition)
    report = check_submission(submission, edition, limits=Limits(max_decode_seconds=1))
    assert found(report) == {("error", "costly", "s001.mp4")}


def test_an_interrupt_ends_a_check_at_once_also_while_a_video_takes_minutes(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    write_costly_video(folder / "s001.mp4")
    command = [
        sys.executable,
        "-m",
        "omiti2v",
        "check",
        str(folder),
        "-e",
        str(tmp_path / "edition"),
    ]
    with psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while not any(child.cpu_times().user > 1 for child in process.children()):
            time.sleep(0.1)
        children = process.children()
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert time.monotonic() - started < 2
        assert not psutil.wait_procs(children, timeout=2)[1]


def test_two_swapped_files_are_an_error_for_both(edition: Edition, folder: Path) -> None:
    (folder / "s001.mp4").rename(folder / "x")
    (folder / "s004.mp4").rename(folder / "s001.mp4")
    (folder / "x").rename(folder / "s004.mp4")
    report = check(folder, edition)
    assert found(report) == {("error", "swapped", "s001.mp4"), ("error", "swapped", "s004.mp4")}
    messages = {finding.subject: finding.message for finding in report.findings}
    assert "reference image of s004" in messages["s001.mp4"]


def test_a_poor_match_alone_is_a_warning(edition: Edition, folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (8, 48, 64, 3), dtype=np.uint8)
    rewrite(folder, "s001.mp4", noise)
    report = check(folder, edition)
    assert found(report) == {("warning", "poor-match", "s001.mp4")}
    assert report.ok


@pytest.mark.parametrize("size", [(128, 96), (96, 54), (48, 64)])
def test_resizing_and_cropping_are_tolerated(
    edition: Edition, folder: Path, size: tuple[int, int]
) -> None:
    width, height = size
    for sample in edition.samples:
        image = load_image(edition.image_path(sample))
        scale = max(width / image.shape[1], height / image.shape[0])
        large = cv2.resize(image, (round(image.shape[1] * scale), round(image.shape[0] * scale)))
        top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
        crop = large[top : top + height, left : left + width]
        rewrite(folder, f"{sample.id}.mp4", animate(crop, size=size))
    assert found(check(folder, edition)) == set()


def test_a_frozen_clip_is_a_warning(edition: Edition, folder: Path) -> None:
    image = load_image(edition.image_path(edition.by_id["s002"]))
    rewrite(folder, "s002.mp4", np.repeat(image[None], 8, axis=0))
    assert found(check(folder, edition)) == {("warning", "frozen", "s002.mp4")}


def test_a_video_unlike_the_rest_is_a_warning(edition: Edition, folder: Path) -> None:
    image = load_image(edition.image_path(edition.by_id["s003"]))
    rewrite(folder, "s003.mp4", animate(image, frames=5), fps=16)
    report = check(folder, edition)
    assert found(report) == {("warning", "unlike-the-rest", "s003.mp4")}
    messages = sorted(finding.message for finding in report.findings)
    assert messages == [
        "has 16 frames a second, most have 8",
        "has 5 frames, most have 8",
    ]


def test_one_file_for_two_samples_is_an_error(edition: Edition, folder: Path) -> None:
    shutil.copy(folder / "s001.mp4", folder / "s002.mp4")
    assert ("error", "same-file", "s002.mp4") in found(check(folder, edition))


def test_samples_that_share_their_image_may_share_their_video(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(tmp_path / "edition/images/s001.png", tmp_path / "edition/images/s002.png")
    shutil.copy(folder / "s001.mp4", folder / "s002.mp4")
    report = check(folder, load_edition_folder(tmp_path / "edition"))
    assert found(report) == {("warning", "same-file", "s002.mp4")}


def test_a_truncated_video_is_a_warning(
    edition: Edition, folder: Path, write_video: Callable[..., Path]
) -> None:
    image = load_image(edition.image_path(edition.by_id["s003"]))
    noise = np.random.default_rng(0).integers(0, 60, (40, 48, 64, 3), dtype=np.uint8)
    frames = np.clip(animate(image, frames=40) // 2 + noise, 0, 255).astype(np.uint8)
    # With the index in front, the first part of a cut file can be read.
    write_video(folder / "s003.mp4", frames, fps=8, container_options={"movflags": "faststart"})
    data = (folder / "s003.mp4").read_bytes()
    (folder / "s003.mp4").write_bytes(data[: len(data) * 2 // 3])
    codes = {code for _, code, subject in found(check(folder, edition)) if subject == "s003.mp4"}
    assert "truncated" in codes


def test_no_submission_yaml_is_a_warning(edition: Edition, folder: Path) -> None:
    (folder / "submission.yaml").unlink()
    report = check(folder, edition)
    assert found(report) == {("warning", "no-submission-yaml", "submission.yaml")}


def test_a_wrong_submission_yaml_is_a_finding_beside_the_others(
    edition: Edition, folder: Path
) -> None:
    (folder / "submission.yaml").write_text("name: a model\ncolour: red\n")
    (folder / "s001.mp4").write_bytes(b"not a video")
    report = check_submission(read_submission(folder, edition, lenient=True), edition)
    assert found(report) == {
        ("error", "submission-yaml", "submission.yaml"),
        ("error", "undecodable", "s001.mp4"),
    }
    assert any("colour: unknown field" in finding.message for finding in report.findings)


def test_the_report_survives_json(edition: Edition, folder: Path) -> None:
    (folder / "s001.mp4").write_bytes(b"not a video")
    report = check(folder, edition)
    assert CheckReport.model_validate_json(report.model_dump_json()) == report
