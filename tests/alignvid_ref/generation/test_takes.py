"""Several seeds of a sample: made, resumed, added to, shared among processes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from alignvid_ref.generation.generate import GenerationReport, Job, Plan, generate_videos
from alignvid_ref.generation.provenance import read_provenance
from alignvid_ref.generation.seeds import parse_seeds
from alignvid_ref.generation.shards import WHOLE, Shard
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.submissions import read_submission, read_submission_info

Make = Callable[..., GenerationReport]


@pytest.fixture
def make(edition: Edition, plans: dict[str, Plan], tmp_path: Path) -> Make:
    """Makes the videos of these seeds of four samples in one folder."""

    def build(
        *seeds: int, shard: Shard = WHOLE, plan: str = "pan", to: str = "v"
    ) -> GenerationReport:
        ids = [sample.id for sample in edition.samples]
        job = Job(edition, ids, tmp_path / to, plans[plan], seeds=seeds, shard=shard)
        return generate_videos(job)

    return build


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.mp4"))}


def test_each_seed_of_a_sample_is_a_take_of_its_own(
    make: Make, edition: Edition, tmp_path: Path
) -> None:
    assert make(0, 1, 2).made == 12
    submission = read_submission(tmp_path / "v", edition)
    assert len(submission.videos) == 12
    assert submission.info.seeds == (0, 1, 2)
    assert submission.info.seed is None
    assert (submission.missing, submission.unread) == ((), ())
    records = read_provenance(tmp_path / "v", WHOLE)
    assert {row.settings.seed == row.take for row in records.values()} == {True}
    assert len({row.seed for row in records.values()}) == 12
    assert make(0, 1, 2).kept == 12


def test_a_seed_gives_the_same_video_alone_and_among_others(make: Make, tmp_path: Path) -> None:
    make(5, plan="baseline", to="alone")
    make(5, 6, plan="baseline")
    alone, both = content(tmp_path / "alone"), content(tmp_path / "v")
    assert len(set(both.values())) == 8
    assert {name: both[name.replace(".mp4", "/5.mp4")] for name in alone} == alone
    # Of one seed the files are called as they always were.
    assert sorted(alone) == [f"s00{number}.mp4" for number in range(4)]
    info = read_submission_info(tmp_path / "alone")
    assert info is not None
    assert (info.seed, info.seeds) == (5, ())


def test_seeds_that_are_added_are_the_only_ones_made(make: Make, tmp_path: Path) -> None:
    make(0)
    (tmp_path / "v" / "submission.yaml").open("a").write("contact: me@example.org\n")
    before = {path.stem: path.stat().st_mtime_ns for path in (tmp_path / "v").glob("*.mp4")}
    report = make(0, 1)
    assert (report.made, report.kept, report.failures) == (4, 4, ())
    after = {path.parent.name: path.stat().st_mtime_ns for path in (tmp_path / "v").glob("*/0.mp4")}
    assert after == before
    report = make(0, 1, 2)
    assert (report.made, report.kept) == (4, 8)
    assert make(1).kept == 4
    info = read_submission_info(tmp_path / "v")
    assert info is not None
    assert (info.seeds, info.seed, info.contact) == ((0, 1, 2), None, "me@example.org")
    assert not list((tmp_path / "v").glob("*.mp4"))


def test_shards_cover_samples_and_seeds(make: Make, tmp_path: Path) -> None:
    make(0, 1, 2, to="one")
    assert [make(0, 1, 2, shard=Shard(index, 5)).made for index in (4, 1, 0, 3, 2)] == [
        2,
        3,
        3,
        2,
        2,
    ]
    assert content(tmp_path / "v") == content(tmp_path / "one")
    assert make(0, 1, 2).kept == 12


@pytest.mark.parametrize("torn", ["renamed", "recorded"])
def test_a_kill_while_a_video_is_renamed_loses_nothing(
    make: Make, tmp_path: Path, torn: str
) -> None:
    """A kill leaves a line without its file, or a draft of a take."""
    make(0)
    kept = shutil.copytree(tmp_path / "v", tmp_path / "kept")
    make(0, 1)
    if torn == "recorded":
        shutil.copyfile(kept / "s001.mp4", tmp_path / "v" / "s001.mp4")
        (tmp_path / "v" / "s001" / "0.mp4").unlink()
        log = tmp_path / "v" / "provenance.jsonl"
        log.write_text((kept / "provenance.jsonl").read_text() + log.read_text())
    else:
        (tmp_path / "v" / "s001" / "1.mp4").rename(tmp_path / "v" / "s001" / ".1.mp4.123")
    report = make(0, 1)
    assert report.failures == ()
    assert report.made == (torn == "renamed")
    assert len(content(tmp_path / "v")) == 8
    assert not list((tmp_path / "v").rglob(".*"))
    assert not (tmp_path / "v" / "s001.mp4").exists()


def test_a_folder_is_of_one_setting_but_for_the_seed(make: Make, tmp_path: Path) -> None:
    make(0)
    with pytest.raises(UserError, match="seed 0 there, 1 asked for"):
        make(1)
    with pytest.raises(UserError, match="made with seed 0, which is not among --seeds; add it"):
        make(1, 2)
    make(0, 1)
    with pytest.raises(UserError, match="method 'pan' there, 'still' asked for"):
        make(0, 1, plan="still")


def test_a_file_of_a_take_s_name_that_was_not_made_here_stays(make: Make, tmp_path: Path) -> None:
    (tmp_path / "v" / "s001").mkdir(parents=True)
    (tmp_path / "v" / "s001" / "1.mp4").write_bytes(b"somebody's")
    (tmp_path / "v" / "s002.mp4").write_bytes(b"somebody's")
    report = make(0, 1)
    assert report.made == 5
    assert [failure.video_id for failure in report.failures] == ["s001@1", "s002@0", "s002@1"]
    assert (tmp_path / "v" / "s002.mp4").read_bytes() == b"somebody's"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0,0", "each seed once"),
        ("", "whole numbers with commas"),
        ("1,", "whole numbers with commas"),
        ("-1", "whole numbers with commas"),
        ("1.5", "whole numbers with commas"),
        ("²", "whole numbers with commas"),
        (str(2**63), "whole numbers with commas"),
        (",".join(map(str, range(1001))), "at most 1000"),
    ],
)
def test_seeds_that_are_none_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        parse_seeds(text)
    assert parse_seeds("3, 0,12") == (3, 0, 12)
