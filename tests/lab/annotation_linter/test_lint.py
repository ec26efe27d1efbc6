"""The annotations that are in the repository keep every rule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lab.annotation_linter.lint import lint_edition
from omiti2v.editions import load_edition_folder
from omiti2v.reviews.rounds import rounds_folder

ANNOTATIONS = Path(__file__).parents[3] / "annotations"


def test_the_linter_finds_nothing() -> None:
    problems = lint_edition(ANNOTATIONS)
    assert [str(problem) for problem in problems] == []


def test_the_folder_loads_as_an_edition() -> None:
    assert len(load_edition_folder(ANNOTATIONS).samples) == 367


def test_the_review_numbers_follow_from_the_raw_answers() -> None:
    """The command also fails where an answer is missing or too few agree after the last round."""
    computed = subprocess.run(
        [sys.executable, "-m", "lab.annotation_linter.agreement", str(ANNOTATIONS)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    written = (rounds_folder(ANNOTATIONS) / "agreement.md").read_text()
    assert written.endswith(computed)


def test_the_dataset_card_has_the_numbers_of_these_samples() -> None:
    card = (ANNOTATIONS.parent / "omiti2v" / "README.md").read_text()
    assert load_edition_folder(ANNOTATIONS).fingerprint in card
