"""What earlier versions wrote is read, resumed, verified and compared unchanged.

`tests/data/before` was made before the packages were rearranged and is never made again: an edition
of six rendered samples, two submissions (the edit done, and a still), a finished run of each by the
tiny judge, the cache that both filled, a calibration of that judge, a board of the two runs, and
what `omiti2v compare --json` said of them.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import evaluators.engines.examine
from leaderboard.entries.board import load_board
from leaderboard.entries.storage import FolderStorage
from omiti2v.cli import app
from omiti2v.records import read_record
from omiti2v.scores import Scores

BEFORE = Path(__file__).parent / "data" / "before"
LOGS = ("responses.jsonl", "measurements.jsonl", "videos.jsonl")
SUBMISSIONS = ("done", "still")

_IDENTITY = json.loads((BEFORE / "runs/done/run.json").read_bytes())["judge"]["identity"]
same_transformers = pytest.mark.skipif(
    version("transformers") != _IDENTITY["transformers"],
    reason=f"the judge's fingerprint names transformers {_IDENTITY['transformers']}, "
    f"installed is {version('transformers')}: another judge, which is asked anew",
)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A copy of the old files, which commands may write to."""
    return shutil.copytree(BEFORE, tmp_path / "before")


@pytest.fixture
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a video is decoded, without which no judge is asked and no metric measured."""

    def refuse(path: Path, **_: object) -> None:
        raise AssertionError(f"{path.name} is decoded again")

    monkeypatch.setattr(evaluators.engines.examine, "decode_video", refuse)


@pytest.fixture
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a judge is asked or a metric measured. Checks may be made again: they have more
    findings than those of before."""
    examined = evaluators.engines.examine.PreparedVideo.__init__

    def refuse(self: Any, **values: Any) -> None:
        assert not values["task"].questions and not values["task"].metrics
        examined(self, **values)

    monkeypatch.setattr(evaluators.engines.examine.PreparedVideo, "__init__", refuse)


