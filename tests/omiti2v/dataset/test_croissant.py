"""Croissant metadata: what it says is true of the parquet files, and its own library reads it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from omiti2v.dataset.compile import compile_annotations, read_annotations
from omiti2v.dataset.export import export_edition
from omiti2v.dataset.licence_urls import licence_url
from omiti2v.dataset.load import PACKAGE
from omiti2v.editions import Edition, load_edition_folder

with_facets = [
    {"id": "f1", "kind": "identity", "text": "A kite"},
    {"id": "f2", "kind": "stays", "text": "the boat"},
]


@pytest.fixture
def exported(annotations: Path, tmp_path: Path) -> Path:
    """OmitI2V-Open as it is exported, of nine samples, the first addition with facets."""
    path = annotations / "addition.jsonl"
    first, *rest = path.read_text().splitlines()
    row = json.loads(first) | {"facets": with_facets, "people": "none", "target_area": 0.25}
    row["questions"][0]["facet"] = "f1"
    path.write_text("\n".join([json.dumps(row), *rest]) + "\n")
    compile_annotations(annotations, tmp_path / "package")
    export_edition(read_annotations(annotations), tmp_path / "export")
    return tmp_path / "export"


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "croissant.json").read_text())
    return found


def test_files_and_columns_are_those_that_lie_beside_it(exported: Path) -> None:
    described = read(exported)
    assert len(described["distribution"]) == len(described["recordSet"]) == 3
    for file, records in zip(described["distribution"], described["recordSet"], strict=True):
        path = exported / file["contentUrl"]
        assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        schema = pq.read_schema(path)
        assert [field["name"] for field in records["field"]] == schema.names
        for field in records["field"]:
            source = field.get("source") or field["subField"][0]["source"]
            assert source["fileObject"] == {"@id": file["@id"]}
            assert source["extract"] == {"column": field["name"]}
            if parts := field.get("subField"):
                kind = schema.field(field["name"]).type.value_type
                assert [part["name"] for part in parts] == [part.name for part in kind]


def test_the_open_edition_says_who_it_is_and_what_it_is_not(
    exported: Path, annotations: Path
) -> None:
    described = read(exported)
    assert described["name"] == "OmitI2V-Open"
    assert described["description"].startswith("Does an image-to-video model do what the prompt")
    assert described["citeAs"].startswith("@misc{omiti2v_open,")
    assert described["citeAs"].splitlines()[-1] == "}"
    assert described["license"] == [licence_url("CC-BY-SA-4.0"), licence_url("Apache-2.0")]
    assert described["identifier"] == load_edition_folder(annotations).fingerprint
    # Nine samples are no published version.
    assert not {"version", "datePublished"} & described.keys()
    assert "No person has verified" in described["rai:dataLimitations"]


def test_version_and_day_are_those_of_the_table_of_versions(
    exported: Path, annotations: Path, tmp_path: Path, as_old_version: Callable[[str], None]
) -> None:
    edition = read_annotations(annotations)
    as_old_version(edition.fingerprint)
    export_edition(edition, tmp_path / "again")
    described = read(tmp_path / "again")
    assert (described["version"], described["datePublished"]) == ("0.9", "2026-11-22")


def test_another_edition_says_nothing_of_how_the_open_one_was_made(
    make_edition: Callable[..., Edition], tmp_path: Path
) -> None:
    make_edition(tmp_path / "edition")
    (tmp_path / "edition" / "edition.json").write_text('{"name": "mine", "version": "2.1"}')
    export_edition(load_edition_folder(tmp_path / "edition"), tmp_path / "export")
    described = read(tmp_path / "export")
    assert (described["name"], described["version"]) == ("mine", "2.1")
    assert not {"citeAs", "license"} & described.keys()
    assert not any(name.startswith("rai:") for name in described)


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC-BY-SA-3.0", "https://creativecommons.org/licenses/by-sa/3.0/"),
        ("CC-BY-2.0", "https://creativecommons.org/licenses/by/2.0/"),
        ("CC-BY-3.0-US", "https://creativecommons.org/licenses/by/3.0/us/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("a license of mine", None),
    ],
)
def test_licenses_are_given_as_addresses_where_those_are_known(
    licence: str, url: str | None
) -> None:
    assert licence_url(licence) == url


def test_every_license_of_the_annotations_has_an_address() -> None:
    edition = load_edition_folder(PACKAGE.parent / "annotations")
    assert {s.licence for s in edition.samples if not licence_url(s.licence or "")} == set()


@pytest.mark.slow
def test_its_own_library_finds_no_fault_and_reads_the_records(
    exported: Path, annotations: Path, tmp_path: Path, as_old_version: Callable[[str], None]
) -> None:
    croissant = pytest.importorskip("mlcroissant", reason="needs the extra croissant")
    edition = read_annotations(annotations)
    as_old_version(edition.fingerprint)  # a version that was published has all its fields
    export_edition(edition, tmp_path / "published")
    dataset = croissant.Dataset(jsonld=tmp_path / "published" / "croissant.json")
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    read_ids = []
    for category in ("addition", "deletion", "modification"):
        for row in dataset.records(category):
            sample = edition.by_id[row[f"{category}/id"].decode()]
            read_ids.append(sample.id)
            assert row[f"{category}/prompt"].decode() == sample.prompt
            assert row[f"{category}/image"].size == (64, 48)
            texts = [
                part[f"{category}/questions/question"] for part in row[f"{category}/questions"]
            ]
            assert [text.decode() for text in texts] == [q.question for q in sample.questions]
            if sample.facets:
                kinds = [part[f"{category}/facets/kind"] for part in row[f"{category}/facets"]]
                assert [kind.decode() for kind in kinds] == ["identity", "stays"]
                assert row[f"{category}/target_area"] == 0.25
    assert sorted(read_ids) == sorted(edition.by_id)
