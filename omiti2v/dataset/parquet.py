"""Parquet files of samples with their images inside, one for each category.

The layout of a folder is the one that the Hugging Face hub shows: `README.md`, the dataset card,
and `data/<category>.parquet`. Each file carries name, version and fingerprint of its edition, so
that files of different compilations are never taken for one edition.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from omiti2v.dataset.columns import hub_features, row_of_sample, samples_of_rows
from omiti2v.editions import Edition, EditionInfo
from omiti2v.errors import UserError
from omiti2v.records import Digest, parse_record, write_bytes_atomically
from omiti2v.samples import CATEGORIES, Category, Sample

DATA = "data"
# Small row groups, so that streaming holds few images in memory.
ROWS_IN_A_GROUP = 32
_KEY = b"omiti2v"


class EditionIdentity(EditionInfo):
    """What the parquet files of one edition have in common."""

    fingerprint: Digest


@dataclass(frozen=True)
class PackedEdition:
    """An edition with the bytes of its images at hand.

    Attributes:
        edition: Its `root` is None.
        images: The bytes of each sample's image, by sample id.
    """

    edition: Edition
    images: Mapping[str, bytes]


def parquet_paths(folder: Path) -> list[Path]:
    """The parquet files that a folder has, of the three that it may have."""
    paths = (folder / DATA / f"{category}.parquet" for category in CATEGORIES)
    return [path for path in paths if path.is_file()]


def pack(
    name: str, samples: list[tuple[Sample, bytes]], *, version: str | None = None
) -> PackedEdition:
    """An edition from samples and their images' bytes.

    Args:
        name, version: Of the edition.
        samples: In any order.

    Raises:
        UserError: Two samples share an id, or one path stands for two images.
    """
    ordered = sorted(samples, key=lambda pair: pair[0].id)
    images = {sample.id: content for sample, content in ordered}
    if len({name.casefold() for name in images}) != len(ordered):
        raise UserError(f"edition {name}: two samples share an id")
    digests = {key: hashlib.sha256(content).hexdigest() for key, content in images.items()}
    if len({(sample.image, digests[sample.id]) for sample, _ in ordered}) != len(
        {sample.image for sample, _ in ordered}
    ):
        raise UserError(f"edition {name}: one image path stands for two images")
    edition = Edition(name, tuple(sample for sample, _ in ordered), digests, None, version)
    return PackedEdition(edition, images)


def write_parquet(packed: PackedEdition, folder: Path) -> list[Path]:
    """Write an edition's samples and images to `folder/data/<category>.parquet`.

    A file that is there and already holds just this stays as it is, so that caches that go by its
    time stay valid. A category without samples gets no file, and one that is there is deleted.

    Returns:
        The files.

    Raises:
        UserError: A file can't be written.
    """
    written = []
    for category in CATEGORIES:
        path = folder / DATA / f"{category}.parquet"
        samples = [sample for sample in packed.edition.samples if sample.category == category]
        if not samples:
            path.unlink(missing_ok=True)
            continue
        content = _file_content(packed, category, samples)
        if not (path.is_file() and path.read_bytes() == content):
            write_bytes_atomically(path, content)
        written.append(path)
    return written


def read_parquet(folder: Path) -> PackedEdition:
    """Read what `write_parquet` wrote.

    Raises:
        UserError: There is nothing, a file is broken, or the files are not those of one edition.
    """
    paths = parquet_paths(folder)
    if not paths:
        raise UserError(f"{folder / DATA}: holds no parquet file; expected addition.parquet, ...")
    identities: dict[Path, EditionIdentity] = {}
    samples: list[tuple[Sample, bytes]] = []
    for path in paths:
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise UserError(f"{path}: not a readable parquet file: {error}") from None
        identities[path] = _identity(table.schema, path)
        samples += samples_of_rows(table.to_pylist(), where=str(path))
    identity = identities[paths[0]]
    packed = pack(identity.name, samples, version=identity.version)
    strange = [path for path, other in identities.items() if other != identity]
    if strange or packed.edition.fingerprint != identity.fingerprint:
        raise UserError(
            f"{folder / DATA}: its parquet files are not those of one edition as it was written; "
            "make them anew with `omiti2v data build` or `data export`"
        )
    return packed


def schema() -> pa.Schema:
    """The columns as an Arrow schema, which tells `datasets` what they mean."""
    features = hub_features()
    hub = json.dumps({"info": {"features": features}})
    fields = [pa.field(name, _arrow_type(feature)) for name, feature in features.items()]
    return pa.schema(fields, metadata={"huggingface": hub})


def _arrow_type(feature: Mapping[str, Any]) -> pa.DataType:
    if feature["_type"] == "Image":
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    if feature["_type"] == "List":
        fields = [(name, _arrow_type(part)) for name, part in feature["feature"].items()]
        return pa.list_(pa.struct(fields))
    types = {"bool": pa.bool_(), "float64": pa.float64(), "string": pa.string()}
    return types[feature["dtype"]]


def _file_content(packed: PackedEdition, category: Category, samples: list[Sample]) -> bytes:
    edition = packed.edition
    identity = EditionIdentity(
        name=edition.name, version=edition.version, fingerprint=edition.fingerprint
    )
    columns = schema()
    marked = columns.with_metadata({**columns.metadata, _KEY: identity.model_dump_json()})
    rows = [row_of_sample(sample, packed.images[sample.id]) for sample in samples]
    table = pa.Table.from_pylist(rows, schema=marked)
    buffer = pa.BufferOutputStream()
    # No dictionary: texts and images hardly repeat. Images are compressed already, texts are not.
    pq.write_table(table, buffer, row_group_size=ROWS_IN_A_GROUP, use_dictionary=False)
    content: bytes = buffer.getvalue().to_pybytes()
    return content


def _identity(columns: pa.Schema, path: Path) -> EditionIdentity:
    text = (columns.metadata or {}).get(_KEY)
    if text is None:
        raise UserError(f"{path}: not written by omiti2v: names no edition")
    return parse_record(EditionIdentity, text, where=str(path))
