"""How the files of a submission may be named, and what is said of those that are not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.errors import UserError
from omiti2v.samples import Sample
from omiti2v.submission_files import find_videos
from omiti2v.submissions import Submission, read_submission

IDS = ("addition-001", "addition-002", "addition", "7", "v-1.5_a")

Read = Callable[..., Submission]


@pytest.fixture
def read(
    tmp_path: Path,
    make_samples: Callable[..., tuple[Sample, ...]],
    make_edition: Callable[..., object],
) -> Read:
    """Reads a submission of these files, each of other bytes."""
    samples = [
        sample.model_copy(update={"id": name})
        for sample, name in zip(make_samples(len(IDS)), IDS, strict=True)
    ]
    edition = make_edition(tmp_path / "edition", samples=samples)
    folder = tmp_path / "videos"

    def build(*names: str, foreign: bool = False) -> Submission:
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(name.encode())
        return read_submission(folder, edition, foreign=foreign)  # type: ignore[arg-type]

    return build


def files(submission: Submission) -> dict[str, str]:
    return {video: submission.name_of(path) for video, path in submission.videos.items()}


def said(submission: Submission) -> dict[str, str]:
    return {submission.name_of(one.path): one.reason for one in submission.unread}


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("<id>/<seed>.mp4", "addition-001/0.mp4 addition-001/12.mp4 addition-002/0.mp4"),
        ("<id>/<seed>.mp4", "addition-001/seed-0.mp4 addition-001/Seed12.webm addition-002/0.mp4"),
        ("<id>-<seed>.mp4", "addition-001-0.mp4 addition-001-12.mp4 addition-002-0.mp4"),
        ("<seed>/<id>.mp4", "0/addition-001.mp4 12/addition-001.mp4 0/addition-002.mp4"),
        ("<seed>/<id>.mp4", "seed-0/addition-001.mp4 seed_12/Addition-001.MP4 0/addition-002.mp4"),
    ],
)
def test_takes_are_read_in_each_form(read: Read, form: str, names: str) -> None:
    submission = read(*names.split())
    expected = ("addition-001@0", "addition-001@12", "addition-002@0")
    assert files(submission) == dict(zip(expected, names.split(), strict=True))
    assert submission.forms == {form: 3}
    assert submission.missing == ("7", "addition", "v-1.5_a")
    assert submission.by_sample["addition-001"] == ["addition-001@0", "addition-001@12"]
    assert not submission.unread


@pytest.mark.parametrize(
    "name",
    ["addition-001.mp4", "addition-001/5.mp4", "addition-001-5.mp4", "seed5/addition-001.mp4"],
)
def test_one_video_a_sample_is_no_take_whatever_its_name(read: Read, name: str) -> None:
    assert files(read(name, "addition-002.mp4")) == {
        "addition-001": name,
        "addition-002": "addition-002.mp4",
    }


def test_an_id_that_ends_in_a_number_is_not_taken_apart(read: Read) -> None:
    # `addition` is a sample too, and these are not its takes 1 and 2.
    assert files(read("addition-001.mp4", "addition-002.mp4", "addition-3.mp4")) == {
        "addition": "addition-3.mp4",
        "addition-001": "addition-001.mp4",
        "addition-002": "addition-002.mp4",
    }
    assert files(read("v-1.5_a-2.mp4", "v-1.5_a-3.mp4"))["v-1.5_a@2"] == "v-1.5_a-2.mp4"


def test_the_same_take_twice_is_neither_chosen(read: Read) -> None:
    submission = read("addition-001/0.mp4", "addition-001-0.mp4", "0/addition-001.mp4", "7/1.mp4")
    assert list(submission.ambiguous) == ["addition-001"]
    submission = read("addition-001/1.webm", "addition-001/1.mp4")
    assert [path.name for path in submission.ambiguous["addition-001@1"]] == ["1.mp4", "1.webm"]
    assert len(submission.ambiguous["addition-001@0"]) == 3


def test_a_file_without_a_seed_beside_some_with_one_is_refused(read: Read) -> None:
    submission = read("addition-001.mp4", "addition-001/0.mp4", "addition-002.mp4")
    assert files(submission) == {
        "addition-001@0": "addition-001/0.mp4",
        "addition-002": "addition-002.mp4",
    }
    assert "has no seed" in submission.refused["addition-001"][1]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("addition-001/007.mp4", "seed 007: expected no leading zeros, as 7"),
        ("addition-001-00.mp4", "seed 00: expected no leading zeros, as 0"),
        (f"addition-001/{2**63}.mp4", "expected a number below 2**63"),
        (f"addition-001/{'9' * 60}.mp4", "expected a seed as its name"),
        ("addition-001/final.mp4", "expected a seed as its name, as 0.mp4, got 'final'"),
        ("addition-001/-1.mp4", "expected a seed as its name"),
        ("addition-001/٣.mp4", "expected a seed as its name"),
        ("7/7.mp4", "sample 7 or seed 7?"),
    ],
)
def test_a_seed_that_is_no_plain_number_is_said(read: Read, name: str, reason: str) -> None:
    submission = read(name)
    assert not submission.videos
    (one,) = submission.unread
    assert reason in one.reason
    assert one.of_sample


@pytest.mark.parametrize(
    ("name", "where", "reason"),
    [
        ("deletion-999.mp4", "deletion-999.mp4", "belongs to no sample"),
        ("x--1.mp4", "x--1.mp4", "belongs to no sample"),
        ("logs/a.mp4", "logs", "named after no sample and no seed"),
        ("3/other.mp4", "3/other.mp4", "belongs to no sample"),
        ("addition-001/raw/0.mp4", "addition-001/raw", "a folder within a folder"),
        ("addition-001/notes.txt", "addition-001", "a folder without a video"),
        (".addition-001.mp4", ".*", "hidden video files, 1 of them"),
    ],
)
def test_what_belongs_to_nothing_is_named(read: Read, name: str, where: str, reason: str) -> None:
    submission = read(name)
    assert not submission.videos
    assert reason in said(submission)[where]


def test_hidden_folders_and_files_of_other_kinds_are_nobody_s_business(read: Read) -> None:
    assert not read(".git/addition-001.mp4", "readme.md", "provenance.jsonl").unread


def test_a_folder_may_be_made_of_links_as_the_hub_s_cache_is(read: Read, tmp_path: Path) -> None:
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    (blobs / "4f3a").write_bytes(b"a video")
    (blobs / "takes").mkdir()
    (blobs / "takes" / "0.mp4").symlink_to("../4f3a")
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "addition-001.mp4").symlink_to("../blobs/4f3a")
    (tmp_path / "videos" / "addition-002").symlink_to("../blobs/takes")
    assert files(read()) == {
        "addition-001": "addition-001.mp4",
        "addition-002": "addition-002/0.mp4",
    }


def test_a_link_to_nothing_or_round_in_circles_costs_one_file(read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    read("addition-001/0.mp4", "addition-002/1.mp4")
    (folder / "addition-001" / "3.mp4").symlink_to("3.mp4")
    (folder / "addition-001" / "4.mp4").symlink_to("gone")
    (folder / "addition-001" / "5.mp4").symlink_to("x" * 300)
    (folder / "v-1.5_a").symlink_to("v-1.5_a")
    (folder / "addition").symlink_to("gone")
    (folder / "7").symlink_to(".")
    submission = read()
    assert {*submission.videos} == {"addition-001@0", "addition-002@1"}
    assert {*submission.refused} == {f"addition-001@{seed}" for seed in (3, 4, 5)}
    for name in ("v-1.5_a", "addition"):
        assert said(submission)[name] == "a link that leads nowhere"
    assert said(submission)["7/addition-001"] == "a folder within a folder of videos; ignored"


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is readable to root")
def test_a_folder_that_can_not_be_read_costs_its_sample(read: Read, tmp_path: Path) -> None:
    read("addition-001.mp4", "addition-002/1.mp4")
    (tmp_path / "videos" / "addition-002").chmod(0)
    submission = read()
    assert files(submission) == {"addition-001": "addition-001.mp4"}
    assert said(submission)["addition-002"] == "can't be read: Permission denied"


def test_of_a_stranger_links_are_followed_inside_the_folder_alone(
    read: Read, tmp_path: Path
) -> None:
    folder = tmp_path / "videos"
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "0.mp4").write_bytes(b"secret")
    read("addition-001/0.mp4")
    (folder / "addition-002").symlink_to(tmp_path / "outside")
    (folder / "addition-001" / "1.mp4").symlink_to(tmp_path / "outside" / "0.mp4")
    (folder / "addition-001" / "2.mp4").symlink_to(folder / "addition-001" / "0.mp4")
    (folder / "addition-001" / "3.mp4").symlink_to(folder / "addition-001" / "3.mp4")
    (folder / "v-1.5_a").symlink_to(folder / "addition-001")
    os.mkfifo(folder / "addition-001" / "4.mp4")
    submission = read(foreign=True)
    assert {*submission.videos} == {
        *(f"{name}@{seed}" for name in ("addition-001", "v-1.5_a") for seed in (0, 2))
    }
    reasons = {video: reason for video, (_, reason) in submission.refused.items()}
    assert "link out of" in reasons["addition-001@1"]
    assert "leads nowhere" in reasons["addition-001@3"]
    assert "ordinary" in reasons["addition-001@4"]
    assert "link out of" in said(submission)["addition-002"]


def test_a_name_that_is_no_text_is_shown_all_the_same(read: Read, tmp_path: Path) -> None:
    read("addition-001/0.mp4")
    (tmp_path / "videos" / os.fsdecode(b"\xff.mp4")).touch()
    (one,) = said(read())
    assert one == "\N{REPLACEMENT CHARACTER}.mp4"


def test_the_limit_on_files_is_over_all_folders(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omiti2v.submission_files.MAX_FOLDER_FILES", 5)
    names = {name: name for name in IDS}
    read("addition-001/0.mp4", "addition-001/1.mp4", "addition-002/0.mp4")
    assert len(find_videos(tmp_path / "videos", names)[0]) == 3
    (tmp_path / "videos" / "addition-002" / "1.mp4").touch()
    with pytest.raises(UserError, match="holds more than 5 files"):
        find_videos(tmp_path / "videos", names)
