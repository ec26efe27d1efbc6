"""Run folders: one writer, nothing lost, nothing foreign accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.responses import Measurement, Response
from omiti2v.runs import EditionStamp, JudgeStamp, MetricStamp, RunInfo, RunWriter, read_run
from omiti2v.submissions import SubmissionInfo

DIGEST = "0" * 64
SPEED = MetricStamp(
    version="1", unit="m/s", higher_is_better=None, bounds=(0.0, None), description="Speed."
)


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition")


def info_of(edition: Edition, **changes: object) -> RunInfo:
    info = RunInfo(
        submission=SubmissionInfo(name="a model"),
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
        judge=JudgeStamp(name="a judge", fingerprint=DIGEST, identity={"class": "X"}),
        metrics={"speed": SPEED},
        resamples=500,
        seed=0,
        versions={"python": "3"},
    )
    return info.model_copy(update=changes)


def response(sample_id: str, answer: str = "yes") -> Response:
    return Response.model_validate(
        {
            "sample_id": sample_id,
            "question_id": "q1",
            "question": f"Question 1 about {sample_id}?",
            "answer": answer,
            "video_sha256": DIGEST,
            "judge": DIGEST,
            "frames": "count=2",
        }
    )


def video(sample_id: str) -> VideoReport:
    return VideoReport(sample_id=sample_id, file=f"{sample_id}.mp4", sha256=DIGEST, frames=2)


def measurement(sample_id: str, **changes: object) -> Measurement:
    row = {
        "sample_id": sample_id,
        "metric": "speed",
        "metric_version": "1",
        "value": 1.0,
        "video_sha256": DIGEST,
    }
    return Measurement.model_validate(row | changes)


def test_what_was_logged_is_read_back(edition: Edition, tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        run.videos.add([video("s000"), video("s001")])
        run.responses.add([response("s000")])
        run.responses.add([response("s001", "no")])
    read = read_run(tmp_path / "run")
    assert read.responses == (response("s000"), response("s001", "no"))
    assert read.edition.fingerprint == edition.fingerprint
    assert read.info == info_of(edition)


def test_a_run_is_gone_on_with(edition: Edition, tmp_path: Path) -> None:
    for sample_id in ("s000", "s001"):
        with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
            run.videos.add([video(sample_id)])
            run.responses.add([response(sample_id)])
    assert len(read_run(tmp_path / "run").responses) == 2


def test_rows_out_of_date_are_dropped_and_writing_goes_on(edition: Edition, tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        run.videos.add([video(sample.id) for sample in edition.samples])
        run.responses.add([response("s000"), response("s001")])
        run.responses.keep(lambda row: row.sample_id == "s001")
        run.responses.add([response("s002")])
    assert [row.sample_id for row in read_run(tmp_path / "run").responses] == ["s001", "s002"]


def test_only_one_process_writes_at_a_time(edition: Edition, tmp_path: Path) -> None:
    with (
        RunWriter(tmp_path / "run", info_of(edition), edition),
        pytest.raises(UserError, match="another process is writing"),
    ):
        RunWriter(tmp_path / "run", info_of(edition), edition)
    RunWriter(tmp_path / "run", info_of(edition), edition).close()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (
            {"submission": SubmissionInfo(name="another")},
            "submission a model, this one has another",
        ),
        ({"judge": None}, "judge 000000000000, this one has none"),
        ({"sample_ids": ("s000",)}, "samples all, this one has 1"),
        (
            {"submission": SubmissionInfo(name="a model", seed=2)},
            "submission a model, this one has another of that name",
        ),
    ],
)
def test_a_folder_with_another_run_is_refused(
    edition: Edition, tmp_path: Path, changes: dict[str, object], what: str
) -> None:
    RunWriter(tmp_path / "run", info_of(edition), edition).close()
    with pytest.raises(UserError, match=what):
        RunWriter(tmp_path / "run", info_of(edition, **changes), edition)


def test_a_folder_with_other_files_is_refused(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UserError, match=r"holds files but no run\.json"):
        RunWriter(tmp_path, info_of(edition), edition)


def test_an_output_that_cannot_be_made_is_one_line(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file/run: can't be written"):
        RunWriter(tmp_path / "file" / "run", info_of(edition), edition)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


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


def test_a_kill_between_the_first_writes_does_not_lock_the_folder_out(
    edition: Edition, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    RunWriter(folder, info_of(edition), edition).close()
    for leftover in (["samples.jsonl"], ["samples.jsonl", "run.json"]):
        for name in leftover:
            (folder / name).unlink(missing_ok=True)
        for path in folder.glob("*.jsonl"):
            path.unlink()
        (folder / ".samples.jsonl.1234").write_text("half a li")
        RunWriter(folder, info_of(edition), edition).close()
    assert read_run(folder).edition.fingerprint == edition.fingerprint


def test_what_is_computed_goes_before_the_logs_change(edition: Edition, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    RunWriter(folder, info_of(edition), edition).close()
    for name in ("check.json", "scores.json", "report.html"):
        (folder / name).write_text("old")
    with RunWriter(folder, info_of(edition), edition) as run:
        assert (folder / "scores.json").exists()
        run.videos.add([video("s000")])
        for name in ("check.json", "scores.json", "report.html"):
            assert not (folder / name).exists()


def test_rows_of_two_versions_name_both(edition: Edition, tmp_path: Path) -> None:
    RunWriter(tmp_path / "run", info_of(edition), edition).close()
    newer = info_of(edition, versions={"python": "4", "torch": "9"})
    RunWriter(tmp_path / "run", newer, edition).close()
    RunWriter(tmp_path / "run", newer, edition).close()
    assert read_run(tmp_path / "run").info.versions == {"python": "3, 4", "torch": "9"}


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([measurement("s000"), measurement("s000", value=99.0)], "s000/speed: two rows"),
        ([measurement("s000", metric="invented")], "invented version 1, run.json names no such"),
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


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"sample_ids": null', '"sample_ids": ["s000", "s000"]', "named more than once"),
        ('"seed": 0', '"seed": -1', "seed: input should be greater"),
        ('"resamples": 500', '"resamples": 0', "resamples: input should be greater"),
        ('"samples": 3', '"samples": 367', "edition.samples: 367, but samples.jsonl has 3"),
    ],
)
def test_an_impossible_run_json_is_refused(
    edition: Edition, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    RunWriter(tmp_path / "run", info_of(edition), edition).close()
    change(tmp_path / "run" / "run.json", old, new)
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
