"""Rules about facets: all that a prompt asks for is listed, and every item of the list is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.annotation_linter.problems import Problem
from omiti2v.facet_checks import (
    questions_without_facet,
    stray_complaint,
    stray_facets,
    untested_facets,
)
from omiti2v.samples import FacetKind, Question, Sample

EVENT_KINDS: frozenset[FacetKind] = frozenset({"manner", "direction"})

# Words that say what a right video looks like, wherever they stand; each belongs to some facet.
_TELLING = re.compile(
    r"\b(?:red|orange|yellow|green|blue|purple|violet|pink|brown|black|white|gr[ae]y|golden?|silver"
    r"|turquoise|crimson|scarlet|striped|spotted|wooden|left|right|behind|beside|above|below|under"
    r"|two|three|four|five|six|half|twice|double|edge|top|bottom)\b",
    re.IGNORECASE,
)


def facet_problems(sample: Sample) -> Iterator[Problem]:
    """The problems of a sample's facets and of how its questions test them."""
    if sample.facets is None:
        return
    place = f"{sample.id}.facets"
    yield from _span_problems(sample)
    for facet in untested_facets(sample):
        yield Problem(
            f"{place}.{facet.id}", "facet", f"no question tests {facet.kind} {facet.text!r}"
        )
    for question in questions_without_facet(sample):
        yield Problem(f"{sample.id}.{question.id}", "facet", "names no facet that it tests")
    kinds = {facet.kind for facet in sample.facets}
    if kinds & EVENT_KINDS and not any(map(asks_for_event, sample.questions)):
        yield Problem(
            place, "event", "a manner or direction, and no edit question asks to see the event"
        )
    if (sample.edits == "two_in_order") != ("order" in kinds):
        yield Problem(place, "order", "a facet of kind order goes with edits two_in_order")
    facts = {question.facet for question in sample.questions if question.role == "edit"}
    if len(facts) < 2:
        yield Problem(place, "facts", "the edit questions test one facet; expected two or more")


def asks_for_event(question: Question) -> bool:
    """Whether a cut to the right end state fails it."""
    return (
        question.dimension == "action_correctness"
        and question.role == "edit"
        and question.expected_answer == "yes"
    )


def preserve_yes(sample: Sample) -> list[Question]:
    """The questions that a video fails which loses what should have stayed."""
    return [
        question
        for question in sample.questions
        if question.role == "preserve" and question.expected_answer == "yes"
    ]


def keeps_its_subject(sample: Sample) -> bool:
    """Whether two preserve questions expect yes, one of them about what stands in front."""
    found = preserve_yes(sample)
    return len(found) >= 2 and any(q.dimension == "subject_preservation" for q in found)


def _span_problems(sample: Sample) -> Iterator[Problem]:
    for facet in stray_facets(sample):
        yield Problem(f"{sample.id}.facets.{facet.id}", "span", stray_complaint(facet))
    covered: set[int] = set()
    for facet in sample.facets or ():
        for found in re.finditer(re.escape(facet.text), sample.prompt):
            covered.update(range(*found.span()))
    for found in _TELLING.finditer(sample.prompt):
        if not covered.issuperset(range(*found.span())):
            yield Problem(
                f"{sample.id}.facets",
                "uncovered",
                f"{found.group()!r} of the prompt is in no facet",
            )
