"""Three uneven seeds a sample through every command: generate, check, score, compare, report, add,
verify, and the board."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluators.world import WorldSettings, make_scenes, write_edition
from leaderboard.entries import load_board, make_table, open_storage
from leaderboard.site.board_table import board_view
from leaderboard.site.entry_details import entry_card
from leaderboard.site.sample_list import results_by_sample
from omiti2v.runs import read_run

Invoke = Callable[..., Any]

SIZE = ("--height", 64, "--width", 64, "--frames", 8, "--fps", 8)
EDITION = ("--edition", "edition")


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    """The samples of a small edition whose questions the tiny judge knows, in `edition`."""
    settings = WorldSettings(width=64, height=64, frames=8, fps=8)
    scenes = make_scenes(4, seed=3, settings=settings)
    write_edition(tmp_path / "edition", scenes)
    return sorted(scene.sample.id for scene in scenes)


@pytest.mark.slow
def test_uneven_seeds_go_through_everything(invoke: Invoke, ids: list[str], tmp_path: Path) -> None:
    for method, seeds in (("pan", "0,1,2"), ("still", "1,2")):
        made = invoke(
            "generate", "--method", method, "-o", method, *EDITION, *SIZE, "--seeds", seeds
        )
        assert f"{len(ids) * len(seeds.split(','))} videos made" in made.stderr
    first, second = ids[:2]
    for gone in (f"{first}/2.mp4", f"{second}/0.mp4", f"{second}/1.mp4"):
        (tmp_path / "pan" / gone).unlink()

    checked = json.loads(invoke("check", "pan", *EDITION, "--json").stdout)
    assert checked["takes"]["takes"] == {"1": 1, "2": 1, "3": 2}
    assert "uneven" in {finding["code"] for finding in checked["findings"]}
    said = invoke("check", "pan", *EDITION).stdout
    assert "files: <id>/<seed>.mp4; 1 take of 1 sample, 2 takes of 1 sample" in said

    for method in ("pan", "still"):
        options = (*EDITION, "--judge", "tiny", "--resamples", 100)
        scored = invoke("score", method, "-o", f"run-{method}", *options)
    assert "takes: 2 a sample, 8 videos" in scored.stdout
    invoke("rescore", "run-pan")
    run = read_run(tmp_path / "run-pan")
    assert len(run.with_video) == 9

    found = json.loads(invoke("compare", "run-still", "run-pan", "--json").stdout)
    assert found["samples"] == len(ids)
    assert any("4 samples compared over the seeds that both have" in n for n in found["notes"])

    invoke("report", "run-pan", "run-still", "--videos", "pan", "--videos", "still")
    page = (tmp_path / "report.html").read_text()
    assert page.count("<video ") == 9 + 8
    assert page.count('class="takes"') == 3 + 4
    assert f"Frames of the video of sample {second}, seed 2, from first to last" in page

    for method in ("pan", "still"):
        more = ("--new-edition",) if method == "pan" else ()
        invoke("leaderboard", "add", f"run-{method}", "--board", "board", *more)
    assert "2 entries: all hold" in invoke("leaderboard", "verify", "--board", "board").stdout
    board = load_board(open_storage(tmp_path / "board"))
    assert not board.broken
    (key,) = board.tables
    table = make_table(board, key)
    assert all(row.standing for row in table.rows)
    entry = board.by_id[table.rows[0].id]
    card = entry_card(entry, table.rows[0])
    assert any(label == "Takes" and "a sample" in value for label, value in card.facts)
    assert {"Success in some take", "Success in every take"} <= {r["Number"] for r in card.figures}
    assert board_view(table).labels
    edition = board.edition(key)
    assert edition is not None
    rows = results_by_sample(edition, board.entries)[second]
    assert {row.entry: row.right for row in rows}.keys() == set(board.by_id)
    for shown in table.rows:
        scores = json.loads((tmp_path / f"run-{shown.method}" / "scores.json").read_text())
        accuracy = scores["scores"]["accuracy"]["value"]
        assert shown.figures["accuracy"].value == pytest.approx(accuracy)
        assert scores["takes"]["any"]["value"] >= scores["takes"]["all"]["value"]
