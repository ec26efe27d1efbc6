"""The entries that come with the package are computed, not typed in."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from lab.packaged_board import ANNOTATIONS, REPORTED, seed_board, seed_demo
from leaderboard.entries import (
    PACKAGED,
    load_board,
    make_row,
    make_table,
    open_storage,
    verify_entries,
)
from leaderboard.entries.verify import verify_editions
from omiti2v.dataset.compile import read_annotations
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run
from omiti2v.samples import CATEGORIES

from .conftest import still


def test_the_packaged_board_holds() -> None:
    board = load_board(open_storage())
    assert not board.broken
    findings = verify_entries(board, board.entries) + verify_editions(board)
    assert [finding for finding in findings if finding.level == "wrong"] == []
    # The control that does half of the edits shares its videos with the two that it is made of.
    assert {finding.what for finding in findings} <= {"videos"}


def test_the_seeded_files_are_what_the_script_writes(tmp_path: Path) -> None:
    """A changed annotation or table needs `python -m lab.packaged_board` to be run again."""
    seed_board(tmp_path, edition=read_annotations(ANNOTATIONS))
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert made
    for name, content in made.items():
        assert (PACKAGED / name).read_bytes() == content, name


def test_the_still_floor_is_the_share_of_questions_a_frozen_image_gets_right() -> None:
    """From the annotations by hand, in exact arithmetic."""
    shares = []
    for category in CATEGORIES:
        for line in (ANNOTATIONS / f"{category}.jsonl").read_text().splitlines():
            questions = json.loads(line)["questions"]
            kept = sum(q["expected_answer"] == q["reference_answer"] for q in questions)
            shares.append(Fraction(kept, len(questions)))
    board = load_board(open_storage())
    entry = board.by_id["open/still-floor"]
    assert entry.info.badge == "exact"
    figures = make_row(entry).figures
    floor = float(sum(shares) / len(shares))
    assert figures["still_floor"].value == pytest.approx(floor, abs=1e-12)
    assert figures["accuracy"].value == pytest.approx(floor, abs=1e-12)
    assert figures["lift"].value == pytest.approx(0, abs=1e-12)
    assert figures["negligence"].value == 1


def test_the_published_rows_are_those_of_the_table() -> None:
    board = load_board(open_storage())
    (key,) = (key for key in board.tables if key.edition == "official")
    rows = {row.name: row for row in make_table(board, key).rows}
    with REPORTED.open(newline="") as file:
        published = list(csv.DictReader(file))
    assert len(published) == len(rows) == 8
    for line in published:
        row = rows[line["row"]]
        assert (row.badge, row.source) == ("reported", line["source"])
        assert row.unranked and row.standing is None
        for category in CATEGORIES:
            shown = row.figures[f"category:{category}:accuracy"].value
            assert round(100 * shown, 2) == float(line[category])
        average = sum(float(line[category]) for category in CATEGORIES) / 3
        assert 100 * row.figures["semantic_average"].value == pytest.approx(average)
        for metric in ("dynamic_degree", "aesthetic_quality"):
            assert round(100 * row.figures[f"metric:{metric}"].value, 2) == float(line[metric])
        assert line["samples_inferred"] in row.note
        assert line["samples_stated"] in row.note
        assert str(row.figures["semantic_average"].low) == "None"  # no log, no interval


def test_editions_that_are_no_longer_used_go(tmp_path: Path, edition: Edition) -> None:
    unused = tmp_path / "editions" / f"{'0' * 64}.jsonl.gz"
    unused.parent.mkdir()
    unused.write_bytes(b"")
    seed_board(tmp_path, edition=edition)
    assert [path.name for path in unused.parent.iterdir()] == [f"{edition.fingerprint}.jsonl.gz"]


def test_the_runs_of_a_demo_become_entries(
    make_run: Callable[..., Run], edition: Edition, tmp_path: Path
) -> None:
    known = Edition("known-answer", edition.samples, edition.image_sha256, None)
    demo = tmp_path / "demo-out"
    (demo / "runs").mkdir(parents=True)
    for name, rule in (("done", None), ("still", still)):
        options = {"answer": rule} if rule else {}
        make_run(name, of=known, **options).paths.folder.rename(demo / "runs" / name)
    board = tmp_path / "seeded"
    board.mkdir()
    assert seed_demo(board, demo) == ["known-answer/done", "known-answer/still"]
    loaded = load_board(open_storage(board))
    assert verify_entries(loaded, loaded.all) == []
    with pytest.raises(UserError, match=r"expected what `omiti2v demo` writes"):
        seed_demo(board, tmp_path / "nowhere")
