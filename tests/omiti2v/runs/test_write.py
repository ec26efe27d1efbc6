"""Writing a run folder: one writer, nothing lost, nothing computed left stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_rows import info_of, measurement, response, video

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import JudgeStamp, PlanStamp, RunWriter, read_run
from omiti2v.submissions import SubmissionInfo


def test_a_run_is_resumed(edition: Edition, tmp_path: Path) -> None:
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


def test_a_submission_may_get_more_seeds(edition: Edition, tmp_path: Path) -> None:
    for seed, seeds in ((3, ()), (None, (3, 4)), (None, (2, 3, 4))):
        submission = SubmissionInfo(name="a model", seed=seed, seeds=seeds)
        RunWriter(tmp_path / "run", info_of(edition, submission=submission), edition).close()
    fewer = info_of(edition, submission=SubmissionInfo(name="a model", seeds=(3, 4)))
    with pytest.raises(UserError, match="another of that name"):
        RunWriter(tmp_path / "run", fewer, edition)


def test_a_judge_that_is_another_one_is_told_by_what_it_depends_on(
    edition: Edition, tmp_path: Path
) -> None:
    old, same = {"prompt": "a", "class": "X"}, {"class": "X", "positions": 2}
    for fingerprint, identity in ("0" * 64, old), ("1" * 64, same | {"prompt": "b" * 99}):
        judge = JudgeStamp(name="a judge", fingerprint=fingerprint, identity=identity)
        if identity is old:
            RunWriter(tmp_path / "run", info_of(edition, judge=judge), edition).close()
    with pytest.raises(UserError) as caught:
        RunWriter(tmp_path / "run", info_of(edition, judge=judge), edition)
    assert str(caught.value).endswith(
        "judge 000000000000, this one has 111111111111 (positions: not given, now 2; "
        f"prompt: 'a', now '{'b' * 36}...); give another folder to -o, where all questions are "
        "asked anew"
    )


def test_a_folder_with_other_files_is_refused(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UserError, match=r"holds files but no run\.json"):
        RunWriter(tmp_path, info_of(edition), edition)


def test_an_output_that_cannot_be_made_is_one_line(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file/run: can't be written"):
        RunWriter(tmp_path / "file" / "run", info_of(edition), edition)


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


ROWS = {"videos": video, "responses": response, "measurements": measurement}


@pytest.mark.parametrize("log", ROWS)
@pytest.mark.parametrize("change", ["a row is added", "a row is dropped"])
def test_what_is_computed_goes_before_a_log_changes(
    edition: Edition, tmp_path: Path, log: str, change: str
) -> None:
    computed = [tmp_path / "run" / name for name in ("check.json", "scores.json", "report.html")]
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        for name, row in ROWS.items():
            getattr(run, name).add([row("s000")])
    for path in computed:
        path.write_text("old")
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        rows = getattr(run, log)
        rows.add([])
        rows.keep(lambda row: True)
        assert all(path.exists() for path in computed)  # nothing has changed
        if change == "a row is dropped":
            rows.keep(lambda row: False)
        else:
            rows.add([ROWS[log]("s001")])
        assert not any(path.exists() for path in computed)


def test_rows_of_two_versions_name_both(edition: Edition, tmp_path: Path) -> None:
    RunWriter(tmp_path / "run", info_of(edition), edition).close()
    newer = info_of(edition, versions={"python": "4", "torch": "9"})
    RunWriter(tmp_path / "run", newer, edition).close()
    RunWriter(tmp_path / "run", newer, edition).close()
    assert read_run(tmp_path / "run").info.versions == {"python": "3, 4", "torch": "9"}


def test_a_run_by_plan_grows_from_look_to_look_and_in_no_other_way(
    edition: Edition, tmp_path: Path
) -> None:
    ids = [sample.id for sample in edition.samples]

    def write(look: int, *, plan: str = "1", count: int | None = None) -> None:
        stamp = PlanStamp(digest=plan * 64, look=look)
        info = info_of(edition, sample_ids=tuple(ids[: count or look]), plan=stamp)
        RunWriter(tmp_path / "run", info, edition).close()

    write(1)
    computed = tmp_path / "run" / "scores.json"
    computed.write_text("of look 1")
    write(1)
    assert computed.exists()
    write(2)
    assert not computed.exists()
    assert len(read_run(tmp_path / "run").samples) == 2
    with pytest.raises(UserError, match="is at look 2 of its plan"):
        write(1)
    with pytest.raises(UserError, match="samples 2, this one has 3"):
        write(2, count=3)
    with pytest.raises(UserError, match="plan 111111111111, this one has 222222222222"):
        write(2, plan="2")
    with pytest.raises(UserError, match="samples 2, this one has 3"):
        write(3, plan="2")
