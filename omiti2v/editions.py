"""Editions: fixed sets of samples, read from a folder, named by a fingerprint.

A folder holds `*.jsonl` files of samples, the images they name, and optionally `edition.json` with
the edition's name and version; each may be a link, as in the hub's cache. The fingerprint is a
digest over the canonical samples and the bytes of their images, so that it changes if and only if
one of them does. Files elsewhere in the folder, the version, the order of the samples, the names of
the files they stand in, and whether a person has confirmed a question do not count: the same is
asked of the same pictures.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import StringConstraints

from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file
from omiti2v.records import (
    Digest,
    OrAbsent,
    Record,
    StringPool,
    canonical_json,
    iterate_lines,
    parse_record,
    read_record,
    read_records,
    write_records,
)
from omiti2v.samples import Name, Sample

MAX_IMAGE_BYTES = 1 << 26

KNOWN_ANSWER = "known-answer"
"""What editions are called whose videos were rendered: what answers them is no model."""

# What is no part of the fingerprint: where the image lies, and who has looked at a question.
_NOT_ASKED: dict[str, Any] = {"image": True, "questions": {"__all__": {"human_verified"}}}


class EditionInfo(Record):
    """The contents of `edition.json`.

    Attributes:
        name: Of the edition.
        version: As "1.0"; None, and left out on disk, where the edition has none. It is no part of
            the fingerprint.
    """

    name: Annotated[Name, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    version: OrAbsent[
        Annotated[str, StringConstraints(pattern=r"^[0-9][0-9A-Za-z.+-]{0,31}$")] | None
    ] = None


class PinnedSample(Sample):
    """A sample as a run folder keeps it: with the digest of its image in place of the image."""

    image_sha256: Digest


@dataclass(frozen=True)
class Edition:
    """A fixed set of samples.

    Attributes:
        name: As "open", "official" or "known-answer".
        samples: Ordered by id.
        image_sha256: Digest of each sample's image, by sample id.
        root: The folder that `Sample.image` is relative to; None where only the digests are at
            hand, as in a run folder.
        version: As `edition.json` or the parquet files give it, else None. What version a
            fingerprint is of says `omiti2v.edition_versions`.
    """

    name: str
    samples: tuple[Sample, ...]
    image_sha256: Mapping[str, str]
    root: Path | None
    version: str | None = None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical samples and their images' digests, 64 hex digits."""
        digest = hashlib.sha256()
        for sample in self.samples:
            # The digest stands for the image: moving the file does not change the edition.
            row = sample.model_dump(mode="json", exclude=_NOT_ASKED, exclude_none=True)
            row["image_sha256"] = self.image_sha256[sample.id]
            digest.update(canonical_json(row).encode() + b"\n")
        return digest.hexdigest()

    @cached_property
    def by_id(self) -> Mapping[str, Sample]:
        """The samples by their id."""
        return {sample.id: sample for sample in self.samples}

    def image_path(self, sample: Sample) -> Path:
        """Where the reference image of `sample` lies.

        Raises:
            UserError: The edition was read from a run folder, which keeps no images.
        """
        if self.root is None:
            raise UserError(f"edition {self.name}: its images are not at hand; give its folder")
        return self.root / sample.image

    def save_samples(self, path: Path) -> None:
        """Write the samples with their images' digests, for `read_pinned_edition`.

        Raises:
            UserError: The file can't be written.
        """
        write_records(
            path,
            (
                PinnedSample.model_validate(
                    {**dict(sample), "image_sha256": self.image_sha256[sample.id]}
                )
                for sample in self.samples
            ),
        )


def draw_samples(
    edition: Edition, limit: int | None, *, seed: int, among: Collection[str] | None = None
) -> tuple[str, ...] | None:
    """Ids of a random choice of samples, so that a trial run sees every category.

    Args:
        edition: To draw from.
        limit: How many; None for all.
        seed: Decides the choice.
        among: The samples that can be taken; None for all. Where all that would be drawn from the
            edition are among them, the choice is the same.

    Returns:
        The ids in order, fewer than `limit` where fewer can be taken; None where the edition has
        no more than `limit`.
    """
    if limit is None or limit >= len(edition.samples):
        return None
    ids = [sample.id for sample in edition.samples]
    drawn = random.Random(seed).sample(ids, limit)  # noqa: S311 (no secret)
    if among is not None and not set(drawn) <= set(among):
        ids = [name for name in ids if name in among]
        drawn = random.Random(seed).sample(ids, min(limit, len(ids)))  # noqa: S311
    return tuple(sorted(drawn))


def load_edition_folder(folder: Path) -> Edition:
    """Read an edition from a folder.

    Args:
        folder: Holds `*.jsonl` with samples, the images, and optionally `edition.json`.

    Raises:
        UserError: A file, sample or image is missing or broken, or two samples share an id.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; expected an edition: *.jsonl files and images")
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise UserError(f"{folder}: holds no *.jsonl file; expected an edition's samples")
    places: dict[str, str] = {}
    samples: list[Sample] = []
    pool = StringPool()
    for path in files:
        for number, line in iterate_lines(path):
            where = f"{path}:{number}"
            sample = pool.share(parse_record(Sample, line, where=where))
            key = sample.id.casefold()
            if key in places:
                raise UserError(
                    f"{where}: id {sample.id!r} is taken by {places[key]}; ids must differ by more "
                    "than upper and lower case"
                )
            places[key] = where
            samples.append(sample)
    if not samples:
        raise UserError(f"{folder}: its *.jsonl files hold no samples")
    samples.sort(key=lambda sample: sample.id)
    digests: dict[str, str] = {}
    image_sha256 = {}
    for sample in samples:
        if sample.image not in digests:
            digests[sample.image] = _image_digest(
                folder, sample.image, places[sample.id.casefold()]
            )
        image_sha256[sample.id] = digests[sample.image]
    info = _edition_info(folder)
    return Edition(info.name, tuple(samples), image_sha256, folder, info.version)


def read_pinned_edition(path: Path, *, name: str) -> Edition:
    """Read the samples that `Edition.save_samples` wrote; the images are not at hand.

    Args:
        path: The file.
        name: Of the edition.

    Raises:
        UserError: The file is missing or broken.
    """
    return pinned_edition(read_records(path, PinnedSample), name=name, where=str(path))


def pinned_edition(rows: Iterable[PinnedSample], *, name: str, where: str) -> Edition:
    """The edition of such samples.

    Args:
        rows: The samples.
        name: Of the edition.
        where: The place to name when it is refused.

    Raises:
        UserError: There are none, or two share an id.
    """
    samples: list[Sample] = []
    image_sha256: dict[str, str] = {}
    for pinned in rows:
        fields = {field: getattr(pinned, field) for field in Sample.model_fields}
        samples.append(Sample.model_validate(fields))
        image_sha256[pinned.id] = pinned.image_sha256
    if not samples:
        raise UserError(f"{where}: holds no samples")
    if len({sample.id.casefold() for sample in samples}) != len(samples):
        raise UserError(f"{where}: two samples share an id")
    samples.sort(key=lambda sample: sample.id)
    return Edition(name, tuple(samples), image_sha256, None)


def _edition_info(folder: Path) -> EditionInfo:
    path = folder / "edition.json"
    if not os.path.lexists(path):
        return EditionInfo(name="custom")
    return read_record(path, EditionInfo)


def _image_digest(folder: Path, image: str, where: str) -> str:
    try:
        content = read_file(folder / image, limit=MAX_IMAGE_BYTES)
    except UserError as error:
        raise UserError(f"{where}: image: {image}: {error}") from None
    return hashlib.sha256(content).hexdigest()
