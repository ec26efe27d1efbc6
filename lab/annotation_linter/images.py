"""The images of the edition: their manifest, their licences, and which of them are too alike."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image

from lab.annotation_linter.problems import Problem
from lab.annotation_linter.taxonomy import DOMAINS
from omiti2v.dataset.licence_urls import licence_url
from omiti2v.errors import UserError
from omiti2v.records import Digest, Record, read_records
from omiti2v.samples import ImageType, Name, Sample, Text

MANIFEST = "images/manifest.jsonl"
LICENCES = "images/licences"
# Where the source states public domain there is no licence text to keep; the others are linked in
# the attribution.
LICENCES_WITHOUT_TEXT = frozenset(
    {"LicenseRef-public-domain", "CC-BY-2.5", "CC-BY-3.0-US", "CC-BY-SA-2.0"}
)
THUMBNAIL = 24
LIKENESS = 0.95
MAX_PIXELS = 1 << 22
_ADDRESS = re.compile(r"https?://\w")


class ImageRow(Record):
    """One line of the image manifest.

    Attributes:
        file: Name inside `images/`.
        sha256: Of the file's bytes.
        width, height: In pixels.
        domain: A key of `taxonomy.DOMAINS`.
        type: What kind of picture it is.
        subject: What is visible.
        source_package, source_version, source_path: Where it was found.
        licence: SPDX id, or `LicenseRef-public-domain`.
        attribution, licence_evidence, changes: As the source records them.
    """

    file: Name
    sha256: Digest
    width: int
    height: int
    domain: Name
    type: ImageType
    subject: Text
    source_package: Text
    source_version: Text
    source_path: Text
    licence: Name
    attribution: Text
    licence_evidence: Text
    changes: Text

    @property
    def source(self) -> str:
        """The `source` of a sample that uses the image."""
        return f"{self.source_package} {self.source_version}: {self.source_path}"

    def sample_fields(self) -> Mapping[str, str]:
        """The fields of a sample that follow from its image."""
        return {
            "image": f"images/{self.file}",
            "domain": DOMAINS[self.domain],
            "image_type": self.type,
            "licence": self.licence,
            "attribution": self.attribution,
            "source": self.source,
            "changes": self.changes,
        }


def read_manifest(folder: Path) -> dict[str, ImageRow]:
    """The image manifest of an edition's folder, by the `image` of a sample.

    Raises:
        UserError: The manifest is missing or broken.
    """
    return {f"images/{row.file}": row for row in read_records(folder / MANIFEST, ImageRow)}


def manifest_problems(
    samples: Sequence[Sample], manifest: Mapping[str, ImageRow]
) -> Iterator[Problem]:
    """Samples whose image is not in the manifest, or whose fields differ from it."""
    for sample in samples:
        row = manifest.get(sample.image)
        if row is None:
            yield Problem(f"{sample.id}.image", "manifest", f"{sample.image} is not in {MANIFEST}")
            continue
        for field, expected in row.sample_fields().items():
            if getattr(sample, field) != expected:
                yield Problem(
                    f"{sample.id}.{field}", "manifest", f"expected {expected!r} as in {MANIFEST}"
                )


def image_folder_problems(
    folder: Path, samples: Sequence[Sample], manifest: Mapping[str, ImageRow]
) -> Iterator[Problem]:
    """Image files that are missing, broken, unused, unlicensed, not credited or too alike."""
    used = {sample.image for sample in samples}
    present = {
        f"images/{path.name}"
        for path in (folder / "images").iterdir()
        if path.is_file() and path.name != Path(MANIFEST).name
    }
    for image in sorted(present - manifest.keys()):
        yield Problem(image, "manifest", f"not in {MANIFEST}")
    for image in sorted(manifest.keys() - used):
        yield Problem(image, "unused", "no sample uses it")
    thumbnails: dict[str, npt.NDArray[np.float64]] = {}
    for image, row in sorted(manifest.items()):
        try:
            thumbnails[image] = checked_thumbnail(folder / image, row)
        except UserError as error:
            yield Problem(image, "image file", str(error))
        text = folder / LICENCES / f"{row.licence}.txt"
        if row.licence not in LICENCES_WITHOUT_TEXT and not text.is_file():
            yield Problem(image, "licence", f"{LICENCES}/{text.name} is missing")
        if row.licence.startswith("CC-BY") and not _ADDRESS.search(row.attribution):
            yield Problem(
                image,
                "attribution",
                f"{row.licence} asks for a link and there is none; add the source's page, or "
                f"'; license: {licence_url(row.licence)}'",
            )
    for one, other in too_alike(thumbnails):
        yield Problem(other, "near-duplicate image", f"looks like {one}")


def checked_thumbnail(path: Path, row: ImageRow) -> npt.NDArray[np.float64]:
    """Decode an image that must be the manifest's, and reduce it for comparison.

    Returns:
        Array of shape (24 * 24 * 3,), zero mean and unit length.

    Raises:
        UserError: It is missing, has other bytes or another size, or can't be decoded.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"can't be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise UserError("its sha256 differs from the manifest's")
    try:
        with PIL.Image.open(path) as image:
            if image.size != (row.width, row.height) or row.width * row.height > MAX_PIXELS:
                raise UserError(f"expected {row.width}x{row.height} pixels, got {image.size}")
            small = image.convert("RGB").resize((THUMBNAIL, THUMBNAIL), PIL.Image.Resampling.BOX)
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(f"can't be decoded: {error}") from None
    values = np.asarray(small, dtype=np.float64).ravel()
    values -= values.mean()
    length = float(np.linalg.norm(values))
    return values / length if length > 0 else values


def too_alike(thumbnails: Mapping[str, npt.NDArray[np.float64]]) -> list[tuple[str, str]]:
    """Pairs of images whose thumbnails correlate at 0.95 or more."""
    return [
        (one, other)
        for one, other in combinations(sorted(thumbnails), 2)
        if float(thumbnails[one] @ thumbnails[other]) >= LIKENESS
    ]
