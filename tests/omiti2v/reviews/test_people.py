"""What people answered is kept, and what they have confirmed follows from it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.reviews.people import (
    append_answer,
    read_people,
    read_person,
    reviewer_path,
    standing_answers,
)

from .conftest import confirm, line


def test_an_answer_taken_back_does_not_hold_and_stays_in_the_file(
    edition: Edition, reviews: Path
) -> None:
    sample = edition.samples[0]
    for answer in ("yes", "withdrawn", "no"):
        append_answer(
            reviews / "ada.jsonl", line(edition, sample, sample.questions[0], "edit", answer)
        )
    rows = read_person(reviews / "ada.jsonl")
    assert [row.answer for row in rows] == ["yes", "withdrawn", "no"]
    assert [row.answer for row in standing_answers(rows).values()] == ["no"]
    assert standing_answers(rows[:2]) == {}


def test_pages_that_write_at_once_lose_nothing(edition: Edition, reviews: Path) -> None:
    sample = edition.samples[0]
    row = line(edition, sample, sample.questions[0], "edit")

    def write() -> None:
        for _ in range(10):
            append_answer(reviews / "ada.jsonl", row)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_person(reviews / "ada.jsonl") == [row] * 40


def test_a_line_torn_by_a_crash_is_passed_over_and_cut_off(edition: Edition, reviews: Path) -> None:
    confirm(edition, reviews)
    path = reviews / "ada.jsonl"
    with path.open("ab") as file:
        file.write(b'{"reviewer": "a')
    assert len(read_person(path)) == 2
    confirm(edition, reviews)
    assert len(read_person(path)) == 4


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", "a\\b", ".ada", "Ada", "a b", "a.b", "round-1-edit", "x" * 41, "ä"]
)
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="expected 1 to 40 of a-z"):
        reviewer_path(tmp_path, name)


def test_links_are_not_followed(edition: Edition, reviews: Path, tmp_path: Path) -> None:
    sample = edition.samples[0]
    row = line(edition, sample, sample.questions[0], "edit")
    reviews.mkdir()
    (reviews / "ada.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is a link"):
        append_answer(reviews / "ada.jsonl", row)
    assert not (tmp_path / "elsewhere").exists()


def test_lines_of_another_reviewer_are_refused(edition: Edition, reviews: Path) -> None:
    confirm(edition, reviews)
    (reviews / "ada.jsonl").rename(reviews / "bob.jsonl")
    with pytest.raises(UserError, match="expected bob, got ada"):
        read_people(reviews)
