"""The layout of the authors' release: `meta.json`, and images beside it.

Known from the public description of `AIPeanutman/OmitI2V`: hyphenated keys, images under
`<main-category>/<sub-category>/<domain>/<id>.jpg`.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from omiti2v.records import Record
from omiti2v.samples import Category, Name, Question, Sample, SampleId, Text, YesNo

META = "meta.json"
NAME = "official"


def _spell_number(value: object) -> object:
    return str(value) if type(value) is int else value


# The description does not say whether questions are numbered or named; a number becomes its digits.
QuestionId = Annotated[SampleId, BeforeValidator(_spell_number)]
Pixels = Annotated[int, Field(ge=1, le=1 << 20)]


class OfficialQuestion(Record):
    """A question of `meta.json`; its `category` is what we call dimension."""

    model_config = ConfigDict(extra="ignore")

    id: QuestionId
    question: Text
    expected_answer: YesNo
    category: Name

    def to_question(self) -> Question:
        """The question as ours; what the release does not say is None."""
        return Question(
            id=self.id,
            question=self.question,
            dimension=self.category,
            expected_answer=self.expected_answer,
        )


class OfficialSample(Record):
    """An object of `meta.json`."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    id: SampleId
    image_path: Annotated[Text, StringConstraints(max_length=500), Field(alias="image-path")]
    prompt: Text
    main_category: Annotated[Category, Field(alias="main-category")]
    sub_category: Annotated[Name | None, Field(alias="sub-category")] = None
    domain: Name | None = None
    expected_change: Annotated[Text | None, Field(alias="expected-change")] = None
    resolution: tuple[Pixels, Pixels] | None = None
    questions: Annotated[tuple[OfficialQuestion, ...], Field(min_length=1, max_length=64)]

    def to_sample(self, image: str) -> Sample:
        """The sample as ours, with `image` as the place of its image."""
        return Sample(
            id=self.id,
            image=image,
            prompt=self.prompt,
            category=self.main_category,
            subcategory=self.sub_category,
            domain=self.domain,
            expected_change=self.expected_change,
            questions=tuple(question.to_question() for question in self.questions),
        )


def official_sample(sample: Sample, *, ending: str, resolution: tuple[int, int]) -> OfficialSample:
    """A sample in the authors' form; fields that they do not have are left out.

    Args:
        sample: Ours.
        ending: Of the image file, as "jpg".
        resolution: Width and height of the image in pixels.
    """
    folders = (sample.category, sample.subcategory or "none", sample.domain or "none")
    folder = "/".join(_folder_name(name) for name in folders)
    return OfficialSample(
        id=sample.id,
        image_path=f"{folder}/{sample.id}.{ending}",
        prompt=sample.prompt,
        main_category=sample.category,
        sub_category=sample.subcategory,
        domain=sample.domain,
        expected_change=sample.expected_change,
        resolution=resolution,
        questions=tuple(
            OfficialQuestion(
                id=question.id,
                question=question.question,
                expected_answer=question.expected_answer,
                category=question.dimension,
            )
            for question in sample.questions
        ),
    )


def _folder_name(name: str) -> str:
    """As "nature-environment" for "Nature & Environment"; a plain lower-case name stays."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-") or "none"
