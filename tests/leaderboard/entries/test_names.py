"""How entries are called."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leaderboard.entries import Board
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run

from .conftest import still

MakeRun = Callable[..., Run]


def test_a_later_run_of_a_name_stands_beside_the_first(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    first = add(make_run("a model"))
    second = add(make_run("a model", still, folder="later", videos="other files"))
    assert (first, second) == ("open/a-model", "open/a-model-v2")
    assert [entry.info.version for entry in load().entries] == [1, 2]


def test_a_name_that_reads_like_a_version_takes_no_others_place(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    ids = [
        add(make_run("a model")),
        add(make_run("a model", still, folder="later", videos="later")),
        add(make_run("a model v2", videos="of somebody else")),
        add(make_run("a model", folder="last", videos="last")),
    ]
    assert ids == ["open/a-model", "open/a-model-v2", "open/a-model-v2-v2", "open/a-model-v3"]
    assert len(load().entries) == 4


def test_an_edition_can_not_choose_a_folder_outside_the_board(
    make_run: MakeRun, edition: Edition, add: Callable[..., str]
) -> None:
    odd = Edition("../../outside", edition.samples, edition.image_sha256, None)
    with pytest.raises(UserError, match="expected a name of small letters"):
        add(make_run("a model", of=odd))
