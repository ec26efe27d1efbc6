"""Do a sample's facets and questions fit together? Nothing here changes a score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omiti2v.editions import Edition
from omiti2v.findings import Finding
from omiti2v.samples import Facet, Question, Sample

_NAMED = 4
"""Ids that a complaint names."""


def stray_facets(sample: Sample) -> list[Facet]:
    """The facets whose words are not in the prompt, nor, for `stays`, in `caption_before`."""
    return [
        facet
        for facet in sample.facets or ()
        if facet.text not in sample.prompt
        and not (facet.kind == "stays" and facet.text in (sample.caption_before or ""))
    ]


def untested_facets(sample: Sample) -> list[Facet]:
    """The facets that no question tests."""
    tested = {question.facet for question in sample.questions}
    return [facet for facet in sample.facets or () if facet.id not in tested]


def questions_without_facet(sample: Sample) -> list[Question]:
    """The questions that name no facet, where the sample lists facets."""
    return [question for question in sample.questions if sample.facets and question.facet is None]


def stray_complaint(facet: Facet) -> str:
    """What is wrong with one of `stray_facets`."""
    where = "prompt or caption_before" if facet.kind == "stays" else "prompt"
    return f"{facet.text!r} is not in the {where}"


def facet_findings(edition: Edition) -> Iterator[Finding]:
    """A warning about the edition where only some samples list facets, and one a faulty sample."""
    listing = sum(sample.facets is not None for sample in edition.samples)
    if 0 < listing < len(edition.samples):
        yield Finding(
            level="warning",
            code="mixed-facets",
            subject=f"edition {edition.name}",
            message=f"{listing} of {len(edition.samples)} samples list facets; accuracy by facet "
            "is about these alone",
        )
    for sample in edition.samples:
        if complaints := list(_complaints(sample)):
            yield Finding(
                level="warning", code="facets", subject=sample.id, message="; ".join(complaints)
            )


def _complaints(sample: Sample) -> Iterator[str]:
    if stray := stray_facets(sample):
        more = f" (and {len(stray) - 1} more)" * (len(stray) > 1)
        yield f"facet {stray[0].id}: {stray_complaint(stray[0])}{more}"
    if untested := untested_facets(sample):
        yield f"no question tests {_ids(untested)}"
    if unnamed := questions_without_facet(sample):
        yield f"{_ids(unnamed)} without `facet`"


def _ids(rows: Sequence[Facet | Question]) -> str:
    named = ", ".join(row.id for row in rows[:_NAMED])
    return named + f" and {len(rows) - _NAMED} more" * (len(rows) > _NAMED)