def omiti2v(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def score(before: Path, name: str, *more: object, run: str | None = None) -> Path:
    """Score a submission with the options of the old runs."""
    folder = before / "runs" / (run or name)
    options = ("--edition", before / "edition", "--judge", "tiny", "--resamples", 1000)
    videos = before / "videos" / name
    omiti2v("score", videos, "-o", folder, *options, "--metrics", "smoothness", *more)
    return folder


def numbers(file: Path | str) -> Any:
    """What a JSON file or text says, but for intervals, and for what was not there before."""
    text = file if isinstance(file, str) else file.read_text()
    ignored = {"low", "high", "exact", "intervals", "soft"}
    # of a comparison's family, which has a score more, and is adjusted in another way
    ignored |= {"family", "pairs", "pairs_of", "p_holm", "p_adjusted", "verdict", "notes"}
    # of a comparison, null then, and gone
    ignored |= {"judge_error"}

    def pruned(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        return {key: pruned(value) for key, value in node.items() if key not in ignored}

    return pruned(json.loads(text))


def rows(folder: Path) -> dict[str, set[bytes]]:
    return {log: set((folder / log).read_bytes().splitlines()) for log in LOGS}


def cached_keys(before: Path) -> set[str]:
    with sqlite3.connect(before / "cache.sqlite3") as connection:
        rows = connection.execute("SELECT key, value FROM results").fetchall()
    # What a run keeps of its judge, to know it without loading it, is not a result; and checks are
    # made again.
    found = {key: json.loads(value.split("\n")[0]) for key, value in rows}
    return {key for key, value in found.items() if not {"identity", "report"} & value.keys()}


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_rescoring_gives_the_same_numbers_with_intervals_of_today(before: Path, name: str) -> None:
    scores = before / "runs" / name / "scores.json"
    old = numbers(scores)
    said = omiti2v("rescore", before / "runs" / name).stderr
    assert "has the intervals of before" in said
    scores.unlink()
    omiti2v("rescore", before / "runs" / name, "--write")
    assert numbers(scores) == old
    assert read_record(scores, Scores).intervals == "effective"
    assert "intervals of before" not in omiti2v("rescore", before / "runs" / name).stderr


@same_transformers
@pytest.mark.usefixtures("nobody_looks")
@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_finished_run_that_is_scored_again_asks_nobody(before: Path, name: str) -> None:
    folder = score(before, name, "--no-cache")
    for file in (*LOGS, "check.json"):
        assert (folder / file).read_bytes() == (BEFORE / "runs" / name / file).read_bytes()
    assert numbers(folder / "scores.json") == numbers(BEFORE / "runs" / name / "scores.json")


@same_transformers
@pytest.mark.usefixtures("nobody_is_asked")
def test_half_a_run_is_completed_from_the_cache(before: Path) -> None:
    folder = before / "runs" / "done"
    for log in LOGS:
        lines = (folder / log).read_bytes().splitlines(keepends=True)
        (folder / log).write_bytes(b"".join(lines[: len(lines) // 2]))
    keys = cached_keys(before)
    score(before, "done", "--cache", before / "cache.sqlite3")
    assert rows(folder) == rows(BEFORE / "runs" / "done")
    assert cached_keys(before) == keys


@same_transformers
@pytest.mark.usefixtures("nobody_is_asked")
@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_new_run_is_made_without_asking_anybody(before: Path, name: str) -> None:
    keys = cached_keys(before)
    folder = score(before, name, "--cache", before / "cache.sqlite3", run="new")
    old = BEFORE / "runs" / name
    assert rows(folder) == rows(old)
    assert numbers(folder / "scores.json") == numbers(old / "scores.json")
    for picture in (old / "strips").iterdir():
        assert (folder / "strips" / picture.name).read_bytes() == picture.read_bytes()
    assert cached_keys(before) == keys


@same_transformers
def test_the_judge_gives_the_answers_that_it_gave(before: Path) -> None:
    folder = score(before, "done", "--no-cache", run="new")
    old = BEFORE / "runs" / "done"

    def answers(run: Path) -> list[tuple[str, str, str, str]]:
        lines = (run / "responses.jsonl").read_text().splitlines()
        names = ("sample_id", "question_id", "answer", "judge")
        return sorted(tuple(json.loads(line)[name] for name in names) for line in lines)

    assert answers(folder) == answers(old)


@same_transformers
@pytest.mark.usefixtures("nobody_looks")
def test_a_run_takes_the_calibration_of_its_judge(before: Path) -> None:
    calibration = before / "calibration" / "calibration.json"
    folder = score(before, "done", "--no-cache", "--calibration", calibration)
    assert json.loads((folder / "calibration.json").read_bytes()) == json.loads(
        calibration.read_bytes()
    )


def test_a_comparison_says_what_it_said(before: Path) -> None:
    runs = (before / "runs" / "done", before / "runs" / "still")
    result = omiti2v("compare", *runs, "--json")
    assert numbers(result.stdout) == numbers(BEFORE / "compare.json")


def test_a_comparison_takes_the_calibration_of_the_judge(before: Path) -> None:
    runs = (before / "runs" / "done", before / "runs" / "still")
    calibration = before / "calibration" / "calibration.json"
    result = omiti2v("compare", *runs, "--json", "--calibration", calibration)
    assert numbers(result.stdout) == numbers(BEFORE / "compare.json")
    assert "run `omiti2v calibrate` again" in result.stdout


def test_the_board_is_verified_and_shows_intervals_of_today(before: Path) -> None:
    said = omiti2v("leaderboard", "verify", "--board", before / "board").stdout
    assert "intervals are those of before" in " ".join(said.split())
    for entry in load_board(FolderStorage(before / "board")).entries:
        floor = entry.figures["still_floor"]
        assert (floor.exact, floor.low) == (True, None)
        success = entry.figures["outcome:success"]
        assert success.exact or success.low != success.high


def test_a_number_of_before_that_is_not_what_the_log_gives_is_found(before: Path) -> None:
    scores = next((before / "board").glob("entries/*/*/responses.jsonl.gz")).parent / "scores.json"
    text = json.loads(scores.read_bytes())
    text["scores"]["edit_success"]["value"] = 0.123
    scores.write_text(json.dumps(text))
    result = CliRunner().invoke(app, ["leaderboard", "verify", "--board", str(before / "board")])
    assert result.exit_code == 1
    assert "edit_success" in result.stdout
