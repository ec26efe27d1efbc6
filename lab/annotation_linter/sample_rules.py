"""Rules that one sample keeps, as far as a program can tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lab.annotation_linter.difficulty import difficulty
from lab.annotation_linter.facet_rules import facet_problems
from lab.annotation_linter.problems import Problem, length_problems
from lab.annotation_linter.questions import question_problems
from lab.annotation_linter.taxonomy import DOMAIN_NAMES, SUBCATEGORY_NAMES
from omiti2v.samples import Question, Sample

PROMPT_WORDS = (8, 40)
CAPTION_WORDS = (5, 45)
QUESTIONS = (4, 8)
REQUIRED = (
    "subcategory",
    "people",
    "edits",
    "target_area",
    "expected_change",
    "caption_before",
    "caption_after",
    "facets",
)
DERIVED = ("domain", "image_type", "difficulty", "licence", "attribution", "source", "changes")
"""What follows from the image's manifest or from the rest of the sample."""

# A prompt goes to a video model, which knows nothing of an image that a person looks at.
_FORBIDDEN_IN_PROMPT = re.compile(
    r"\b(?:images?|pictures?|photos?|photographs?|videos?|clips?|please|edit)\b", re.IGNORECASE
)


def sample_problems(sample: Sample) -> Iterator[Problem]:
    """The problems of one sample and its questions."""
    if not re.fullmatch(rf"{sample.category}-\d{{3}}", sample.id):
        yield Problem(sample.id, "id", f"expected {sample.category}-<three digits>")
    for field in REQUIRED:
        value = getattr(sample, field)
        if value is None:
            yield Problem(f"{sample.id}.{field}", "missing field", "expected a value, got none")
        elif isinstance(value, str) and value != " ".join(value.split()):
            yield Problem(f"{sample.id}.{field}", "spaces", "expected one line, single spaces")
    yield from _list_problems(sample)
    yield from _prompt_problems(sample)
    yield from _caption_problems(sample)
    yield from _question_set_problems(sample)
    yield from facet_problems(sample)
    for question in sample.questions:
        yield from question_problems(sample, question)


def derived_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Fields that follow from others, missing or not what follows."""
    for sample in samples:
        for field in DERIVED:
            if getattr(sample, field) is None:
                yield Problem(f"{sample.id}.{field}", "missing field", "expected a value, got none")
        expected = difficulty(sample)
        if sample.difficulty != expected:
            yield Problem(f"{sample.id}.difficulty", "difficulty", f"expected {expected}")


def _list_problems(sample: Sample) -> Iterator[Problem]:
    names = SUBCATEGORY_NAMES[sample.category]
    if sample.subcategory is not None and sample.subcategory not in names:
        yield Problem(
            f"{sample.id}.subcategory",
            "subcategory",
            f"{sample.subcategory!r} is no subcategory of {sample.category}",
        )
    if sample.domain is not None and sample.domain not in DOMAIN_NAMES:
        yield Problem(f"{sample.id}.domain", "domain", f"{sample.domain!r} is not in the list")


def _prompt_problems(sample: Sample) -> Iterator[Problem]:
    place = f"{sample.id}.prompt"
    words = len(sample.prompt.split())
    yield from length_problems(place, "prompt length", words, PROMPT_WORDS)
    if sample.prompt != " ".join(sample.prompt.split()):
        yield Problem(place, "spaces", "expected one line, single spaces")
    if found := _FORBIDDEN_IN_PROMPT.search(sample.prompt):
        yield Problem(place, "forbidden wording", f"{found.group()!r}: say what happens")


def _caption_problems(sample: Sample) -> Iterator[Problem]:
    for field in ("caption_before", "caption_after"):
        caption = getattr(sample, field)
        if caption is not None:
            words = len(caption.split())
            yield from length_problems(
                f"{sample.id}.{field}", "caption length", words, CAPTION_WORDS
            )
    before, after = sample.caption_before, sample.caption_after
    if before is not None and after is not None and before.casefold() == after.casefold():
        yield Problem(f"{sample.id}.caption_after", "captions", "equals caption_before")


def _question_set_problems(sample: Sample) -> Iterator[Problem]:
    place = f"{sample.id}.questions"
    questions = sample.questions
    yield from length_problems(place, "question count", len(questions), QUESTIONS, unit="")
    expected_ids = [f"q{number}" for number in range(1, len(questions) + 1)]
    if [question.id for question in questions] != expected_ids:
        yield Problem(place, "question ids", f"expected {', '.join(expected_ids)} in this order")
    for role, answer in (("edit", "yes"), ("edit", "no"), ("preserve", "yes")):
        if not any(_is(question, role, answer) for question in questions):
            yield Problem(place, "roles", f"no {role} question expects {answer}")
    counts = Counter(question.question.casefold() for question in questions)
    for text, count in counts.items():
        if count > 1:
            yield Problem(place, "repeated question", f"{text!r} is asked {count} times")
    if sample.subcategory == "text" and not any(
        question.dimension == "text" and question.role == "edit" for question in questions
    ):
        yield Problem(place, "text", "an edit of text needs an edit question of dimension text")


def _is(question: Question, role: str, answer: str) -> bool:
    return question.role == role and question.expected_answer == answer
