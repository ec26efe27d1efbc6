"""A sample that keeps every rule, to be broken in one place at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omiti2v.samples import Sample

Build = Callable[..., Sample]

QUESTIONS = [
    ("Does the young camel trot out of view?", "action_correctness", "yes", "no", "f2"),
    ("Does the large camel leave through the right edge?", "action_correctness", "no", "no", "f3"),
    (
        "At the end of the video, is there a camel in the left third?",
        "object_presence",
        "no",
        "yes",
        "f1",
    ),
    (
        "Is there a camel in the right half at the end of the video?",
        "subject_preservation",
        "yes",
        "yes",
        "f4",
    ),
    (
        "Is the plain dry at the end of the video?",
        "background_preservation",
        "yes",
        "yes",
        "f5",
    ),
]
FACETS = [
    ("f1", "identity", "young camel"),
    ("f2", "manner", "turns around and trots"),
    ("f3", "direction", "out of the frame at the left"),
    ("f4", "stays", "A large camel"),
    ("f5", "stays", "dry plain"),
]


@pytest.fixture(scope="session")
def build() -> Build:
    """Builds a faultless deletion, with fields and single questions replaced."""

    def sample(questions: dict[int, dict[str, Any]] | None = None, **fields: Any) -> Sample:
        rows = [
            {
                "id": f"q{number}",
                "question": text,
                "dimension": dimension,
                "expected_answer": expected,
                "reference_answer": reference,
                "facet": facet,
                **(questions or {}).get(number, {}),
            }
            for number, (text, dimension, expected, reference, facet) in enumerate(
                QUESTIONS, start=1
            )
        ]
        row = {
            "id": "deletion-001",
            "image": "images/camels.jpg",
            "prompt": "The young camel turns around and trots out of the frame at the left",
            "category": "deletion",
            "subcategory": "animal",
            "domain": "Living Beings",
            "image_type": "real",
            "people": "none",
            "edits": "one",
            "target_area": 0.1,
            "difficulty": "easy",
            "expected_change": "The smaller of the two camels is gone",
            "caption_before": "A large camel and a young camel on a dry plain",
            "caption_after": "A large camel alone on a dry plain",
            "facets": tuple(
                {"id": name, "kind": kind, "text": text} for name, kind, text in FACETS
            ),
            "questions": tuple(rows),
            "licence": "CC0-1.0",
            "attribution": "Somebody",
            "source": "package 1.0: path/camels.jpg",
            "changes": "resized",
            **fields,
        }
        return Sample.model_validate(row)

    return sample
