"""A folder of videos: kept, resumed, never mixed, never torn."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from alignvid_ref.generation.generate import GeneratedVideo, GenerateVideo, GenerationReport, Plan
from alignvid_ref.generation.plan import plan_control
from alignvid_ref.generation.resolve import Choices
from alignvid_ref.generation.shards import Shard
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.submissions import read_submission, read_submission_info

Make = Callable[..., GenerationReport]
VideosOf = Callable[[Path], dict[str, bytes]]


def provenance(folder: Path) -> list[dict[str, object]]:
    lines = [
        json.loads(line)
        for path in sorted(folder.glob("provenance*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return sorted(lines, key=lambda line: str(line["sample_id"]))


def not_to_be_loaded() -> GenerateVideo:
    raise AssertionError("the model was loaded though every video is there")


def test_every_sample_gets_a_video_and_a_line_of_provenance(
    make_videos: Make, plans: dict[str, Plan], edition: Edition, tmp_path: Path
) -> None:
    report = make_videos(plans["pan"], tmp_path)
    assert (report.made, report.kept, report.failures) == (4, 0, ())
    submission = read_submission(tmp_path, edition)
    assert (submission.missing, submission.unread) == ((), ())
    assert [line["sample_id"] for line in provenance(tmp_path)] == [s.id for s in edition.samples]
    assert {line["edition_fingerprint"] for line in provenance(tmp_path)} == {edition.fingerprint}


def test_a_finished_folder_loads_no_model_and_stays_as_it_is(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["pan"], tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    report = make_videos(replace(plans["pan"], load_model=not_to_be_loaded), tmp_path)
    assert (report.made, report.kept) == (0, 4)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("method", ["pan", "baseline"])
def test_shards_make_the_same_videos_as_one_run(
    make_videos: Make, plans: dict[str, Plan], videos_of: VideosOf, tmp_path: Path, method: str
) -> None:
    make_videos(plans[method], tmp_path / "one")
    for index in (1, 0):
        make_videos(plans[method], tmp_path / "two", shard=Shard(index, 2))
    assert len(videos_of(tmp_path / "one")) == 4
    assert videos_of(tmp_path / "one") == videos_of(tmp_path / "two")
    names = {path.name for path in (tmp_path / "two").glob("*.jsonl")}
    assert names == {"provenance-1-of-2.jsonl", "provenance-2-of-2.jsonl"}


def test_one_run_goes_on_where_shards_stopped(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["pan"], tmp_path, shard=Shard(0, 2))
    report = make_videos(plans["pan"], tmp_path)
    assert (report.made, report.kept) == (2, 2)


def test_a_deleted_video_is_made_again_the_same(
    make_videos: Make, plans: dict[str, Plan], videos_of: VideosOf, tmp_path: Path
) -> None:
    make_videos(plans["baseline"], tmp_path)
    before = videos_of(tmp_path)
    (tmp_path / "s002.mp4").unlink()
    assert make_videos(plans["baseline"], tmp_path).made == 1
    assert videos_of(tmp_path) == before
    assert len(provenance(tmp_path)) == 4


def test_what_a_kill_leaves_behind_is_cleared_away(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    """A kill leaves a line without its video, a torn line, and a draft."""
    make_videos(plans["pan"], tmp_path)
    (tmp_path / "s003.mp4").rename(tmp_path / ".s003.mp4.12345")
    with (tmp_path / "provenance.jsonl").open("a") as log:
        log.write('{"sample_id": "s0')
    report = make_videos(plans["pan"], tmp_path)
    assert (report.made, report.kept, report.failures) == (1, 3, ())
    assert not list(tmp_path.glob(".*"))
    assert len(provenance(tmp_path)) == 4


@pytest.mark.parametrize("changes", [{"seed": 1}, {"fps": 12}, {"frames": 9}])
def test_other_settings_in_the_same_folder_are_an_error(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path, changes: dict[str, int]
) -> None:
    make_videos(plans["pan"], tmp_path)
    [(name, value)] = changes.items()
    chosen = Choices(**{"height": 32, "width": 32, "frames": 5, **changes})
    with pytest.raises(UserError, match=f"made with other settings: {name} .* {value} asked for"):
        make_videos(plan_control("pan", chosen), tmp_path)


def test_another_method_in_the_same_folder_is_an_error(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["pan"], tmp_path)
    with pytest.raises(UserError, match="method 'pan' there, 'still' asked for"):
        make_videos(plans["still"], tmp_path)


def test_a_submission_file_of_other_settings_is_an_error(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    (tmp_path / "submission.yaml").write_text("name: x\nsettings: {fps: 99}\n")
    with pytest.raises(UserError, match=r"submission.yaml: tells of other settings: fps 99 there"):
        make_videos(plans["pan"], tmp_path)


def test_a_submission_file_whose_videos_are_gone_tells_of_what_was_not_set_too(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["baseline"], tmp_path)
    for path in tmp_path.glob("*.mp4"):
        path.unlink()
    with pytest.raises(UserError, match=r"submission.yaml: .*: alignvid None there, '\{"):
        make_videos(plans["alignvid"], tmp_path)


def test_what_a_person_wrote_into_the_submission_file_stays(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["pan"], tmp_path, shard=Shard(0, 2))
    path = tmp_path / "submission.yaml"
    path.write_text(path.read_text() + "contact: me@example.org\n")
    make_videos(plans["pan"], tmp_path)
    info = read_submission_info(tmp_path)
    assert info is not None
    assert (info.method, info.contact) == ("pan", "me@example.org")


def test_a_file_that_was_not_made_here_is_never_overwritten(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    (tmp_path / "s001.mp4").write_bytes(b"somebody's")
    report = make_videos(plans["pan"], tmp_path)
    assert report.made == 3
    assert [failure.sample_id for failure in report.failures] == ["s001"]
    assert "not made here" in report.failures[0].reason
    assert (tmp_path / "s001.mp4").read_bytes() == b"somebody's"


def test_a_changed_video_is_reported(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["pan"], tmp_path)
    (tmp_path / "s001.mp4").write_bytes(b"changed")
    [failure] = make_videos(plans["pan"], tmp_path).failures
    assert "changed since it was made" in failure.reason


def test_a_sample_that_fails_is_reported_and_the_others_go_on(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    def load() -> GenerateVideo:
        def make(picture: PIL.Image.Image, prompt: str, seed: int) -> GeneratedVideo:
            if "number 1" in prompt:
                raise RuntimeError("out of memory\nwith many lines")
            count = 4 if "number 2" in prompt else 5
            return GeneratedVideo(np.zeros((count, 32, 32, 3), np.uint8))

        return make

    report = make_videos(replace(plans["pan"], load_model=load), tmp_path)
    assert report.made == 2
    reasons = {failure.sample_id: failure.reason for failure in report.failures}
    assert reasons["s001"] == "RuntimeError: out of memory"
    assert "frames of shape (4, 32, 32, 3), not (5, 32, 32, 3)" in reasons["s002"]
    assert [line["sample_id"] for line in provenance(tmp_path)] == ["s000", "s003"]
    # A failure is not remembered: the next call tries again.
    assert make_videos(plans["pan"], tmp_path).made == 2


def test_settings_with_which_nothing_could_be_made_do_not_bind_the_folder(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    def broken() -> GenerateVideo:
        raise UserError("no such model")

    with pytest.raises(UserError, match="no such model"):
        make_videos(replace(plans["still"], load_model=broken), tmp_path)
    assert make_videos(plans["pan"], tmp_path).made == 4


def test_after_a_video_that_cannot_be_written_none_is_made(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    made = []

    def load() -> GenerateVideo:
        def make(picture: PIL.Image.Image, prompt: str, seed: int) -> GeneratedVideo:
            made.append(prompt)
            return GeneratedVideo(np.zeros((5, 32, 32, 3), np.uint8))

        return make

    draft = tmp_path / f".s001.mp4.{os.getpid()}"
    draft.mkdir()
    with pytest.raises(UserError, match=r"s001.mp4: can't be written: Is a directory"):
        make_videos(replace(plans["pan"], load_model=load), tmp_path)
    assert len(made) == 2
    draft.rmdir()
    assert make_videos(plans["pan"], tmp_path).made == 3
