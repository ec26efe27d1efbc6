"""Reading a run folder: nothing foreign is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_rows import DIGEST, change, info_of, measurement, response, video

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import Measurement
from omiti2v.runs import RunWriter, read_run


def test_what_was_logged_is_read_back(edition: Edition, tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        run.videos.add([video("s000"), video("s001")])
        run.responses.add([response("s000")])
        run.responses.add([response("s001", "no")])
    read = read_run(tmp_path / "run")
    assert read.responses == (response("s000"), response("s001", "no"))
    assert read.edition.fingerprint == edition.fingerprint
    assert read.info == info_of(edition)


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("samples.jsonl", "Change number 1", "Change number 9", "not those of edition"),
        ("samples.jsonl", '"expected_answer":"yes"', '"expected_answer":"no"', "not those of"),
        ("run.json", '"format": 1', '"format": 2', "format: input should be 1"),
        ("run.json", '"resamples": 500', '"resamples": NaN', "resamples"),
        ("responses.jsonl", '"answer":"yes"', '"answer":"maybe"', r"jsonl:1: answer: input should"),
        ("responses.jsonl", '"s000"', '"s777"', "'s777' is not one that the run covers"),
        (
            "responses.jsonl",
            f'"judge":"{DIGEST}"',
            f'"judge":"{"1" * 64}"',
            "answered by judge 1111",
        ),
        ("responses.jsonl", '"p_yes":null', '"p_yes":1.5', "p_yes: input should be less than"),
    ],
)
def test_a_changed_run_folder_is_refused_in_one_line(
    edition: Edition, tmp_path: Path, file: str, old: str, new: str, complaint: str
) -> None:
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        run.videos.add([video("s000")])
        run.responses.add([response("s000")])
    change(tmp_path / "run" / file, old, new)
    with pytest.raises(UserError, match=complaint):
        read_run(tmp_path / "run")


def test_a_folder_that_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a run folder"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([measurement("s000"), measurement("s000", value=99.0)], "s000/speed: two rows"),
        ([measurement("s000", metric="invented")], "invented: version 1, run.json names no such"),
        ([measurement("s000", metric_version="2")], "version 2, run.json names version 1"),
        ([measurement("s000", video_sha256="1" * 64)], "not about the video of videos.jsonl"),
        ([measurement("s000", value=-1.0)], "speed: expected a number from 0.0 to None, got -1.0"),
        ([measurement("s001")], "not about the video of videos.jsonl"),
    ],
)
def test_measurements_that_are_not_the_runs_own_are_refused(
    edition: Edition, tmp_path: Path, rows: list[Measurement], complaint: str
) -> None:
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        run.videos.add([video("s000")])
        run.measurements.add(rows)
    with pytest.raises(UserError, match=complaint):
        read_run(tmp_path / "run")


def test_a_finished_run_with_a_log_lost_or_cut_says_so(edition: Edition, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with RunWriter(folder, info_of(edition), edition) as run:
        run.videos.add([video("s000")])
        run.measurements.add([measurement("s000")])
    (folder / "scores.json").write_text("{}")
    read_run(folder)
    log = folder / "measurements.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole[:-5])
    with pytest.raises(UserError, match="its last line is cut off; run `omiti2v score` again"):
        read_run(folder)
    log.unlink()
    with pytest.raises(UserError, match=r"measurements\.jsonl: not there"):
        read_run(folder)
