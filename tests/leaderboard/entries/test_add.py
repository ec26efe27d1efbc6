"""Runs become entries: plain, small, scored by the board's rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, remove_entry
from leaderboard.entries.add import add_run
from omiti2v.errors import UserError
from omiti2v.runs import Run

from .conftest import DAY, stamp_of, still

MakeRun = Callable[..., Run]


def test_the_very_same_run_is_no_new_version(make_run: MakeRun, add: Callable[..., str]) -> None:
    run = make_run("a model")
    add(run)
    with pytest.raises(UserError, match="this very run is on the board already"):
        add(run)


def test_a_run_without_its_scores_or_with_forged_ones_is_refused(
    make_run: MakeRun, add: Callable[..., str], folder: Path
) -> None:
    run = make_run("a model", still)
    scores = json.loads(run.paths.scores.read_text())
    scores["scores"]["accuracy"]["value"] = 0.97
    run.paths.scores.write_text(json.dumps(scores))
    with pytest.raises(UserError, match="differs from what the log gives"):
        add(run)
    run.paths.scores.unlink()
    with pytest.raises(UserError, match="the run is not finished"):
        add(run)
    assert not list(folder.iterdir())


def test_an_edition_that_the_board_lacks_needs_the_maintainers_word(
    make_run: MakeRun, folder: Path
) -> None:
    run = make_run("a model")
    with pytest.raises(UserError, match="which this board does not have"):
        add_run(run.paths.folder, folder, added=DAY)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            {"judge": stamp_of("a judge").model_copy(update={"name": "better"})},
            "judge.name: of this fingerprint and identity: a judge",
        ),
        (
            {"judge": stamp_of("a judge").model_copy(update={"identity": {"name": "better"}})},
            "judge.fingerprint",
        ),
        ({"p_yes": {"yes": 0.2}}, r"answered yes with P\(yes\) = 0.2"),
        ({"p_yes": {"no": 0.9}}, r"answered no with P\(yes\) = 0.9"),
        ({"reports": {"frames": None}}, "about a video that could not be judged"),
        ({"reports": {"fps": -8.0}}, "fps: expected a positive number .* got -8.0"),
        ({"reports": {"frames": 0}}, "frames: expected a positive number .* got 0"),
    ],
)
def test_what_no_honest_run_writes_is_refused(
    make_run: MakeRun, add: Callable[..., str], options: dict[str, object], complaint: str
) -> None:
    run = make_run("a model", **options)
    with pytest.raises(UserError, match=complaint):
        add(run)


def test_remove_takes_an_entry_off_and_nothing_else(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board], folder: Path
) -> None:
    add(make_run("one"), make_run("two", still))
    remove_entry(folder, "open/one")
    assert [entry.id for entry in load().entries] == ["open/two"]
    with pytest.raises(UserError, match="no such entry"):
        remove_entry(folder, "open/one")
    for outside in ("open/..", "../runs", "/etc", "open"):
        with pytest.raises(UserError):
            remove_entry(folder, outside)
