"""`omiti2v report`: one page of one run or several, with their videos where they are given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.cli.report import SHOWN, _some
from omiti2v.errors import UserError

Invoke = Callable[..., Any]


@pytest.fixture
def videos(scored: Path, runs: Path) -> Path:
    """The folder of the runs' videos; the runs lie where the command is run."""
    return scored.parent / "videos"


def test_a_run_becomes_a_page_that_stands_alone(invoke: Invoke, runs: Path) -> None:
    done = invoke("report", "all")
    page = (runs / "report.html").read_text()
    assert "report: report.html" in done.stderr
    assert "Change number 5 happens" in page
    assert "<video" not in page


def test_runs_are_shown_side_by_side_in_their_order(invoke: Invoke, runs: Path) -> None:
    invoke("report", "lenient", "all", "-o", "two.html")
    page = (runs / "two.html").read_text()
    assert 0 < page.index("always-yes") < page.index("knowing")


def test_videos_are_embedded_or_linked(invoke: Invoke, runs: Path, videos: Path) -> None:
    invoke("report", "all", "--videos", videos)
    assert (runs / "report.html").read_text().count('src="data:video/mp4;base64,') == 6
    invoke("report", "all", "--videos", videos, "--link-videos")
    page = (runs / "report.html").read_text()
    assert "data:video" not in page
    assert page.count("/videos/s00") == 6


def test_what_has_no_room_is_named(invoke: Invoke, runs: Path, videos: Path) -> None:
    done = invoke("report", "all", "--videos", videos, "--max-megabytes", 0)
    said = "--max-megabytes 0: the videos of 6 samples are not embedded: s000, s001"
    assert said in done.stderr
    assert "data:video" not in (runs / "report.html").read_text()


def test_a_video_that_is_not_the_run_s_is_named_and_left_out(
    invoke: Invoke, runs: Path, videos: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    for path in videos.glob("*.mp4"):
        (tmp_path / "mine" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "mine" / "s001.mp4").write_bytes(b"another")
    done = invoke("report", "all", "all", "--videos", videos, "--videos", "mine")
    (line,) = (line for line in done.stderr.splitlines() if "SHA-256" in line)
    assert line.startswith("run 2, s001: s001.mp4: not the file that the run is about")


def test_of_many_that_can_not_be_shown_the_rest_is_counted(
    invoke: Invoke, runs: Path, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    folders = [part for _ in range(2) for part in ("--videos", "none")]
    done = invoke("report", "all", "lenient", *folders)
    assert sum(line.startswith("run ") for line in done.stderr.splitlines()) == SHOWN
    assert f"and {12 - SHOWN} more videos that can't be shown" in done.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("all", "four", "--videos", "."), "expected once for each run (2), in their order, got 1"),
        (("all", "--link-videos"), "--link-videos: needs --videos"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(
    invoke: Invoke, runs: Path, options: tuple[str, ...], complaint: str
) -> None:
    done = invoke("report", *options, code=2)
    assert complaint in " ".join(done.stderr.replace("│", " ").split())
    assert not (runs / "report.html").exists()


def test_a_folder_of_videos_that_is_not_there_is_one_line(invoke: Invoke, runs: Path) -> None:
    with pytest.raises(UserError, match="nowhere: no such folder; expected the videos of a run"):
        invoke("report", "all", "--videos", "nowhere")


def test_of_long_lists_the_first_are_named() -> None:
    names = tuple(map(str, range(SHOWN + 3)))
    assert _some(names[:2]) == "0, 1"
    assert _some(names[:SHOWN]).endswith(", 9")
    assert _some(names).endswith(", 9 and 3 more")
