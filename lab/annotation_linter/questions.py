"""Rules that one question keeps, as far as a program can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.annotation_linter.problems import Problem, length_problems
from lab.annotation_linter.taxonomy import DIMENSION_NAMES, PRESERVING_DIMENSIONS
from omiti2v.samples import Question, Sample

QUESTION_WORDS = (5, 25)
OPENINGS = ("Is", "Are", "Does", "Do", "Can", "Has", "Have")
TIME_PHRASES = (
    "at the end",
    "by the end",
    "at any time",
    "at any moment",
    "during the video",
    "at some point",
    "in the last moment",
    "from start to end",
    "throughout the video",
)

# A question about an event ("Does the hen walk out?") speaks of the whole video; all others must
# say when.
EVENT_OPENINGS = ("Does", "Do")

FORBIDDEN = (
    # They point at something the judge of a video has not got.
    *(r"the image", r"the photo(?:graph)?", r"the prompt", r"the reference", r"the original"),
    # They say what the answer is: see "Words must not give the answer away" in the guidelines.
    *(r"still", r"remains?", r"remained", r"unchanged", r"no longer", r"the same", r"as before"),
    *(r"another", r"any other", r"anything", r"something else", r"suddenly", r"unexpectedly"),
    # Negations: a judge's no to a negated question can be read both ways.
    *(r"not", r"never", r"no", r"none", r"nothing", r"without", r"\w+n't"),
)
_FORBIDDEN = re.compile(rf"\b(?:{'|'.join(FORBIDDEN)})\b", re.IGNORECASE)

_SECOND_FACT = re.compile(
    r",\s*(?:and|but|or|while|then)\b"
    r"|\b(?:while|but|or|then|as well as)\b"
    r"|\band\s+(?:is|are|does|do|has|have|can|was|were|then|it|its|they|the|an?|at|there)\b",
    re.IGNORECASE,
)


# What is at the border of the frame at the end hangs on how a model crops its image.
_BORDER = re.compile(
    r"\b(?:edge|corner)s?(?: of the (?:frame|picture|video))?(?= at the end|\?|,)",
    re.IGNORECASE,
)


def question_problems(sample: Sample, question: Question) -> Iterator[Problem]:
    """The problems of one question, apart from its sample's others."""
    place = f"{sample.id}.{question.id}"
    text = question.question
    words = text.split()
    yield from length_problems(place, "question length", len(words), QUESTION_WORDS)
    if not text.endswith("?") or text.count("?") != 1 or text != " ".join(words):
        yield Problem(place, "question form", "expected one line that ends with its only '?'")
    if first_word(text) not in OPENINGS:
        yield Problem(
            place,
            "question opening",
            f"expected one of {', '.join(OPENINGS)}, got {first_word(text)!r}",
        )
    if not says_when(text):
        yield Problem(
            place,
            "no time",
            "a question about a state says when, as 'at the end of the video' or 'at any time'",
        )
    if found := _FORBIDDEN.search(text):
        yield Problem(place, "forbidden wording", f"{found.group()!r}: ask in other words")
    if found := _SECOND_FACT.search(text):
        yield Problem(place, "two facts", f"{found.group()!r}: ask one fact a question")
    is_event = question.dimension == "action_correctness"
    if not is_event and (found := _BORDER.search(text)):
        yield Problem(
            place,
            "border",
            f"{found.group()!r}: a crop may take it away; say where inside the frame",
        )
    if question.dimension not in DIMENSION_NAMES:
        yield Problem(place, "dimension", f"{question.dimension!r} is not in the list")
    if question.reference_answer is None:
        yield Problem(place, "reference_answer", "expected yes or no, got none")
    if question.dimension in PRESERVING_DIMENSIONS and question.role == "edit":
        yield Problem(place, "dimension", f"{question.dimension} is for preserve questions only")
    if is_event and question.reference_answer == "yes":
        yield Problem(
            place, "reference_answer", "a still picture shows no event; expected no, got yes"
        )


def says_when(text: str) -> bool:
    """Whether a question names a time, or asks about an event and need not."""
    return first_word(text) in EVENT_OPENINGS or any(
        phrase in text.lower() for phrase in TIME_PHRASES
    )


def first_word(text: str) -> str:
    """The first word of a question, or the first after a leading "At the end of the video,"."""
    words = re.sub(r"^(?:At|By|During)\b[^,]*,\s*", "", text).split(maxsplit=1)
    return words[0].capitalize() if words else ""
