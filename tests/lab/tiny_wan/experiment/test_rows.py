"""The table of a setting's clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.world import Scene
from lab.tiny_wan.experiment.rows import Row, read_rows, write_rows
from omiti2v.errors import UserError

ROW = Row("world-1-00000", "ynue", 1.0, 0.93, -0.25, 12.5)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.csv", [ROW, ROW])
    assert read_rows(tmp_path / "a.csv") == [ROW, ROW]


@pytest.mark.parametrize("text", ["sample_id,answers\na,y\n", "", "{"])
def test_something_else_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    if not text or text == "{":
        assert read_rows(path) == []
        return
    with pytest.raises(UserError, match=r"a\.csv: not a table of clips"):
        read_rows(path)


def test_letters_that_are_no_answer_are_refused(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.csv", [ROW])
    text = (tmp_path / "a.csv").read_text().replace("ynue", "ynux")
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UserError, match="not a table of clips"):
        read_rows(tmp_path / "a.csv")


def test_answers_go_to_questions_in_their_order(scenes: list[Scene]) -> None:
    sample = scenes[0].sample
    letters = "".join(question.expected_answer[0] for question in sample.questions)
    answers = Row(sample.id, letters, 0, 0, 0, 0).answers_to(sample)
    assert answers == {question.id: question.expected_answer for question in sample.questions}
    with pytest.raises(UserError, match="expected"):
        Row(sample.id, letters + "y", 0, 0, 0, 0).answers_to(sample)
