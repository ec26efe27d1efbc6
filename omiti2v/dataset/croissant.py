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
from omiti2v.dataset.parquet import DATA
from omiti2v.editions import Edition
from omiti2v.records import write_atomically

CROISSANT = "croissant.json"

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

_RESPONSIBLE: Mapping[str, str | Sequence[str]] = {
    "dataCollection": (
        "Images were taken from openly licensed packages, textbooks and public repositories; each "
        "was looked at, and its license, author and source recorded. Prompts, captions, facets, "
        "questions and answers were written by a vision-language model that looked at the images."
    ),
    "dataCollectionType": ["Secondary Data Analysis", "Machine-generated"],
    "dataPreprocessingProtocol": (
        "Images were resized to at most 1024 pixels on the long side and stored as JPEG; metadata "
        "were removed; a name tag and two number plates were blurred."
    ),
    "dataAnnotationProtocol": (
        "annotations/README.md of the project: rules for samples, facets and questions, checked by "
        "a program; blind answers to every question from the image alone, and from image and "
        "prompt; a reader who looks for wrong videos that would pass. All of it by machine."
    ),
    "dataAnnotationPlatform": "None; files under version control",
    "dataAnnotationAnalysis": "annotations/reviews/agreement.md of the project",
    "annotationsPerItem": "One author and two blind answers for each question",
    "machineAnnotationTools": "A vision-language model wrote and answered everything",
    "annotatorDemographics": "None: no person has annotated",
    "personalSensitiveInformation": (
        "Some photographs show people, in public or in pictures published under open licenses. "
        "Nobody is named in a prompt or a question; nothing is asked about origin, health or belief."
    ),
    "dataUseCases": (
        "Testing whether image-to-video models do what a prompt asks of their first image. Not for "
        "training, and not for ranking people or groups."
    ),
    "dataBiases": (
        "The images are what open licenses make available: much nature and many landmarks, few "
        "private homes, mostly Western scenes. Prompts and questions are in English. Annotator and "
        "reviewers are models of one kind, and share their blind spots."
    ),
    "dataLimitations": (
        "367 samples: differences of a few points between models are within chance. No person has "
        "verified a question unless its human_verified says so. A video that passes every question "
        "may still be wrong in what is not asked."
    ),
    "dataSocialImpact": (
        "Shows where video models ignore what they are asked; the same abilities serve to make "
        "misleading videos of real pictures."
    ),
    "dataReleaseMaintenancePlan": (
        "Every change makes a new version with its own fingerprint; scores on two versions are not "
        "comparable, and old versions stay known by their fingerprints."
    ),
}

_TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "float64": "sc:Float"}


def write_croissant(edition: Edition, folder: Path, *, card: Mapping[str, str]) -> None:
    """Write `croissant.json` beside the parquet files of an exported edition.

    Args:
        edition: That was exported.
        folder: Holds `data/*.parquet`.
        card: name, description, license and cite_as, and version where it has one.

    Raises:
        UserError: The file can't be written.
    """
    files = sorted((folder / DATA).glob("*.parquet"))
    described = describe(edition, files, card=card)
    write_atomically(folder / CROISSANT, json.dumps(described, ensure_ascii=False, indent=2) + "\n")


def describe(edition: Edition, files: Sequence[Path], *, card: Mapping[str, str]) -> dict[str, Any]:
    """The metadata as a JSON-LD document; arguments as for `write_croissant`."""
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "name": card["name"],
        "description": card["description"],
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "license": card["license"],
        "version": card.get("version", "0.0.0"),
        "citeAs": card["cite_as"],
        "identifier": edition.fingerprint,
        **{f"rai:{name}": value for name, value in _RESPONSIBLE.items()},
        "distribution": [_file(path) for path in files],
        "recordSet": [_records(path) for path in files],
    }


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
