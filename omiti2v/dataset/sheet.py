"""A contact sheet: every sample of an edition on one self-contained page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

from omiti2v.dataset.image_files import thumbnail
from omiti2v.editions import MAX_IMAGE_BYTES, Edition
from omiti2v.errors import UserError
from omiti2v.html_templates import page_environment
from omiti2v.ordinary_file import read_file
from omiti2v.records import write_atomically
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.score_ratios import question_groups

_WIDTH, _HEIGHT = 400, 400


@dataclass(frozen=True)
class SampleCard:
    """A sample with its picture.

    Attributes:
        number: From 1, in the order of the page.
        sample: The sample.
        picture: A small JPEG as a `data:` URI.
        width, height: Of the picture, in pixels.
        kinds: The kind of facet that each question tests, by question id.
    """

    number: int
    sample: Sample
    picture: str
    width: int
    height: int
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Section:
    """The samples of one category and subcategory, as `anchor` on the page."""

    category: str
    subcategory: str
    anchor: str
    cards: tuple[SampleCard, ...]


def write_sheet(
    edition: Edition, path: Path, *, progress: Callable[[], None] = lambda: None
) -> None:
    """Write the contact sheet of an edition as one HTML file.

    Args:
        edition: With its images at hand.
        path: The file; one already there is replaced.
        progress: Called once for each sample.

    Raises:
        UserError: An image is broken, or the file can't be written.
    """
    sections = tuple(_sections(edition, progress))
    page = (
        page_environment("omiti2v.dataset")
        .get_template("sheet.html")
        .render(edition=edition, sections=sections)
    )
    write_atomically(path, page)


def _sections(edition: Edition, progress: Callable[[], None]) -> Iterator[Section]:
    number = 0
    for category in CATEGORIES:
        members = [sample for sample in edition.samples if sample.category == category]
        names = sorted({sample.subcategory or "" for sample in members})
        for index, name in enumerate(names):
            cards = []
            for sample in members:
                if (sample.subcategory or "") == name:
                    number += 1
                    cards.append(_card(edition, sample, number))
                    progress()
            yield Section(category, name, f"{category}-{index + 1}", tuple(cards))


def _card(edition: Edition, sample: Sample, number: int) -> SampleCard:
    path = edition.image_path(sample)
    try:
        content = read_file(path, limit=MAX_IMAGE_BYTES)
        small = thumbnail(content, width=_WIDTH, height=_HEIGHT)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    with PIL.Image.open(io.BytesIO(small)) as image:
        width, height = image.size
    uri = f"data:image/jpeg;base64,{base64.b64encode(small).decode('ascii')}"
    return SampleCard(number, sample, uri, width, height, question_groups(sample, "facet"))
