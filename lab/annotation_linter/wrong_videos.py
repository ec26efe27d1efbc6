"""Videos that are wrong in one way, as the answers they get if the judge makes no mistake.

Every question that a wrong video fails is taken to be failed and every other one to be answered as
on a right video, so that what passes here passes whatever the pixels are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from omiti2v.responses import Answer
from omiti2v.samples import FacetKind, Question, Sample

WRONG_IN_TURN: tuple[FacetKind, ...] = ("attribute", "place", "direction")


def wrong_videos(sample: Sample) -> Iterator[tuple[str, dict[str, Answer]]]:
    """Each kind of wrong video that the sample can have, with its answers by question id."""
    yield "still", {q.id: q.reference_answer or "unknown" for q in sample.questions}
    yield "blank, or always no", {q.id: "no" for q in sample.questions}
    yield "always yes", {q.id: "yes" for q in sample.questions}
    yield "a cut to the right end", _with_no(sample, lambda q: q.dimension == "action_correctness")
    yield (
        "the subject replaced",
        _with_no(sample, lambda q: q.dimension == "subject_preservation"),
    )
    for facet in sample.facets or ():
        if facet.kind in WRONG_IN_TURN:
            yield (
                f"{facet.kind} {facet.id} wrong",
                {
                    q.id: opposite(q.expected_answer) if q.facet == facet.id else q.expected_answer
                    for q in sample.questions
                },
            )


def opposite(answer: Answer) -> Answer:
    """The other of yes and no."""
    return "no" if answer == "yes" else "yes"


def _with_no(sample: Sample, lost: Callable[[Question], bool]) -> dict[str, Answer]:
    return {q.id: "no" if lost(q) else q.expected_answer for q in sample.questions}
