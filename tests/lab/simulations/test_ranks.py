"""The simulation of ranks, small: its worlds are what they say, and what it found holds."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lab.simulations.agreement import agreement
from lab.simulations.boards import Questions, take_questions
from lab.simulations.ranks import PAGE, RESULTS, equal_boards, gap_boards, tables
from lab.tables import fill


@pytest.fixture(scope="module")
def questions() -> Questions:
    return take_questions(48)


def test_a_skill_gives_the_success_it_is_asked_for(questions: Questions) -> None:
    for rate in (0.02, 0.5, 0.9):
        rng = np.random.default_rng(0)
        skills = [questions.skill(rate)] * 4
        boards = [questions.marks(questions.right(skills, rng)) for _ in range(40)]
        rows = [row.outcomes for marks in boards for row in marks.values()]
        found = np.mean([letter == "s" for row in rows if row for letter in row])
        assert found == pytest.approx(rate, abs=0.03)


def test_equal_entries_are_seldom_split_and_clear_gaps_are_seen(questions: Questions) -> None:
    # The rule of before, intervals without a family, split 46 boards of 60.
    assert equal_boards(questions, 0.5, boards=12, seed=3)["any"] <= 0.2
    found = gap_boards(questions, 0.45, boards=3, seed=3)
    assert found["pair"] > 0.9
    assert found["alone"] == 1


def test_the_board_and_compare_agree() -> None:
    found = agreement(1, seed=3)
    assert found["pairs"] == 28 * 4
    assert found["differing"] == found["ranks"] == 0
    assert 10 < found["apart"] < found["pairs"] - 10


def test_the_page_shows_the_results_and_they_keep_what_is_promised() -> None:
    found = json.loads(RESULTS.read_text())
    page = PAGE.read_text()
    assert fill(page, tables(found)) == page
    equal = [row for name, row in found.items() if name.startswith("equal")]
    assert len(equal) == 12
    # 5 % and two standard errors of a thousand boards.
    assert all(row["boards"] == 1_000 and row["any"] <= 0.065 for row in equal)
    assert found["agreement"]["boards"] == 200
    assert found["agreement"]["differing"] == found["agreement"]["ranks"] == 0
