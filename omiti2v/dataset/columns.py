"""The columns of the parquet files, and samples as their rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from omiti2v.errors import UserError
from omiti2v.records import Record, parse_record
from omiti2v.samples import Facet, Question, Sample

Row = Mapping[str, Any]
"""A sample as plain values; `image` is {"bytes": the whole file, "path": `Sample.image`}."""

_TEXT = {"dtype": "string", "_type": "Value"}
_FLAG = {"dtype": "bool", "_type": "Value"}
_NUMBER = {"dtype": "float64", "_type": "Value"}


def hub_features() -> dict[str, Any]:
    """The columns in the notation of Hugging Face `datasets`, in the order of `Sample`'s fields."""
    question = {
        name: _FLAG if field.annotation is bool else _TEXT
        for name, field in Question.model_fields.items()
    }
    facet = dict.fromkeys(Facet.model_fields, _TEXT)
    special: dict[str, Any] = {
        "image": {"_type": "Image"},
        "target_area": _NUMBER,
        "facets": {"feature": facet, "_type": "List"},
        "questions": {"feature": question, "_type": "List"},
    }
    return {name: special.get(name, _TEXT) for name in Sample.model_fields}


def row_of_sample(sample: Sample, image: bytes) -> dict[str, Any]:
    """A sample and the bytes of its image file as a row."""
    return {
        **_all_fields(sample),
        "image": {"bytes": image, "path": sample.image},
        "questions": [_all_fields(question) for question in sample.questions],
    }


def _all_fields(record: Record) -> dict[str, Any]:
    """A record with None for the fields that are left out on disk."""
    return {**dict.fromkeys(type(record).model_fields), **record.model_dump(mode="json")}


def sample_of_row(row: Row, *, where: str) -> tuple[Sample, bytes]:
    """The sample and the bytes of its image file in a row.

    Args:
        row: From a parquet file, or from `datasets` with `Image(decode=False)`.
        where: The place to name when it is refused.

    Raises:
        UserError: It is no sample, or carries no image.
    """
    image = row.get("image")
    if not isinstance(image, Mapping) or not isinstance(image.get("bytes"), bytes):
        raise UserError(f"{where}: image: expected the bytes of an image file, got none")
    try:
        # By way of JSON, in which a list may stand for a tuple though types are strict.
        text = json.dumps({**row, "image": image.get("path")})
    except (TypeError, ValueError) as error:
        raise UserError(f"{where}: {error}") from None
    return parse_record(Sample, text, where=where), image["bytes"]


def samples_of_rows(rows: Iterable[Row], *, where: str) -> list[tuple[Sample, bytes]]:
    """All rows, as `sample_of_row`, each named by its number from 1."""
    return [
        sample_of_row(row, where=f"{where}: row {number}") for number, row in enumerate(rows, 1)
    ]
