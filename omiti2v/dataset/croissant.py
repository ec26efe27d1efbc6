"""Metadata of an edition in the Croissant format, with its fields for responsible AI.

Sources: Croissant 1.0 (http://mlcommons.org/croissant/1.0) and its RAI vocabulary
(http://mlcommons.org/croissant/RAI/1.0).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omiti2v.dataset.columns import hub_features
from omiti2v.dataset.licence_urls import licence_url
from omiti2v.dataset.parquet import DATA
from omiti2v.edition_versions import TITLE, version_of
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.records import write_atomically

CROISSANT = "croissant.json"
_SPECIFICATION = "http://mlcommons.org/croissant"
_RESPONSIBLE = Path(__file__).with_name("responsible_ai.json")

_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{name: f"cr:{name}" for name in ("citeAs", "column", "equivalentProperty", "extract")},
    **{name: f"cr:{name}" for name in ("field", "fileObject", "fileProperty", "fileSet")},
    **{name: f"cr:{name}" for name in ("format", "includes", "isLiveDataset", "jsonPath", "key")},
    **{name: f"cr:{name}" for name in ("md5", "parentField", "path", "recordSet", "references")},
    **{name: f"cr:{name}" for name in ("regex", "repeated", "replace", "samplingRate")},
    **{name: f"cr:{name}" for name in ("separator", "source", "subField", "transform")},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}

_TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "float64": "sc:Float"}


def write_croissant(edition: Edition, folder: Path, *, card: str | None = None) -> None:
    """Write `croissant.json` beside the parquet files of an exported edition.

    Args:
        edition: That was exported.
        folder: Holds `data/*.parquet`.
        card: The dataset card of OmitI2V-Open; None for any other edition, which says less.

    Raises:
        UserError: The file can't be written.
    """
    files = sorted((folder / DATA).glob("*.parquet"))
    about = _about_open(card) if card is not None else _about_other(edition)
    described = describe(edition, files, about)
    write_atomically(folder / CROISSANT, json.dumps(described, ensure_ascii=False, indent=2) + "\n")


def describe(edition: Edition, files: Sequence[Path], about: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata as a JSON-LD document.

    Args:
        edition: That was exported.
        files: Its parquet files.
        about: Properties that do not follow from the two, `name` and `description` at least;
            `license` is that of the texts, beside those of the images.
    """
    known = version_of(edition.fingerprint)
    version = known.version if known else edition.version
    licences = sorted({sample.licence for sample in edition.samples if sample.licence})
    licences += about.get("license", ())
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": [f"{_SPECIFICATION}/1.0"],
        **about,
        **({"license": [licence_url(name) or name for name in licences]} if licences else {}),
        **({"version": version} if version else {}),
        **({"datePublished": known.released.isoformat()} if known else {}),
        "identifier": edition.fingerprint,
        "distribution": [_file(path) for path in files],
        "recordSet": [_records(path) for path in files],
    }


def _about_open(card: str) -> dict[str, Any]:
    """Name, description, citation and fields for responsible AI of OmitI2V-Open."""
    responsible = json.loads(_RESPONSIBLE.read_text(encoding="utf-8"))
    return {
        "name": TITLE,
        "description": " ".join(_part(card, f"# {TITLE}\n\n", "\n\n").split()),
        "citeAs": _part(card, "```bibtex\n", "\n```"),
        "license": ["Apache-2.0"],
        "conformsTo": [f"{_SPECIFICATION}/1.0", f"{_SPECIFICATION}/RAI/1.0"],
        **{f"rai:{name}": value for name, value in responsible.items()},
    }


def _about_other(edition: Edition) -> dict[str, Any]:
    return {
        "name": edition.name,
        "description": (
            "Reference images, prompts that ask for a visible change of them, and yes/no questions "
            "about the videos that models make of both."
        ),
    }


def _part(card: str, begin: str, end: str) -> str:
    _, found, rest = card.partition(begin)
    text, closed, _ = rest.partition(end)
    if not (found and closed):
        raise UserError(f"the dataset card: expected {begin.strip()!r}, and text below it")
    return text


def _file(path: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "description": f"The samples of category {path.stem}, images included",
        "contentUrl": f"{DATA}/{path.name}",
        "encodingFormat": "application/x-parquet",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def _records(path: Path) -> dict[str, Any]:
    fields = [_field(path, name, feature) for name, feature in hub_features().items()]
    return {
        "@type": "cr:RecordSet",
        "@id": path.stem,
        "name": path.stem,
        "description": f"One record for each sample of category {path.stem}",
        "key": {"@id": f"{path.stem}/id"},
        "field": fields,
    }


def _field(path: Path, name: str, feature: Mapping[str, Any]) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{path.stem}/{name}",
        "name": name,
        "description": f"Column {name}; the dataset card says what it means",
    }
    if feature["_type"] == "List":
        parts = feature["feature"].items()
        return field | {
            "repeated": True,
            "subField": [
                {
                    "@type": "cr:Field",
                    "@id": f"{path.stem}/{name}/{part}",
                    "name": part,
                    "description": f"{part} of each of the {name}",
                    "repeated": True,
                    "dataType": _TYPES[kind["dtype"]],
                    "source": _source(path, name, part),
                }
                for part, kind in parts
            ],
        }
    if feature["_type"] == "Image":
        return field | {"dataType": "sc:ImageObject", "source": _source(path, name, "bytes")}
    return field | {"dataType": _TYPES[feature["dtype"]], "source": _source(path, name)}


def _source(path: Path, column: str, part: str | None = None) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": path.name}, "extract": {"column": column}}
    return source | ({"transform": {"jsonPath": part}} if part else {})
