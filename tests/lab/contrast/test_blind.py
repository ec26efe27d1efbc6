"""Blind answers: viewers get pictures without names, and their answers find back to the clips."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from evaluators.contrast.contrast_set import ContrastSet
from lab.contrast.blind import (
    SheetLine,
    agreement_rows,
    gather,
    standing,
    write_batches,
)
from omiti2v.errors import UserError
from omiti2v.records import read_records

MakeSet = Callable[..., ContrastSet]


def answered(found: ContrastSet, folder: Path, *, slip: str | None = None) -> None:
    """Lets viewers answer everything as the recipes have it, but `slip` on one question."""
    write_batches(
        found, [c for own in found.clips.values() for c in own], folder, batches=2, seed=1
    )
    truth = {f"{c.sample.id}/{c.kind}": c.answers for own in found.clips.values() for c in own}
    rows: dict[str, list[str]] = {}
    for line in read_records(folder / "key.jsonl", SheetLine):
        for question, answer in truth[line.clip].items():
            said = "unclear" if f"{line.clip} {question}" == slip else answer
            row = {"sheet": line.sheet, "question_id": question, "answer": said}
            rows.setdefault(line.batch, []).append(json.dumps(row))
    for batch, lines in rows.items():
        (folder / batch / "answers.jsonl").write_text("\n".join(lines) + "\n")


def test_a_viewer_sees_frames_and_questions_only(make_set: MakeSet, tmp_path: Path) -> None:
    found = make_set()
    answered(found, tmp_path / "round")
    texts = [path.read_text() for path in (tmp_path / "round").glob("batch-*/questions.txt")]
    assert len(texts) == 2
    for text in texts:
        assert "Does the ball move out?" in text
        assert not any(word in text for word in ("right", "pops_up", "still", "addition", "yes"))
    sheets = list((tmp_path / "round").glob("batch-*/*.png"))
    assert len(sheets) == 12
    assert Image.open(sheets[0]).size[0] > 4 * 400


def test_one_viewer_gets_few_clips_of_one_sample(make_set: MakeSet, tmp_path: Path) -> None:
    answered(make_set(), tmp_path / "round")
    lines = read_records(tmp_path / "round" / "key.jsonl", SheetLine)
    for batch in ("batch-01", "batch-02"):
        own = [line.clip.split("/")[0] for line in lines if line.batch == batch]
        assert max(own.count(name) for name in own) == 2


def test_answers_find_back_to_their_clips(make_set: MakeSet, tmp_path: Path) -> None:
    found = make_set()
    answered(found, tmp_path / "round", slip="addition-001/right q3")
    answers = gather(found, tmp_path / "round", viewer="machine")
    assert len(answers) == 36
    (apart,) = (row for row in answers if not row.agrees)
    assert (apart.clip, apart.question_id) == ("addition-001/right", "q3")
    assert agreement_rows(answers)[0] == ["all", "12", "36", "97.2%"]


def test_answers_about_a_clip_that_was_mended_do_not_stand(
    make_set: MakeSet, tmp_path: Path
) -> None:
    found = make_set()
    answered(found, tmp_path / "round")
    answers = gather(found, tmp_path / "round", viewer="machine")
    assert len(standing(found, {1: answers})) == 36
    assert standing(make_set(grain=2.0), {1: answers}) == []


def test_an_unknown_sheet_is_refused(make_set: MakeSet, tmp_path: Path) -> None:
    found = make_set()
    answered(found, tmp_path / "round")
    path = tmp_path / "round" / "batch-01" / "answers.jsonl"
    path.write_text('{"sheet": "99999", "question_id": "q1", "answer": "yes"}\n')
    with pytest.raises(UserError, match="sheet '99999' is not in"):
        gather(found, tmp_path / "round", viewer="machine")
