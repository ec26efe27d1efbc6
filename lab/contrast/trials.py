"""Questions on trial: which question catches which wrong clip, and which catches none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.recipe import CLIP_KINDS, UNTOUCHED, ClipKind
from omiti2v.samples import CATEGORIES, Question, Sample


@dataclass(frozen=True)
class QuestionTrial:
    """What the wrong clips of its sample say of a question.

    Attributes:
        sample: Its sample.
        question: The question.
        catches: Kinds of wrong clips on which its true answer is not the expected one.
        tried: Kinds of wrong clips that break the facet that it tests, those that show nothing at
            all aside: any question that nothing would change is answered rightly on them.
    """

    sample: Sample
    question: Question
    catches: tuple[ClipKind, ...]
    tried: tuple[ClipKind, ...]

    @property
    def separates_nothing(self) -> bool:
        """Whether clips break its facet, and it is answered as on the right one on all clips."""
        return bool(self.tried) and not self.catches


def question_trials(found: ContrastSet) -> Iterator[QuestionTrial]:
    """A row for each question of the set's samples."""
    for sample in found.samples:
        wrong = [clip for clip in found.clips[sample.id] if clip.kind != "right"]
        for question in sample.questions:
            yield QuestionTrial(
                sample=sample,
                question=question,
                catches=tuple(clip.kind for clip in wrong if question.id in clip.caught_by),
                tried=tuple(
                    clip.kind
                    for clip in wrong
                    if question.facet in clip.breaks and clip.kind not in UNTOUCHED
                ),
            )


def count_rows(found: ContrastSet) -> list[list[str]]:
    """Clips by kind and category, and how many of the wrong ones pass."""
    rows = []
    for kind in CLIP_KINDS:
        clips = [clip for own in found.clips.values() for clip in own if clip.kind == kind]
        by_category = Counter(clip.sample.category for clip in clips)
        people = sum(clip.sample.people not in (None, "none") for clip in clips)
        passing = sum(clip.outcome == "success" for clip in clips)
        rows.append(
            [
                kind.replace("_", " "),
                *(str(by_category[category]) for category in CATEGORIES),
                str(people),
                str(len(clips)),
                str(passing),
            ]
        )
    return rows


def facet_rows(found: ContrastSet) -> list[list[str]]:
    """By kind of wrong clip: how often questions of each kind of facet catch it."""
    kinds = [kind for kind in CLIP_KINDS if kind != "right"]
    names = sorted({f.kind for sample in found.samples for f in sample.facets or ()})
    rows = []
    for kind in kinds:
        clips = [clip for own in found.clips.values() for clip in own if clip.kind == kind]
        row = [kind.replace("_", " ")]
        for name in names:
            caught = sum(
                any(
                    facet.kind == name
                    for facet in clip.sample.facets or ()
                    for question in clip.sample.questions
                    if question.facet == facet.id and question.id in clip.caught_by
                )
                for clip in clips
            )
            row.append(f"{caught / len(clips):.0%}" if clips else "-")
        rows.append(row)
    return [["kind", *names], *rows]
