"""A pull request may add entries that hold, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import leaderboard.entries
from leaderboard.entries.add import add_run
from leaderboard.entries.finding import Finding
from leaderboard.entries.pull_request import verify_pull_request
from leaderboard.entries.storage import FolderStorage
from omiti2v.editions import Edition
from omiti2v.runs import Run
from omiti2v.samples import Sample

from .conftest import DAY, digest, still

MakeRun = Callable[..., Run]


@pytest.fixture
def before(make_run: MakeRun, add: Callable[..., str], folder: Path) -> Path:
    """The board without the pull request."""
    add(make_run("a model"))
    return folder


@pytest.fixture
def after(before: Path, make_run: MakeRun, tmp_path: Path) -> Path:
    """The board with an honest one."""
    path = tmp_path / "proposed"
    shutil.copytree(before, path)
    add_run(make_run("another", still).paths.folder, path, added=DAY)
    return path


def verify(before: Path, after: Path) -> tuple[list[str], list[Finding]]:
    return verify_pull_request(FolderStorage(before), FolderStorage(after))


def complaints(before: Path, after: Path) -> str:
    findings = verify(before, after)[1]
    assert any(finding.level == "wrong" for finding in findings)
    return "\n".join(f"{finding.what}: {finding.found}" for finding in findings)


def test_an_honest_new_entry_holds(before: Path, after: Path) -> None:
    assert verify(before, after) == (["open/another"], [])


def test_no_change_is_no_fault(before: Path) -> None:
    assert verify(before, before) == ([], [])


def test_an_entry_of_somebody_else_can_not_be_changed_or_removed(before: Path, after: Path) -> None:
    entry = after / "entries" / "open" / "a-model"
    info = json.loads((entry / "entry.json").read_text())
    (entry / "entry.json").write_text(json.dumps(info | {"note": "Bad."}))
    assert "belongs to open/a-model, which is on the board already" in complaints(before, after)
    shutil.rmtree(entry)
    assert "belongs to open/a-model" in complaints(before, after)


def test_an_edition_or_a_calibration_is_not_added_this_way(before: Path, after: Path) -> None:
    for name in ("editions/x.jsonl.gz", "calibrations/x.json", "notes.txt", "entries/x.json"):
        path = after / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"{}")
        assert f"{name}: is no part of an entry" in complaints(before, after)
        path.unlink()


def test_a_maintainer_takes_an_edition_along_with_its_first_entry(
    before: Path, make_run: MakeRun, make_samples: Callable[..., tuple[Sample, ...]], tmp_path: Path
) -> None:
    after = tmp_path / "with-edition"
    shutil.copytree(before, after)
    samples = make_samples(6)
    other = Edition("other", samples, {sample.id: digest(sample.id) for sample in samples}, None)
    run = make_run("a model", of=other, folder="other")
    add_run(run.paths.folder, after, added=DAY, new_edition=True)
    edition = f"editions/{other.fingerprint}.jsonl.gz"
    assert f"{edition}: is no part of an entry" in complaints(before, after)

    def taken() -> tuple[list[str], list[Finding]]:
        return verify_pull_request(FolderStorage(before), FolderStorage(after), new_editions=True)

    assert taken() == (["other/a-model"], [])
    # But nothing that none of the new entries is about, and nothing that is there and changed.
    (after / "editions" / "x.jsonl.gz").write_bytes(b"")
    assert run.info.judge
    calibration = after / "calibrations" / f"{run.info.judge.fingerprint}.json"
    calibration.parent.mkdir()
    calibration.write_text("{}")
    (old,) = (before / "editions").iterdir()
    (after / "editions" / old.name).write_bytes(b"changed")
    found = {finding.what: finding.found for finding in taken()[1] if finding.entry == "board"}
    assert found.keys() == {
        "editions/x.jsonl.gz",
        f"editions/{old.name}",
        f"calibrations/{calibration.name}",
    }
    assert "field required" in found[f"calibrations/{calibration.name}"].lower()


def test_a_link_is_not_added_this_way(before: Path, after: Path, tmp_path: Path) -> None:
    (after / "entries" / "open" / "linked").symlink_to(tmp_path)
    assert "entries/open/linked: is no part of an entry" in complaints(before, after)


def test_a_hidden_file_is_not_added_this_way(before: Path, after: Path) -> None:
    (before / ".git").mkdir()
    (after / ".git").mkdir()
    (after / "entries" / "open" / "another" / ".run.json").write_text("{}")
    said = complaints(before, after)
    assert said == "entries/open/another/.run.json: is hidden; no entry has hidden files"


def test_a_new_entry_that_does_not_hold_is_found(before: Path, after: Path) -> None:
    path = after / "entries" / "open" / "another" / "scores.json"
    scores = json.loads(path.read_text())
    scores["scores"]["accuracy"]["value"] = 0.8
    path.write_text(json.dumps(scores))
    assert "accuracy: 0.5" in complaints(before, after)
    path.write_text("{")
    assert "open/another/scores.json: the record: invalid JSON" in complaints(before, after)


def test_a_badge_is_not_taken_this_way(before: Path, after: Path) -> None:
    path = after / "entries" / "official" / "a-paper"
    path.mkdir(parents=True)
    packaged = leaderboard.entries.PACKAGED / "entries" / "official" / "framepack" / "entry.json"
    (path / "entry.json").write_text(packaged.read_text().replace('"FramePack"', '"A paper"', 1))
    assert "badge: responses: the others are given by the maintainers" in complaints(before, after)


def test_too_many_files_are_for_a_person(before: Path, after: Path) -> None:
    for number in range(250):
        (after / "entries" / "open" / f"x{number}").mkdir()
        (after / "entries" / "open" / f"x{number}" / "entry.json").write_text("{}")
    assert "at most 200 in one pull request" in complaints(before, after)
