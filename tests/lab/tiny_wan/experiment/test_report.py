"""The page and its figures, from results alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.world import make_scenes
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.experiment.attention import COLUMNS
from lab.tiny_wan.experiment.report import write_report
from lab.tiny_wan.experiment.results import read_results
from lab.tiny_wan.experiment.rows import Row, write_rows
from lab.tiny_wan.experiment.run import Stamp, claim, clips_path
from omiti2v.errors import UserError

STAMP = Stamp(model="sha256:0123", world_seed=7, samples=24, steps=12)
SHARES = {
    "edit-reconstructed": 1.0,
    "still-reconstructed": 0.0,
    "baseline": 0.3,
    "blur": 0.3,
    "gamma-1.1": 0.3,
    "gamma-1.35": 0.95,
    "gamma-2": 0.05,
    "measured-blocks": 0.6,
}


@pytest.fixture
def folder(tmp_path: Path, rows_that: Callable[..., list[Row]]) -> Path:
    claim(tmp_path, STAMP)
    scenes = make_scenes(STAMP.samples, seed=STAMP.world_seed, settings=SETTINGS)
    for name, share in SHARES.items():
        for seed in range(2):
            write_rows(clips_path(tmp_path, name, seed), rows_that(scenes, share, seed=seed))
    told = {"blocks": [1, 2, 4], "chance": 0.5, "prompts": 50, "ratios": [0.1, 0.6, 0.6, 0.2, 0.7]}
    (tmp_path / "blocks.json").write_text(json.dumps(told))
    lines = [
        ",".join(map(str, (gamma, block, step, 990 - step, int(step < 1), 0.4, 0.6, 0.9 / gamma)))
        for gamma in (1.0, 2.0)
        for block in range(5)
        for step in range(2)
    ]
    (tmp_path / "attention.csv").write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    return tmp_path


def test_the_page_tells_what_was_seen(folder: Path) -> None:
    page = folder / "docs" / "tiny-wan.md"
    write_report(read_results(folder), folder, page)
    text = page.read_text()
    assert "inside the 20 to 70 %" not in text.split("## In short")[0]
    first, second = (
        line for line in text.splitlines() if line.startswith("AlignVid (gamma 1.35) changes")
    )
    assert first.endswith("higher.")
    assert second.endswith("lower.")
    # All 24 scenes are among those looked at before.
    assert "Without the first" not in text
    assert "Holm-adjusted p < 0.001" in first
    # The rows of these clips that stand still don't move.
    assert "Dynamic degree tells nothing" not in text
    assert "| still-reconstructed | 0.0 (n 48) | (n 0) | (n 0) | 0.0 | 2.0 |" in text
    claims = [line for line in text.splitlines() if line.startswith("| AlignVid gets more edits")]
    assert claims[0].endswith("| as predicted |")
    assert "| not run |" in text
    assert "`gamma-1.35` has the highest edit success of 4 settings" in text
    assert "Chosen: 1, 2, 4." in text
    assert "| 2 | 0.450 | 0.600 | 3 of 3 |" in text
    for name in SHARES:
        assert f"| {name} | " in text
    for picture in ("gamma", "outcomes", "differences", "attention"):
        assert f"tiny-wan/{picture}.png" in text
        assert (page.with_suffix("") / f"{picture}.png").stat().st_size < 200_000


def test_a_run_that_was_cut_short_has_a_page_too(folder: Path) -> None:
    for name in set(SHARES) - {"baseline"}:
        for seed in range(2):
            clips_path(folder, name, seed).unlink()
    for name in ("blocks.json", "attention.csv"):
        (folder / name).unlink()
    write_report(read_results(folder), folder, folder / "page.md")
    text = (folder / "page.md").read_text()
    assert "| baseline | the model alone | 2 |" in text
    assert "attention.png" not in text


def test_a_folder_without_the_model_alone_is_refused(folder: Path) -> None:
    for seed in range(2):
        clips_path(folder, "baseline", seed).unlink()
    with pytest.raises(UserError, match="baseline: no results"):
        read_results(folder)
