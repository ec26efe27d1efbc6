"""Compiling the annotations: whole and unchanged, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.dataset.compile import compile_annotations, read_annotations
from omiti2v.dataset.parquet import read_parquet
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError
from omiti2v.reviews.confirmed import question_key
from omiti2v.reviews.people import PersonAnswer, append_answer, now

DATA = ("addition.parquet", "deletion.parquet", "modification.parquet")


def change_first(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    change(rows[0])
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_samples_image_bytes_and_fingerprint_are_those_of_the_annotations(
    annotations: Path, tmp_path: Path
) -> None:
    compile_annotations(annotations, tmp_path / "package")
    packed = read_parquet(tmp_path / "package")
    source = load_edition_folder(annotations)
    assert packed.edition.name == "open"
    assert packed.edition.samples == source.samples
    assert packed.edition.fingerprint == source.fingerprint
    for sample in source.samples:
        assert packed.images[sample.id] == source.image_path(sample).read_bytes()


def test_there_is_a_file_for_each_category_and_the_licence_texts(
    annotations: Path, tmp_path: Path
) -> None:
    compile_annotations(annotations, tmp_path)
    data = tmp_path / "data"
    assert {path.name for path in data.iterdir()} == {*DATA, "licences"}
    assert (data / "licences" / "CC-BY-SA-4.0.txt").read_text() == "The licence.\n"


def test_compiling_again_leaves_unchanged_files_alone(annotations: Path, tmp_path: Path) -> None:
    compile_annotations(annotations, tmp_path)
    before = {name: (tmp_path / "data" / name).stat().st_mtime_ns for name in DATA}
    change_first(annotations / "deletion.jsonl", lambda row: row.update(prompt="It goes away"))
    compile_annotations(annotations, tmp_path)
    after = {name: (tmp_path / "data" / name).stat().st_mtime_ns for name in DATA}
    # The fingerprint of the whole edition stands in each file.
    assert all(before[name] != after[name] for name in DATA)
    compile_annotations(annotations, tmp_path)
    assert after == {name: (tmp_path / "data" / name).stat().st_mtime_ns for name in DATA}


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda folder: (folder / "addition.jsonl").unlink(), r"addition\.jsonl: no such file"),
        (
            lambda folder: (folder / "addition.jsonl").write_text(""),
            r"addition\.jsonl: holds no addition",
        ),
        (
            lambda folder: change_first(
                folder / "deletion.jsonl", lambda row: row.update(licence=None)
            ),
            "sample s001: licence: expected, got none",
        ),
        (
            lambda folder: change_first(
                folder / "deletion.jsonl", lambda row: row["questions"][0].pop("expected_answer")
            ),
            r"deletion\.jsonl:1: questions\.0\.expected_answer: field required",
        ),
        (
            lambda folder: (folder / "images" / "s004.png").write_bytes(b"not an image"),
            r"s004\.png: is not an image",
        ),
        (
            lambda folder: (folder / "images" / "s004.png").write_bytes(
                (folder / "images" / "s004.png").read_bytes()[:300]
            ),
            r"s004\.png: is a damaged image",
        ),
    ],
)
def test_a_broken_edition_is_refused_and_nothing_is_written(
    break_it: Callable[[Path], object], message: str, annotations: Path, tmp_path: Path
) -> None:
    break_it(annotations)
    with pytest.raises(UserError, match=message):
        compile_annotations(annotations, tmp_path / "package")
    assert not (tmp_path / "package").exists()


def test_a_confirmation_by_a_person_is_compiled_and_makes_no_new_edition(
    annotations: Path, tmp_path: Path
) -> None:
    before = read_annotations(annotations)
    sample = before.by_id["s002"]
    question = sample.questions[1]
    for form, right in (("reference", question.reference_answer), ("edit", "no")):
        key = question_key(before, sample, question, form)
        row = PersonAnswer(
            reviewer="ada",
            kind="human",
            time=now(),
            form=form,
            edition=before.fingerprint,
            sample_id=sample.id,
            question_id=question.id,
            question=question.question,
            seen=key[3],
            answer=right,
        )
        append_answer(annotations / "reviews" / "ada.jsonl", row)
    assert compile_annotations(annotations, tmp_path).fingerprint == before.fingerprint
    edition = read_parquet(tmp_path).edition
    assert edition.fingerprint == before.fingerprint
    confirmed = [
        (sample.id, question.id)
        for sample in edition.samples
        for question in sample.questions
        if question.human_verified
    ]
    assert confirmed == [("s002", "q2")]


def test_a_confirmation_written_into_the_annotations_by_hand_is_refused(annotations: Path) -> None:
    change_first(
        annotations / "modification.jsonl",
        lambda row: row["questions"][1].update(human_verified=True),
    )
    with pytest.raises(UserError, match="s002: human_verified: follows from the reviews"):
        read_annotations(annotations)
