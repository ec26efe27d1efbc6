"""Submissions: files matched with samples by name, `submission.yaml` validated."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.submissions import SubmissionInfo, read_submission, read_submission_info


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    return folder


def test_files_are_matched_by_name_and_the_rest_is_named(edition: Edition, folder: Path) -> None:
    for name in ("s000.mp4", "S001.MP4", "other.mp4", "notes.txt", ".s002.mp4"):
        (folder / name).write_bytes(b"x")
    submission = read_submission(folder, edition)
    assert {key: path.name for key, path in submission.videos.items()} == {
        "s000": "s000.mp4",
        "s001": "S001.MP4",
    }
    assert submission.missing == ("s002",)
    assert [one.path.name for one in submission.unread] == [".*", "other.mp4"]


def test_two_files_for_one_sample_are_neither_chosen(edition: Edition, folder: Path) -> None:
    (folder / "s000.mp4").write_bytes(b"x")
    (folder / "s000.webm").write_bytes(b"y")
    submission = read_submission(folder, edition)
    assert "s000" not in submission.videos
    assert [path.name for path in submission.ambiguous["s000"]] == ["s000.mp4", "s000.webm"]


def test_a_pipe_or_a_folder_with_a_video_name_is_refused(edition: Edition, folder: Path) -> None:
    os.mkfifo(folder / "s000.mp4")
    (folder / "s001.mp4").mkdir()
    assert set(read_submission(folder, edition).refused) == {"s000", "s001"}


def test_without_submission_yaml_the_folder_gives_the_name(edition: Edition, folder: Path) -> None:
    submission = read_submission(folder, edition)
    assert not submission.has_info
    assert submission.info.name == "videos"


def test_submission_yaml_is_read(edition: Edition, folder: Path) -> None:
    (folder / "submission.yaml").write_text(
        "name: Wan2.1 + AlignVid\nmethod: AlignVid\nbackbone: Wan2.1-I2V-14B\n"
        "settings: {steps: 40, shift: 3.0, prompt: null}\nseed: 7\nlinks: [https://example.org]\n"
    )
    info = read_submission(folder, edition).info
    assert info.name == "Wan2.1 + AlignVid"
    assert info.settings == {"steps": 40, "shift": 3.0, "prompt": None}
    assert info.links == ("https://example.org",)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected fields as `name: ...`, got NoneType"),
        ("- a\n- b\n", "expected fields as `name: ...`, got list"),
        ("method: x\n", "name: field required"),
        ("name: 3\n", "name: input should be a valid string, got 3"),
        ("name: a\nseed: yes\n", "seed: input should be a valid integer, got True"),
        ("name: a\nseed: .nan\n", "a value is not text, a number, a list or a map"),
        ("name: a\nsurprise: 1\n", "surprise: unknown field"),
        ("name: [unclosed\n", "not valid YAML"),
        ("name: &a x\nmethod: *a\n", "not valid YAML: aliases (*name) are not accepted"),
        ("name: !!python/object/apply:os.system [ls]\n", "not valid YAML: tags (!name)"),
        ("seed: !!int ''\n", "not valid YAML: tags (!name)"),
        ("name: !!timestamp foo\n", "not valid YAML: tags (!name)"),
        ("name: !!bool maybe\n", "not valid YAML: tags (!name)"),
        ("name: " + "[" * 5000, "not valid YAML"),
        ("name: " + "x" * 70_000, "can't be read: has 70006 bytes, expected at most 65536"),
        ("name: \x00\n", "not valid YAML"),
    ],
)
def test_a_wrong_submission_yaml_is_refused_in_one_line(
    edition: Edition, folder: Path, text: str, complaint: str
) -> None:
    (folder / "submission.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        read_submission(folder, edition)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'submission.yaml'}: {complaint}")
    assert "\n" not in message


def test_a_yaml_date_is_plain_text(edition: Edition, folder: Path) -> None:
    (folder / "submission.yaml").write_text("name: a\nrevision: 2026-01-01\n")
    assert read_submission(folder, edition).info.revision == "2026-01-01"


def test_submission_yaml_may_be_a_link_unless_it_leads_out_of_a_stranger_s_folder(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.yaml").write_text("name: a\n")
    (folder / "submission.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert read_submission(folder, edition).info.name == "a"
    with pytest.raises(UserError, match="is a link out of the submission's folder"):
        read_submission(folder, edition, foreign=True)


def test_a_submission_yaml_that_is_no_file_is_one_line(edition: Edition, folder: Path) -> None:
    (folder / "submission.yaml").symlink_to("submission.yaml")
    with pytest.raises(UserError, match=r"submission\.yaml: can't be read: Too many levels"):
        read_submission(folder, edition)
    assert "Too many levels" in str(read_submission(folder, edition, lenient=True).info_problem)


def test_a_folder_that_is_not_there_is_named(edition: Edition, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="absent: no such folder"):
        read_submission(tmp_path / "absent", edition)


@pytest.mark.parametrize("spelling", ["license", "licence"])
def test_a_license_is_read_in_both_spellings_and_kept_in_that_of_run_folders(
    folder: Path, spelling: str
) -> None:
    (folder / "submission.yaml").write_text(f"name: a model\n{spelling}: MIT\n")
    info = read_submission_info(folder)
    assert info is not None
    assert info.license == info.licence == "MIT"
    assert json.loads(info.model_dump_json())["licence"] == "MIT"
    assert SubmissionInfo.model_validate_json(info.model_dump_json()) == info


def test_a_license_in_both_spellings_at_once_is_refused(folder: Path) -> None:
    (folder / "submission.yaml").write_text("name: a model\nlicense: MIT\nlicence: Apache-2.0\n")
    with pytest.raises(UserError, match="licence: unknown field"):
        read_submission_info(folder)


def test_where_videos_lie_is_kept_and_absent_on_disk_where_it_is_not_said(folder: Path) -> None:
    (folder / "submission.yaml").write_text("name: x\nvideos: https://example.org/{id}/{seed}.mp4")
    info = read_submission_info(folder)
    assert info and info.videos == "https://example.org/{id}/{seed}.mp4"
    assert SubmissionInfo.model_validate_json(info.model_dump_json()) == info
    assert "videos" not in SubmissionInfo(name="x").model_dump()


@pytest.mark.parametrize(
    "pattern",
    [
        "https://example.org/all.mp4",
        "ftp://example.org/{id}.mp4",
        "javascript:alert('{id}')",
        "//example.org/{id}.mp4",
        "https://{id}.example.org/x.mp4",
        "https://name:word@example.org/{id}.mp4",
        "https://example.org/{id}/{id}.mp4",
        "https://example.org/{id}{other}.mp4",
        'https://example.org/{id}.mp4" onerror="x',
        "https://example.org/{id} .mp4",
        "https://ex\u0430mple.org/{id}.mp4",
    ],
)
def test_what_is_no_address_of_videos_is_refused(folder: Path, pattern: str) -> None:
    (folder / "submission.yaml").write_text(f"name: x\nvideos: {json.dumps(pattern)}")
    with pytest.raises(UserError, match=r"videos: .*\{id\}"):
        read_submission_info(folder)
