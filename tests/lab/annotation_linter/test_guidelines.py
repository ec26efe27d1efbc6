"""The guidelines say what the rules enforce, and their examples keep the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.annotation_linter.questions import FORBIDDEN, says_when
from lab.annotation_linter.sample_rules import PROMPT_WORDS
from lab.annotation_linter.taxonomy import (
    DIFFICULTIES,
    DIMENSIONS,
    DOMAINS,
    SAMPLES_PER_CATEGORY,
    SUBCATEGORIES,
    Term,
)

GUIDELINES = (Path(__file__).parents[3] / "annotations/README.md").read_text(encoding="utf-8")
TERMS = [term for terms in SUBCATEGORIES.values() for term in terms]


@pytest.mark.parametrize("term", [*TERMS, *DIMENSIONS], ids=lambda term: term.name)
def test_every_term_is_defined_in_the_guidelines(term: Term) -> None:
    assert f"| `{term.name}` | {term.definition} | {term.example} |" in GUIDELINES


def test_difficulties_and_domains_are_in_the_guidelines() -> None:
    rows = [f"| `{name}` | {definition} |" for name, definition in DIFFICULTIES.items()]
    rows += [f"| {name} | `{key}` |" for key, name in DOMAINS.items()]
    assert [row for row in rows if row not in GUIDELINES] == []


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_example_prompts_have_the_length_of_a_prompt(term: Term) -> None:
    assert PROMPT_WORDS[0] <= len(term.example.split()) <= PROMPT_WORDS[1]


@pytest.mark.parametrize("term", DIMENSIONS, ids=lambda term: term.name)
def test_example_questions_say_when(term: Term) -> None:
    assert says_when(term.example)


def test_the_published_counts_add_up() -> None:
    assert sum(SAMPLES_PER_CATEGORY.values()) == 367


def test_words_that_the_guidelines_forbid_are_forbidden() -> None:
    named = ["still", "unchanged", "no longer", "another", "any other", "suddenly"]
    assert [word for word in named if word not in FORBIDDEN] == []
