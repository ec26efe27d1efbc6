"""Which video files get into a report, and which never do."""

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.report.page_videos import (
    VideoFolders,
    embedded_size,
    gather_page_videos,
    relative_link,
    verified_uri,
    video_data_uri,
)
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport

MP4 = b"\0\0\0\x18ftypisom" + b"\0" * 80


def put(folder: Path, sample_id: str, content: bytes = MP4, *, suffix: str = ".mp4") -> VideoReport:
    """A file, and what a run's log says of it."""
    folder.mkdir(exist_ok=True)
    file = f"{sample_id}{suffix}"
    (folder / file).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return VideoReport(sample_id=sample_id, file=file, sha256=digest, fps=12.0, frames=16)


def test_a_file_of_the_log_becomes_a_data_uri(tmp_path: Path) -> None:
    uri = verified_uri(put(tmp_path, "kite"), tmp_path)
    assert uri == f"data:video/mp4;base64,{base64.b64encode(MP4).decode()}"
    assert len(uri) <= embedded_size(tmp_path / "kite.mp4")


def test_a_file_that_was_changed_since_is_refused(tmp_path: Path) -> None:
    report = put(tmp_path, "kite")
    (tmp_path / "kite.mp4").write_bytes(MP4 + b"more")
    with pytest.raises(UserError, match="SHA-256 differs from the log"):
        verified_uri(report, tmp_path)


def test_a_link_is_followed_but_only_what_was_decoded_as_a_video_is_shown(tmp_path: Path) -> None:
    """A stranger's folder may link to a photograph of ours, whose file may look like an mp4."""
    report = put(tmp_path / "elsewhere", "photo", suffix=".heic")
    (tmp_path / "kite.mp4").symlink_to("elsewhere/photo.heic")
    linked = report.model_copy(update={"file": "kite.mp4"})
    assert verified_uri(linked, tmp_path).startswith("data:video/mp4;")
    assert relative_link(tmp_path / "kite.mp4", page=tmp_path / "a.html") == "kite.mp4"
    with pytest.raises(UserError, match="could not be decoded"):
        verified_uri(linked.model_copy(update={"frames": None}), tmp_path)


def test_a_video_that_was_never_read_has_no_digest_to_hold_it_against(tmp_path: Path) -> None:
    report = put(tmp_path, "kite").model_copy(update={"sha256": None})
    with pytest.raises(UserError, match="SHA-256"):
        verified_uri(report, tmp_path)


@pytest.mark.parametrize("file", ["../kite.mp4", "/etc/passwd", "kite.mp4\0", "loop.mp4", "pipe"])
def test_a_file_outside_the_folder_or_out_of_the_ordinary_is_refused(
    tmp_path: Path, file: str
) -> None:
    folder = tmp_path / "videos"
    report = put(tmp_path, "kite").model_copy(update={"file": file})
    folder.mkdir()
    (folder / "loop.mp4").symlink_to("loop.mp4")
    os.mkfifo(folder / "pipe")
    with pytest.raises(UserError):
        verified_uri(report, folder)


def test_a_page_under_the_name_of_a_video_is_no_video() -> None:
    assert video_data_uri(b"<script>alert(1)</script>", ".mp4") is None
    assert video_data_uri(MP4, ".webm") is None
    assert video_data_uri(MP4, ".avi") is None
    assert (video_data_uri(MP4, ".MP4") or "").startswith("data:video/mp4;base64,")


@pytest.mark.parametrize("codec", ["mpeg4", "hevc"])
@pytest.mark.parametrize("link", [False, True])
def test_a_codec_that_browsers_do_not_play_is_named_and_takes_no_place(
    tmp_path: Path, codec: str, link: bool
) -> None:
    log = {
        "old": put(tmp_path, "old", MP4 * 100).model_copy(update={"codec": codec}),
        "new": put(tmp_path, "new").model_copy(update={"codec": "h264"}),
    }
    videos = VideoFolders((tmp_path,), max_megabytes=0.001, link=link)
    found = gather_page_videos(log, [log], videos, page=tmp_path / "report.html")
    assert set(found.found) == {(0, "new")} and found.left_out == ()
    problem = found.problems[0, "old"]
    assert problem.startswith(f"old.mp4: not shown: browsers don't play its codec, {codec};")
    assert "ffmpeg -i OLD.mp4 -c:v libx264" in problem


