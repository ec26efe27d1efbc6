"""Import the authors' release: every problem listed, nothing half imported."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from omiti2v.dataset.export import new_folder
from omiti2v.dataset.image_files import check_image
from omiti2v.dataset.official import META, NAME, OfficialQuestion, OfficialSample
from omiti2v.editions import MAX_IMAGE_BYTES, Edition, EditionInfo, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.hub import download_data_set
from omiti2v.ordinary_file import read_file
from omiti2v.records import (
    MAX_DOCUMENT_BYTES,
    Record,
    brief,
    complaints,
    write_atomically,
    write_records,
)
from omiti2v.samples import Sample
from omiti2v.temporary_folder import temporary_folder

IMAGES = "images"
WANTED = [META, "**/*.jpg", "**/*.jpeg", "**/*.png", "**/*.webp"]


class BrokenReleaseError(UserError):
    """A release with problems.

    Attributes:
        problems: Each with its place, as "meta.json: [3] sample_3: prompt: field required".
    """

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{source}: {len(self.problems)} problems; nothing was imported")


@dataclass
class Report:
    """What is found while importing.

    Attributes:
        problems: What makes the release unusable.
        notes: What a person may want to know: keys that are ignored, sizes that differ.
    """

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ImportedEdition:
    """The edition that was imported, and notes for people."""

    edition: Edition
    notes: tuple[str, ...]


def import_release(source: str, folder: Path) -> ImportedEdition:
    """Import the authors' release as an edition.

    What the release does not say, as reference answers and licences, is None in the edition.

    Args:
        source: A folder with `meta.json`, or ORG/NAME@COMMIT on the hub.
        folder: Where the edition goes; must not exist, or be empty. It appears whole or not at all.

    Raises:
        BrokenReleaseError: The release has problems; all of them are in the exception.
        UserError: It can't be downloaded, or the folder is taken or can't be written.
    """
    if Path(source).is_dir():
        return _import_folder(Path(source), folder, source)
    with temporary_folder() as download:
        download_data_set(source, download, patterns=WANTED)
        return _import_folder(download, folder, source)


def _import_folder(release: Path, folder: Path, source: str) -> ImportedEdition:
    report = Report()
    with new_folder(folder) as draft:
        samples = [
            sample
            for place, row in read_meta(release, report)
            if (sample := _import_image(release, draft, place, row, report))
        ]
        if report.problems:
            raise BrokenReleaseError(source, report.problems)
        samples.sort(key=lambda sample: sample.id)
        write_records(draft / "samples.jsonl", samples)
        write_atomically(draft / "edition.json", EditionInfo(name=NAME).model_dump_json() + "\n")
    return ImportedEdition(load_edition_folder(folder), tuple(report.notes))


def read_meta(release: Path, report: Report) -> Iterator[tuple[str, OfficialSample]]:
    """The valid objects of `meta.json`, each with its place; problems go to `report`."""
    unknown: Counter[str] = Counter()
    first_places: dict[str, str] = {}
    for number, row in enumerate(_read_list(release / META, report)):
        place = f"{META}: [{number}]"
        name = row.get("id") if isinstance(row, dict) else None
        if isinstance(name, str):
            place += f" {brief(name)}"
            first = first_places.setdefault(name.casefold(), place)
            if first != place:
                report.problems.append(f"{place}: id: is taken by {first}")
        unknown.update(_unknown_keys(row))
        try:
            # By way of JSON, in which a list may stand for a tuple though types are strict.
            yield place, OfficialSample.model_validate_json(json.dumps(row))
        except ValidationError as error:
            report.problems += [f"{place}: {line}" for line in complaints(error)]
    report.notes += [
        f"{META}: key {brief(key)} is not known and was ignored, {count} times"
        for key, count in sorted(unknown.items())
    ]


def _read_list(path: Path, report: Report) -> list[Any]:
    """The list in `meta.json`; empty, and a problem, where there is none."""
    try:
        content = read_file(path, limit=MAX_DOCUMENT_BYTES)
        rows = from_json(content, allow_inf_nan=False)
    except UserError as error:
        report.problems.append(f"{META}: {error}")
        return []
    except ValueError as error:
        report.problems.append(f"{META}: not JSON: {error}")
        return []
    if not isinstance(rows, list) or not rows:
        report.problems.append(f"{META}: expected a list of samples, got {brief(rows)}")
        return []
    return rows


def _unknown_keys(row: object) -> Iterator[str]:
    if not isinstance(row, dict):
        return
    yield from row.keys() - _keys(OfficialSample)
    questions = row.get("questions")
    for question in questions if isinstance(questions, list) else []:
        if isinstance(question, dict):
            yield from (f"questions.{key}" for key in question.keys() - _keys(OfficialQuestion))


def _keys(model: type[Record]) -> set[str]:
    return {entry.alias or name for name, entry in model.model_fields.items()}


def _import_image(
    release: Path, draft: Path, place: str, row: OfficialSample, report: Report
) -> Sample | None:
    """Copy a sample's image into the draft; None, and a problem, where that can't be done."""
    try:
        sample = row.to_sample(f"{IMAGES}/{row.image_path}")
    except ValidationError as error:
        report.problems += [f"{place}: {line}" for line in complaints(error)]
        return None
    try:
        if any(part in ("", ".") for part in row.image_path.split("/")):
            raise UserError("expected a plain path inside the release")
        content = read_file(release / row.image_path, limit=MAX_IMAGE_BYTES)
        facts = check_image(content)
    except UserError as error:
        report.problems.append(f"{place}: image-path: {brief(row.image_path)} {error}")
        return None
    if row.resolution not in (None, (facts.width, facts.height)):
        report.notes.append(
            f"{place}: resolution: says {row.resolution}, the image has "
            f"{(facts.width, facts.height)}"
        )
    path = draft / sample.image
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sample
