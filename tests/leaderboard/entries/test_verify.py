"""Verification finds whatever can be found without the videos."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, make_table, verify_entries, write_files
from leaderboard.entries.entry_files import as_json_file, floor_files
from leaderboard.entries.entry_info import Rejudged
from leaderboard.entries.finding import Finding
from leaderboard.entries.rejudge import award_badge
from leaderboard.entries.rejudged_answers import NOT_KEPT
from leaderboard.entries.verify import verify_editions
from omiti2v.editions import Edition
from omiti2v.runs import MetricStamp, Run

from .conftest import DAY, digest, stamp_of, still

MakeRun = Callable[..., Run]
ENTRY = "open/a-model"


@pytest.fixture
def findings(load: Callable[[], Board]) -> Callable[..., list[Finding]]:
    def verify(**options: bool) -> list[Finding]:
        board = load()
        return verify_entries(board, board.all, **options) + verify_editions(board)

    return verify


@pytest.fixture
def entry(make_run: MakeRun, add: Callable[..., str]) -> str:
    return add(make_run("a model", still, speeds={"s000": 1.0}))


def test_honest_entries_hold(
    entry: str,
    make_run: MakeRun,
    add: Callable[..., str],
    folder: Path,
    edition: Edition,
    findings: Callable[..., list[Finding]],
) -> None:
    add(make_run("another"))
    write_files(folder, floor_files(edition, added=DAY))
    assert findings() == []


def test_every_forged_number_is_found(
    entry: str, folder: Path, findings: Callable[..., list[Finding]]
) -> None:
    """Each number of scores.json in turn, a little better than it is."""
    path = folder / "entries" / entry / "scores.json"
    honest = path.read_text()
    places: list[list[str]] = []

    def walk(value: object, keys: list[str]) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                walk(part, [*keys, key])
        elif isinstance(value, float):
            places.append(keys)

    walk(json.loads(honest), [])
    assert len(places) > 60
    for keys in places[:: len(places) // 12]:
        forged = json.loads(honest)
        place = forged
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] += 1e-5
        path.write_text(json.dumps(forged))
        assert [finding.level for finding in findings()], keys
    path.write_text(honest)
    assert findings() == []


def test_a_table_says_what_stands_there_and_what_the_log_gives(
    entry: str,
    change_json: Callable[..., None],
    findings: Callable[..., list[Finding]],
) -> None:
    change_json(entry, "scores.json", ["scores", "accuracy", "value"], 0.75)
    assert findings() == [Finding(entry, "wrong", "accuracy", "0.75", "0.5")]


def test_an_answer_changed_in_the_log_is_found_by_its_numbers(
    entry: str,
    change_log: Callable[..., None],
    findings: Callable[..., list[Finding]],
) -> None:
    def better(row: dict[str, object]) -> object:
        return row | ({"answer": "yes"} if row["question_id"] == "q1" else {})

    change_log(entry, "responses.jsonl.gz", better)
    assert {finding.what for finding in findings()} >= {"accuracy", "marks.json", "lift"}


def drop_last_sample(row: dict[str, object]) -> object:
    return None if row["sample_id"] == "s011" else row


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda row: row | {"judge": digest("another")}, "answered by judge"),
        (lambda row: row | {"video_sha256": digest("another")}, "not about the video of"),
        (lambda row: row | {"question": "Is it good?"}, "was asked another text"),
        (lambda row: row | {"sample_id": "s999"}, "is not one that the run covers"),
        (lambda row: row | {"answer": "maybe"}, "answer: "),
        (lambda row: row | {"p_yes": 2}, "p_yes: "),
        (lambda row: row | {"p_yes": float("nan")}, "p_yes: "),
        (lambda row: row | {"extra": 1}, "extra: unknown field"),
        (lambda row: row | {"p_yes": 0.9, "answer": "no"}, "answered no with P(yes) = 0.9"),
        (lambda row: row | {"frames": row["sample_id"]}, "a judge has one rule"),
        (drop_last_sample, "accuracy"),
    ],
)
def test_a_forged_log_is_found(
    entry: str,
    change_log: Callable[..., None],
    findings: Callable[..., list[Finding]],
    change: Callable[..., object],
    complaint: str,
) -> None:
    change_log(entry, "responses.jsonl.gz", change)
    said = [f"{finding.what} {finding.found}" for finding in findings()]
    assert any(complaint in sentence for sentence in said), said


@pytest.mark.parametrize(
    ("file", "keys", "value", "complaint"),
    [
        ("run.json", ["judge", "fingerprint"], digest("x"), "answered by judge"),
        ("run.json", ["judge", "identity", "protocol"], "paper", "one of the two was changed"),
        ("run.json", ["edition", "fingerprint"], digest("x"), "is not one of this board"),
        ("run.json", ["edition", "samples"], 3, "over 12 samples"),
        ("run.json", ["edition", "name"], "official", "is of edition official"),
        ("run.json", ["submission", "name"], "better", "expected the folder better"),
        ("run.json", ["metrics", "speed", "bounds"], [0.0, 0.5], "expected 0 to 0.5"),
        ("run.json", ["seed"], -1, "seed"),
        ("scores.json", ["seed"], 8, "0"),
        ("scores.json", ["scores", "accuracy", "value"], 1.5, "expected 0 to 1"),
        ("scores.json", ["scores", "accuracy", "low"], 0.99, "impossible interval"),
        ("scores.json", ["outcomes", "success", "value"], 0.5, "add up to 1"),
        ("scores.json", ["scores", "accuracy", "value"], None, "valid number"),
        ("marks.json", ["outcomes"], "s" * 12, "the scores say otherwise"),
        ("marks.json", ["outcomes"], "s", "marks of 1 samples"),
        ("marks.json", ["right"], [4] * 12, "differs from what the log gives"),
        ("entry.json", ["badge"], "excellent", "badge"),
        ("entry.json", ["badge"], "videos", "needs rejudged"),
        ("entry.json", ["badge"], "reported", "needs submission"),
        ("entry.json", ["version"], 7, "expected the folder a-model-v7"),
        ("entry.json", ["added"], "9999-12-31", "2025-01-01 to today"),
        ("scores.json", ["scores", "accuracy", "exact"], True, "differs from what the log gives"),
        ("scores.json", ["breakdowns", "made up"], {}, "differs from what the log gives"),
    ],
)
def test_a_forged_file_is_found(
    entry: str,
    change_json: Callable[..., None],
    findings: Callable[..., list[Finding]],
    file: str,
    keys: list[str],
    value: object,
    complaint: str,
) -> None:
    change_json(entry, file, keys, value)
    said = [finding.found for finding in findings() if finding.level == "wrong"]
    assert any(complaint in sentence for sentence in said), said


@pytest.mark.parametrize(
    ("field", "value"),
    [("bounds", [0.0, 0.25]), ("unit", "percent"), ("higher_is_better", True)],
)
def test_of_our_own_metrics_nothing_else_can_be_said(
    make_run: MakeRun,
    add: Callable[..., str],
    change_json: Callable[..., None],
    findings: Callable[..., list[Finding]],
    field: str,
    value: object,
) -> None:
    stamp = MetricStamp(
        version="3",
        unit="share of frames",
        higher_is_better=False,
        bounds=(0.0, 1.0),
        description="Frames that show nothing new.",
    )
    entry = add(make_run("a model", still, metrics={"frozen_frame_share": stamp}))
    assert findings() == []
    change_json(entry, "run.json", ["metrics", "frozen_frame_share", field], value)
    (found,) = (found for found in findings() if found.level == "wrong")
    assert f"run.json: metrics.frozen_frame_share.{field}: expected" in found.found


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["metrics", "speed", "bounds"], [0.0, 90.0]),
        (["metrics", "speed", "description"], "Quality."),
    ],
)
def test_what_no_log_tells_is_held_against_other_entries(
    entry: str,
    make_run: MakeRun,
    add: Callable[..., str],
    change_json: Callable[..., None],
    findings: Callable[..., list[Finding]],
    keys: list[str],
    value: object,
) -> None:
    other = add(make_run("another"))
    change_json(other, "run.json", keys, value)
    found = [(found.entry, found.what, found.found) for found in findings()]
    assert found == [(other, "metrics.speed", f"of the same metrics {entry} says otherwise")]


def test_a_changed_edition_is_found(
    entry: str, folder: Path, edition: Edition, findings: Callable[..., list[Finding]]
) -> None:
    path = folder / "editions" / f"{edition.fingerprint}.jsonl.gz"
    easier = gzip.decompress(path.read_bytes()).replace(b'"no"', b'"yes"', 1)
    path.write_bytes(gzip.compress(easier))
    assert any("not the one of its name" in finding.found for finding in findings())


def test_the_floor_can_not_be_forged(
    folder: Path,
    edition: Edition,
    entry: str,
    change_json: Callable[..., None],
    findings: Callable[..., list[Finding]],
) -> None:
    write_files(folder, floor_files(edition, added=DAY))
    change_json("open/still-floor", "scores.json", ["scores", "still_floor", "value"], 0.4)
    change_json("open/still-floor", "entry.json", ["note"], "Best of all.")
    assert {finding.what for finding in findings()} == {"entry.json", "still_floor"}


def test_two_names_for_the_same_videos_are_found(
    entry: str,
    make_run: MakeRun,
    add: Callable[..., str],
    change_log: Callable[..., None],
    folder: Path,
    findings: Callable[..., list[Finding]],
) -> None:
    copy = add(make_run("another", still))
    for name in ("videos.jsonl.gz", "responses.jsonl.gz", "measurements.jsonl.gz"):
        key = "sha256" if name.startswith("videos") else "video_sha256"
        change_log(
            copy, name, lambda row, key=key: row | {key: digest(f"a model/{row['sample_id']}")}
        )
    assert {(finding.level, finding.entry, finding.found) for finding in findings()} == {
        ("wrong", copy, "12 of 12 videos are those of open/a-model"),
    }


def test_a_few_shared_videos_are_a_note(
    entry: str,
    make_run: MakeRun,
    add: Callable[..., str],
    change_log: Callable[..., None],
    findings: Callable[..., list[Finding]],
) -> None:
    other = add(make_run("another", still))
    shared = [f"s{number:03}" for number in range(2)]
    for name in ("videos.jsonl.gz", "responses.jsonl.gz", "measurements.jsonl.gz"):
        key = "sha256" if name.startswith("videos") else "video_sha256"
        change_log(
            other,
            name,
            lambda row, key=key: (
                row | {key: digest(f"a model/{row['sample_id']}")}
                if row["sample_id"] in shared
                else row
            ),
        )
    assert {(finding.level, finding.entry, finding.found) for finding in findings()} == {
        ("note", other, "2 of 12 videos are those of open/a-model"),
    }


def test_low_coverage_is_a_note_and_no_fault(
    make_run: MakeRun, add: Callable[..., str], findings: Callable[..., list[Finding]]
) -> None:
    add(make_run("half", without=["s000"]))
    assert [(finding.level, finding.what) for finding in findings()] == [
        ("note", "coverage:videos")
    ]


def test_authors_can_not_give_themselves_a_badge(
    entry: str,
    folder: Path,
    edition: Edition,
    load: Callable[[], Board],
    findings: Callable[..., list[Finding]],
) -> None:
    record = Rejudged(
        date=DAY,
        share=0.1,
        seed=1,
        judge=stamp_of("a judge").fingerprint,
        samples=2,
        questions=8,
        agreed=8,
        lost=0,
        gained=0,
        version="0.1.0",
    )
    write_files(folder, floor_files(edition, added=DAY))
    assert findings(submitted=True)[0].stated == "exact"
    award_badge(folder, load().by_id[entry], record, answers=b"")
    (folder / "entries" / entry / "rejudged.jsonl.gz").unlink()  # as before answers were kept
    assert [(found.level, found.found) for found in findings()] == [("note", NOT_KEPT)]
    stated = {found.stated for found in findings(submitted=True) if found.what == "badge"}
    assert stated == {"exact", "videos"}
    other = record.model_copy(update={"judge": digest("another judge")})
    award_badge(folder, load().by_id[entry], other, answers=b"")
    assert [finding.what for finding in findings()] == ["rejudged.judge"]


def test_an_edition_that_nobody_uses_is_noted(
    entry: str, folder: Path, findings: Callable[..., list[Finding]]
) -> None:
    (folder / "editions" / f"{digest('x')}.jsonl.gz").write_bytes(gzip.compress(b"{}"))
    assert [(finding.level, finding.found) for finding in findings()] == [
        ("note", "no entry is about it")
    ]


def test_documents_are_json_that_people_can_read(entry: str, load: Callable[[], Board]) -> None:
    info = load().by_id[entry].info
    assert b'\n  "badge": "responses"' in as_json_file(info)


def test_an_entry_of_a_judge_that_said_too_little_holds_and_has_no_scores(
    make_run: MakeRun,
    add: Callable[..., str],
    folder: Path,
    load: Callable[[], Board],
    findings: Callable[..., list[Finding]],
) -> None:
    silent = add(make_run("silent", lambda sample, question: "unknown", speeds={"s000": 1.0}))
    assert findings() == []
    board = load()
    (key,) = board.tables
    (row,) = (row for row in make_table(board, key).rows if row.id == silent)
    assert str(row.unranked).startswith("the judge said yes or no to 0 of the 48 questions put")
    assert "accuracy" not in row.figures
    assert row.figures["metric:speed"].value == 1.0
    # Whoever takes the reason away, or puts scores beside it, is found out.
    path = folder / "entries" / silent / "scores.json"
    honest = json.loads(path.read_text())
    path.write_text(json.dumps({**honest, "judge_unavailable": None}))
    assert [finding.what for finding in findings()] == ["judge_unavailable"]
    number = {"value": 1.0, "low": 1.0, "high": 1.0, "n": 12}
    honest["scores"]["accuracy"] = number
    path.write_text(json.dumps(honest))
    finding = findings()[0]
    assert "scores though judge_unavailable says that there are none" in finding.found
