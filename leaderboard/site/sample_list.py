"""Samples: which a reader wants, who got them right, and how they look."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from leaderboard.entries import Entry
from omiti2v.dataset.image_files import thumbnail
from omiti2v.editions import MAX_IMAGE_BYTES, Edition
from omiti2v.errors import UserError
from omiti2v.html_templates import page_environment
from omiti2v.ordinary_file import read_file
from omiti2v.outcomes import OUTCOMES
from omiti2v.samples import Sample

Order = Literal["id", "hardest", "easiest"]

OUTCOME_OF = {name[0]: name for name in OUTCOMES}
NOT_SAID = "not said"

_TEMPLATES = page_environment("leaderboard.site")


FIELDS = {
    "category": "Category",
    "subcategory": "Subcategory",
    "domain": "Domain",
    "image_type": "Image type",
    "difficulty": "Difficulty",
}
"""What samples are filtered by, with the titles of the fields."""


@dataclass(frozen=True)
class SampleFilter:
    """Which samples a reader wants; an empty field asks for nothing.

    Attributes:
        words: All must occur in the id, the prompt or a question.
        fields: By name, see `FIELDS`: any of the values, as `values_of` gives them.
    """

    words: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def takes(self, sample: Sample) -> bool:
        """Whether the reader wants a sample."""
        text = " ".join((sample.id, sample.prompt, *(row.question for row in sample.questions)))
        return all(word in text.casefold() for word in self.words.casefold().split()) and all(
            not wanted or (getattr(sample, name) or NOT_SAID) in wanted
            for name, wanted in self.fields.items()
        )


def values_of(edition: Edition, name: str) -> list[str]:
    """The values that an edition's samples have in a field, in order."""
    return sorted({getattr(sample, name) or NOT_SAID for sample in edition.samples})


@dataclass(frozen=True)
class Result:
    """What an entry made of a sample.

    Attributes:
        entry: Its id.
        outcome: In words; None where the edition has no reference answers.
        right: Number of questions answered as expected, the mean over the sample's videos.
        asked: Number of questions.
        solved: Share of the videos of which every question was answered as expected.
    """

    entry: str
    outcome: str | None
    right: float
    asked: int
    solved: float


def results_by_sample(edition: Edition, entries: Sequence[Entry]) -> dict[str, tuple[Result, ...]]:
    """What the judged entries of a table made of each sample; reference lines are left out."""
    rows = [
        (
            entry,
            entry.marks.by_sample(entry.marks.outcomes) if entry.marks.outcomes else None,
            entry.marks.by_sample(entry.marks.right),
        )
        for entry in entries
        if entry.run and entry.marks and entry.marks.right
    ]
    table: dict[str, tuple[Result, ...]] = {}
    for index, sample in enumerate(edition.samples):
        table[sample.id] = tuple(
            _result(entry.id, sample, outcomes[index] if outcomes else "", right[index])
            for entry, outcomes, right in rows
        )
    return table


def _result(entry_id: str, sample: Sample, outcomes: Sequence[str], right: Sequence[int]) -> Result:
    asked = len(sample.questions)
    counts = Counter(OUTCOME_OF[letter] for letter in outcomes)
    outcome = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return Result(
        entry=entry_id,
        outcome=(outcome if len(right) > 1 else next(iter(counts))) if counts else None,
        right=sum(right) / len(right),
        asked=asked,
        solved=sum(count == asked for count in right) / len(right),
    )


def order_samples(
    samples: Sequence[Sample], results: dict[str, tuple[Result, ...]], order: Order
) -> list[Sample]:
    """Samples by id, or by how many entries got them right, then by the share of right answers."""
    if order == "id":
        return sorted(samples, key=lambda sample: sample.id)

    def ease(sample: Sample) -> tuple[float, float]:
        rows = results.get(sample.id, ())
        shares = [(row.solved, row.right / row.asked) for row in rows] or [(0.0, 0.0)]
        solved, right = (sum(column) / len(shares) for column in zip(*shares, strict=True))
        return solved, right

    sign = 1 if order == "hardest" else -1
    return sorted(samples, key=lambda s: (sign * ease(s)[0], sign * ease(s)[1], s.id))


def solved_text(rows: Sequence[Result]) -> str:
    """How many entries got a sample right, in words; empty where there is no entry."""
    if not rows:
        return ""
    count = sum(row.solved for row in rows)
    return f"{count:.3g} of {len(rows)} {'entry' if len(rows) == 1 else 'entries'} all right"


def thumbnail_uri(edition: Edition, sample: Sample, *, width: int) -> str | None:
    """A sample's reference image, small, as a `data:` URI; None where it is not at hand."""
    if edition.root is None:
        return None
    try:
        content = read_file(edition.image_path(sample), limit=MAX_IMAGE_BYTES)
        small = thumbnail(content, width=width, height=width)
    except UserError:
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(small).decode('ascii')}"


@dataclass(frozen=True)
class SampleTile:
    """A sample in a list.

    Attributes:
        sample: The sample.
        picture: A `data:` URI; None where the image is not at hand.
        solved: How many entries got it right; empty where there is none.
    """

    sample: Sample
    picture: str | None
    solved: str


def samples_markup(cards: Sequence[SampleTile]) -> str:
    """Samples side by side."""
    return _TEMPLATES.get_template("samples.html").render(cards=cards)


def sample_markup(sample: Sample, picture: str | None) -> str:
    """One sample in full."""
    facts = (
        ("Id", sample.id),
        *((title, getattr(sample, name)) for name, title in FIELDS.items()),
        ("Expected change", sample.expected_change),
        ("Before", sample.caption_before),
        ("After", sample.caption_after),
        ("License of the image", sample.license),
        ("Author", sample.attribution),
        ("Source", sample.source),
        ("Changes to the image", sample.changes),
    )
    return _TEMPLATES.get_template("sample.html").render(
        sample=sample, picture=picture, facts=facts
    )
