"""Cards as HTML, every value in them escaped by the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.site.prepared.entry import EntryCard
from omiti2v.html_templates import page_environment
from omiti2v.samples import Sample

_TEMPLATES = page_environment("leaderboard.site")


@dataclass(frozen=True)
class SampleCard:
    """A sample in a list.

    Attributes:
        sample: The sample.
        picture: A `data:` URI; None where the image is not at hand.
        solved: How many entries got it right; empty where there is none.
    """

    sample: Sample
    picture: str | None
    solved: str


def entry_markup(card: EntryCard) -> str:
    """The facts of an entry."""
    return _TEMPLATES.get_template("entry.html").render(card=card)


def samples_markup(cards: Sequence[SampleCard]) -> str:
    """Samples side by side."""
    return _TEMPLATES.get_template("samples.html").render(cards=cards)


def sample_markup(sample: Sample, picture: str | None) -> str:
    """One sample in full."""
    facts = (
        ("Id", sample.id),
        ("Category", sample.category),
        ("Subcategory", sample.subcategory),
        ("Domain", sample.domain),
        ("Image type", sample.image_type),
        ("Difficulty", sample.difficulty),
        ("Expected change", sample.expected_change),
        ("Before", sample.caption_before),
        ("After", sample.caption_after),
        ("Licence of the image", sample.licence),
        ("Author", sample.attribution),
        ("Source", sample.source),
        ("Changes to the image", sample.changes),
    )
    return _TEMPLATES.get_template("sample.html").render(
        sample=sample, picture=picture, facts=facts
    )
