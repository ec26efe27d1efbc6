"""Samples and questions: what the benchmark asks.

A question's role is derived from its two answers and never stored: `edit` where
the right answer on an edited video differs from the answer on the untouched reference image,
`preserve` where they agree.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, get_args

from pydantic import AliasChoices, Field, StringConstraints, field_validator, model_validator

from omiti2v.records import OrAbsent, Record, brief

YesNo = Literal["yes", "no"]
Category = Literal["addition", "deletion", "modification"]
Role = Literal["edit", "preserve"]
Difficulty = Literal["easy", "medium", "hard"]
ImageType = Literal["real", "animation", "generated"]
FacetKind = Literal["identity", "attribute", "place", "direction", "manner", "order", "stays"]
People = Literal["none", "present", "acting"]
Edits = Literal["one", "two", "two_in_order"]

CATEGORIES: tuple[Category, ...] = ("addition", "deletion", "modification")
FACET_KINDS: tuple[FacetKind, ...] = get_args(FacetKind)

# An id becomes a file name: no separators, no leading dot, nothing that a shell or a page could
# misread.
SAMPLE_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"

SampleId = Annotated[str, StringConstraints(pattern=SAMPLE_ID)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]

Take = Annotated[int, Field(ge=0, lt=2**63)]
"""The seed of one of several videos of a sample."""

LoggedTake = OrAbsent[Take]
"""A row's take; None, and left out on disk, where a sample has one video."""


class Facet(Record):
    """One thing that a prompt asks for, or that it leaves alone.

    Attributes:
        id: Unique within its sample.
        kind: identity (what comes, goes or changes), attribute (colour, size, material, number,
            letters), place, direction, manner (the event), order (which of two comes first), or
            stays (what is left alone).
        text: The words of the prompt that say so; for `stays`, of `caption_before` where the prompt
            is silent.
    """

    id: SampleId
    kind: FacetKind
    text: Text


class Question(Record):
    """A yes/no question about a video.

    Attributes:
        id: Unique within its sample.
        question: The text that a judge is asked.
        dimension: What is asked about, as `object_presence` or `count`.
        expected_answer: The answer on a video that did the edit.
        reference_answer: The answer on the unchanged reference image; None where the edition does
            not say (the authors' release), and scores that need it are then not available.
        facet: Id of the facet that the question tests; None where the edition lists no facets.
    """

    id: SampleId
    question: Text
    dimension: Name
    expected_answer: YesNo
    reference_answer: YesNo | None = None
    facet: OrAbsent[SampleId] = None
    human_verified: bool = False

    @property
    def role(self) -> Role | None:
        """`edit`, `preserve`, or None where the reference answer is not known."""
        if self.reference_answer is None:
            return None
        return "preserve" if self.reference_answer == self.expected_answer else "edit"


class Sample(Record):
    """A reference image, the edit a prompt asks for, and the questions that test it.

    Attributes:
        id: Names the video of a submission: `<id>.mp4`.
        image: Path of the reference image inside the edition's folder, with forward slashes.
        prompt: The text given to the video model.
        category: addition, deletion or modification.
        people: Whether people are in the picture or come into it, and whether they are the ones who
            act.
        edits: Whether the prompt asks for one edit, for two at once, or for two in order.
        target_area: Share of the frame that changes, 0 to 1, as the annotator estimates it.
        facets: What the prompt asks for.
        questions: At least one.

    The other fields are None where the edition does not give them.
    """

    id: SampleId
    image: Text
    prompt: Text
    category: Category
    subcategory: Name | None = None
    domain: Name | None = None
    image_type: ImageType | None = None
    people: OrAbsent[People] = None
    edits: OrAbsent[Edits] = None
    target_area: OrAbsent[Annotated[float, Field(gt=0, le=1)]] = None
    difficulty: Difficulty | None = None
    expected_change: Text | None = None
    caption_before: Text | None = None
    caption_after: Text | None = None
    facets: OrAbsent[Annotated[tuple[Facet, ...], Field(min_length=1, max_length=32)]] = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=64)]
    licence: Annotated[Text | None, Field(validation_alias=AliasChoices("licence", "license"))] = (
        None
    )
    attribution: Text | None = None
    source: Text | None = None
    changes: Text | None = None

    @property
    def license(self) -> Text | None:
        """The same as `licence`, which is what the columns of the data set are called."""
        return self.licence

    @field_validator("image")
    @classmethod
    def _image_stays_inside(cls, value: str) -> str:
        parts = value.split("/")
        if value.startswith("/") or "\\" in value or "\0" in value or ".." in parts:
            raise ValueError("expected a relative path inside the edition's folder")
        return value

    @model_validator(mode="after")
    def _ids_are_unique_and_known(self) -> Sample:
        facets = [facet.id for facet in self.facets or ()]
        for what, ids in (("question", [q.id for q in self.questions]), ("facet", facets)):
            repeated = [name for name, count in Counter(ids).items() if count > 1]
            if repeated:
                raise ValueError(f"{what} id {brief(repeated[0])} is used more than once")
        for question in self.questions:
            if question.facet is not None and question.facet not in facets:
                raise ValueError(
                    f"question {question.id} tests facet {brief(question.facet)}, which the sample "
                    "does not list"
                )
        return self
