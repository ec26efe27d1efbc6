"""Compile the annotations into the parquet files that come with the package.

The build hook of the installation runs this with pyarrow, pydantic and Pillow alone at hand.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from omiti2v.dataset.image_files import check_image
from omiti2v.dataset.parquet import DATA, PackedEdition, pack, write_parquet
from omiti2v.editions import MAX_IMAGE_BYTES, Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file
from omiti2v.records import write_bytes_atomically
from omiti2v.reviews.confirmed import REVIEWS, with_confirmations
from omiti2v.samples import CATEGORIES, Sample

NAME = "open"
LICENCES = "licences"
PROVENANCE = ("licence", "attribution", "source", "changes")


def compile_annotations(annotations: Path, package: Path) -> Edition:
    """Write `package/data/<category>.parquet`, with the licence texts of the images beside them.

    Args:
        annotations: Holds `addition.jsonl`, `deletion.jsonl`, `modification.jsonl`, and the images
            with `images/licences/*.txt`.
        package: The folder of the package `omiti2v`.

    Returns:
        The edition that was compiled; its images are the annotations'.

    Raises:
        UserError: A file is missing or empty; a sample is broken or has no licence, attribution,
            source or changes; or an image does not decode. Nothing is then written.
    """
    edition = read_annotations(annotations)
    packed = pack_edition(edition)
    write_parquet(packed, package)
    copy_licences(annotations / "images" / LICENCES, package / DATA / LICENCES)
    return edition


def read_annotations(annotations: Path) -> Edition:
    """The edition that the annotations are; images are found but not decoded.

    What people have confirmed (`human_verified`) follows from the reviews beside the samples.

    Raises:
        UserError: As for `compile_annotations`, images that don't decode excepted.
    """
    for category in CATEGORIES:
        if not (annotations / f"{category}.jsonl").is_file():
            raise UserError(f"{annotations / f'{category}.jsonl'}: no such file")
    edition = load_edition_folder(annotations)
    for category in CATEGORIES:
        if not any(sample.category == category for sample in edition.samples):
            raise UserError(f"{annotations / f'{category}.jsonl'}: holds no {category}")
    for sample in edition.samples:
        for field in PROVENANCE:
            if getattr(sample, field) is None:
                raise UserError(f"{annotations}: sample {sample.id}: {field}: expected, got none")
        if any(question.human_verified for question in sample.questions):
            raise UserError(
                f"{annotations}: sample {sample.id}: human_verified: follows from the reviews and "
                "is not written down; remove it"
            )
    confirmed = with_confirmations(edition, annotations / REVIEWS)
    return replace(confirmed, name=NAME)


def pack_edition(edition: Edition) -> PackedEdition:
    """An edition with the bytes of its images, each of them decoded once as a check.

    Raises:
        UserError: An image can't be read or does not decode.
    """
    contents: dict[str, bytes] = {}
    pairs: list[tuple[Sample, bytes]] = []
    for sample in edition.samples:
        if sample.image not in contents:
            contents[sample.image] = _checked_image(edition, sample)
        pairs.append((sample, contents[sample.image]))
    return pack(edition.name, pairs, version=edition.version)


def _checked_image(edition: Edition, sample: Sample) -> bytes:
    path = edition.image_path(sample)
    try:
        content = read_file(path, limit=MAX_IMAGE_BYTES, inside=edition.root or path.parent)
        check_image(content)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    return content


def copy_licences(source: Path, target: Path) -> None:
    """Make the texts of a folder those of another.

    Raises:
        UserError: One can't be read or written.
    """
    texts = {text.name: text.read_bytes() for text in sorted(source.glob("*.txt"))}
    for name, content in texts.items():
        write_bytes_atomically(target / name, content)
    for old in target.glob("*.txt"):
        if old.name not in texts:
            old.unlink()
