"""The guidelines define what the rules enforce, and their examples keep the rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from lab.annotation_linter.questions import FORBIDDEN, says_when
from lab.annotation_linter.sample_rules import PROMPT_WORDS
from lab.annotation_linter.taxonomy import (
    DIMENSION_NAMES,
    DOMAINS,
    SAMPLES_PER_CATEGORY,
    SUBCATEGORY_NAMES,
)
from omiti2v.samples import Difficulty

GUIDELINES = (Path(__file__).parents[3] / "annotations/README.md").read_text(encoding="utf-8")


def examples_under(heading: str) -> dict[str, str]:
    """The last cell of each row of the table under a heading, by the name in the first."""
    section = re.split(r"^#+ ", GUIDELINES.split(f"# {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", section, re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize("category", SUBCATEGORY_NAMES)
def test_the_subcategories_are_those_of_the_guidelines(category: str) -> None:
    examples = examples_under(category.capitalize())
    assert examples.keys() == SUBCATEGORY_NAMES[category]  # type: ignore[index]
    lengths = [len(example.split()) for example in examples.values()]
    assert PROMPT_WORDS[0] <= min(lengths) <= max(lengths) <= PROMPT_WORDS[1]


def test_the_dimensions_are_those_of_the_guidelines_and_their_examples_say_when() -> None:
    examples = examples_under("Dimensions")
    assert examples.keys() == DIMENSION_NAMES
    assert [example for example in examples.values() if not says_when(example)] == []


def test_difficulties_and_domains_are_in_the_guidelines() -> None:
    section = GUIDELINES.split("## Difficulty\n", 1)[1]
    assert [name for name in get_args(Difficulty) if f"`{name}`" not in section] == []
    rows = [f"| {name} | `{key}` |" for key, name in DOMAINS.items()]
    assert [row for row in rows if row not in GUIDELINES] == []


def test_the_published_counts_add_up() -> None:
    assert sum(SAMPLES_PER_CATEGORY.values()) == 367


def test_words_that_the_guidelines_forbid_are_forbidden() -> None:
    named = ["still", "unchanged", "no longer", "another", "any other", "suddenly"]
    assert [word for word in named if word not in FORBIDDEN] == []
