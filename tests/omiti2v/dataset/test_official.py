"""The authors' layout: written, read back, and refused whole where it is broken."""

from __future__ import annotations

import json
from pathlib import Path

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.official_import import import_release
from omiti2v.samples import Sample


def authors_fields(sample: Sample) -> dict[str, object]:
    row = sample.model_dump(
        include={
            "id",
            "prompt",
            "category",
            "subcategory",
            "domain",
            "expected_change",
        }
    )
    row["questions"] = [
        (question.id, question.question, question.dimension, question.expected_answer)
        for question in sample.questions
    ]
    return row


def test_meta_json_has_the_authors_keys_and_places(release: Path, annotations: Path) -> None:
    rows = json.loads((release / "meta.json").read_text())
    assert rows[1] == {
        "id": "s001",
        "image-path": "deletion/time_of_day/nature-environment/s001.png",
        "prompt": "Change number 1 happens",
        "main-category": "deletion",
        "sub-category": "time_of_day",
        "domain": "Nature & Environment",
        "expected-change": "Change 1 is seen",
        "resolution": [64, 48],
        "questions": rows[1]["questions"],
    }
    assert rows[1]["questions"][0] == {
        "id": "q1",
        "question": "Question 1 about s001?",
        "expected_answer": "yes",
        "category": "object_presence",
    }
    image = (release / rows[1]["image-path"]).read_bytes()
    assert image == (annotations / "images" / "s001.png").read_bytes()


def test_export_then_import_is_equal_in_the_authors_fields_and_unknown_in_the_others(
    release: Path, annotations: Path, tmp_path: Path
) -> None:
    source = read_annotations(annotations)
    imported = import_release(str(release), tmp_path / "official")
    assert imported.notes == ()
    edition = imported.edition
    assert edition.name == "official"
    assert list(map(authors_fields, edition.samples)) == list(map(authors_fields, source.samples))
    assert edition.image_sha256 == source.image_sha256
    for sample in edition.samples:
        assert sample.licence is sample.image_type is sample.difficulty is None
        assert {question.reference_answer for question in sample.questions} == {None}
        assert {question.role for question in sample.questions} == {None}