def test_samples_go_in_as_a_whole_in_their_order_until_the_budget_is_spent(tmp_path: Path) -> None:
    logs = [
        {name: put(tmp_path / run, name) for name in ("first", "second", "third")}
        for run in ("a", "b")
    ]
    one = embedded_size(tmp_path / "a" / "first.mp4")
    found = gather_page_videos(
        ("second", "first", "third"),
        logs,
        VideoFolders((tmp_path / "a", tmp_path / "b"), max_megabytes=5 * one / 1e6),
        page=tmp_path / "report.html",
    )
    assert set(found.found) == {(0, "second"), (1, "second"), (0, "first"), (1, "first")}
    assert found.left_out == ("third",)
    assert sum(len(clip.source) for clip in found.found.values()) <= 5 * one


def test_a_small_sample_still_fits_after_one_that_does_not(tmp_path: Path) -> None:
    log = {"large": put(tmp_path, "large", MP4 * 100), "small": put(tmp_path, "small")}
    videos = VideoFolders((tmp_path,), max_megabytes=0.001)
    found = gather_page_videos(("large", "small"), [log], videos, page=tmp_path / "report.html")
    assert set(found.found) == {(0, "small")} and found.left_out == ("large",)


def test_a_video_that_is_not_at_hand_says_so_and_the_other_run_keeps_its_own(
    tmp_path: Path,
) -> None:
    logs = [{"kite": put(tmp_path / run, "kite")} for run in ("a", "b")]
    (tmp_path / "b" / "kite.mp4").unlink()
    videos = VideoFolders((tmp_path / "a", tmp_path / "b"))
    found = gather_page_videos(("kite",), logs, videos, page=tmp_path / "report.html")
    assert set(found.found) == {(0, "kite")}
    assert found.problems == {(1, "kite"): "kite.mp4: No such file or directory"}
    assert str(tmp_path) not in found.problems[1, "kite"]


def test_a_link_is_relative_quoted_and_never_a_scheme_of_its_own(tmp_path: Path) -> None:
    page = tmp_path / "out" / "report.html"
    path = tmp_path / "videos" / "javascript:alert(1) & \"'<b>#?.mp4"
    link = relative_link(path, page=page)
    assert link.startswith("../videos/javascript%3Aalert")
    assert not set(link) & set("\"'<># ?&")


def test_linked_videos_are_held_against_the_log_too(tmp_path: Path) -> None:
    log = {"kite": put(tmp_path, "kite"), "boat": put(tmp_path, "boat")}
    (tmp_path / "boat.mp4").write_bytes(MP4[:-1])
    found = gather_page_videos(
        ("kite", "boat"),
        [log],
        VideoFolders((tmp_path,), link=True),
        page=tmp_path / "report.html",
    )
    assert {key: clip.source for key, clip in found.found.items()} == {(0, "kite"): "kite.mp4"}
    assert set(found.problems) == {(0, "boat")}


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    videos = VideoFolders((tmp_path / "nowhere",))
    with pytest.raises(UserError, match="nowhere: no such folder"):
        gather_page_videos((), [{}], videos, page=tmp_path / "report.html")


def test_each_run_needs_its_folder(make_run: Callable[..., object], tmp_path: Path) -> None:
    from leaderboard.report import build_page

    with pytest.raises(ValueError, match="one folder of videos for each run"):
        build_page([make_run()] * 2, videos=VideoFolders((tmp_path,)))  # type: ignore[list-item]


def test_all_takes_of_a_sample_go_in_or_none(tmp_path: Path) -> None:
    log = {}
    for take in (0, 1):
        report = put(tmp_path / "kite", str(take), MP4 + bytes([take]))
        changes = {"sample_id": "kite", "take": take, "file": f"kite/{take}.mp4"}
        log[f"kite@{take}"] = report.model_copy(update=changes)
    videos = VideoFolders((tmp_path,))
    found = gather_page_videos(("kite",), [log], videos, page=tmp_path / "report.html")
    assert set(found.found) == {(0, "kite@0"), (0, "kite@1")}
    assert found.samples == {"kite"}
    (tmp_path / "kite" / "1.mp4").unlink()
    (tmp_path / "kite" / "1.mp4").symlink_to("1.mp4")
    found = gather_page_videos(("kite",), [log], videos, page=tmp_path / "report.html")
    assert found.problems[0, "kite@1"].startswith("kite/1.mp4: Too many levels")
