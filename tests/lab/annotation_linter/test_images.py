"""The image manifest is held against the files and the samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from lab.annotation_linter.images import (
    ImageRow,
    image_folder_problems,
    manifest_problems,
    read_manifest,
)
from omiti2v.records import write_records
from omiti2v.samples import Sample

Build = Callable[..., Sample]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An edition's folder with one image, its manifest line and its licence."""
    (tmp_path / "images/licences").mkdir(parents=True)
    (tmp_path / "images/licences/CC0-1.0.txt").write_text("CC0")
    add_image(tmp_path, "camels.jpg", seed=1)
    return tmp_path


def add_image(folder: Path, name: str, *, seed: int, noise: int = 0) -> None:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    image = PIL.Image.fromarray(small).resize((64, 48))
    if noise:
        pixels = np.asarray(image).astype(np.int16)
        pixels += np.random.default_rng(0).integers(-noise, noise, pixels.shape, dtype=np.int16)
        image = PIL.Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    path = folder / "images" / name
    image.save(path)
    row = ImageRow(
        file=name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        width=64,
        height=48,
        domain="living-beings",
        type="real",
        subject="two camels",
        source_package="package",
        source_version="1.0",
        source_path="path/camels.jpg",
        licence="CC0-1.0",
        attribution="Somebody",
        licence_evidence="debian/copyright",
        changes="resized",
    )
    manifest = folder / "images/manifest.jsonl"
    rows = list(read_manifest(folder).values()) if manifest.exists() else []
    write_records(manifest, [*rows, row])


def folder_rules(folder: Path, *samples: Sample) -> dict[str, str]:
    problems = image_folder_problems(folder, samples, read_manifest(folder))
    return {problem.rule: problem.place for problem in problems}


def test_a_complete_folder_has_no_problems(folder: Path, build: Build) -> None:
    assert folder_rules(folder, build()) == {}
    assert list(manifest_problems([build()], read_manifest(folder))) == []


@pytest.mark.parametrize("field", ["licence", "attribution", "source", "changes", "domain"])
def test_a_sample_says_what_the_manifest_says(folder: Path, build: Build, field: str) -> None:
    problems = list(manifest_problems([build(**{field: "other"})], read_manifest(folder)))
    assert [problem.place for problem in problems] == [f"deletion-001.{field}"]


def test_an_image_outside_the_manifest_is_reported(folder: Path, build: Build) -> None:
    sample = build(image="images/other.jpg")
    assert [problem.rule for problem in manifest_problems([sample], read_manifest(folder))] == [
        "manifest"
    ]
    (folder / "images/stray.jpg").write_bytes(b"x")
    assert folder_rules(folder, build())["manifest"] == "images/stray.jpg"


def test_an_image_that_no_sample_uses_is_reported(folder: Path) -> None:
    assert folder_rules(folder) == {"unused": "images/camels.jpg"}


def test_changed_bytes_are_reported(folder: Path, build: Build) -> None:
    with (folder / "images/camels.jpg").open("ab") as file:
        file.write(b"x")
    assert folder_rules(folder, build()) == {"image file": "images/camels.jpg"}


def test_bytes_that_are_no_image_are_reported(folder: Path, build: Build) -> None:
    path = folder / "images/camels.jpg"
    path.write_bytes(b"not an image")
    digest = hashlib.sha256(b"not an image").hexdigest()
    rows = [row.model_copy(update={"sha256": digest}) for row in read_manifest(folder).values()]
    write_records(folder / "images/manifest.jsonl", rows)
    assert folder_rules(folder, build()) == {"image file": "images/camels.jpg"}


def test_a_missing_licence_text_is_reported(folder: Path, build: Build) -> None:
    (folder / "images/licences/CC0-1.0.txt").unlink()
    assert folder_rules(folder, build()) == {"licence": "images/camels.jpg"}


def test_images_that_look_alike_are_reported(folder: Path, build: Build) -> None:
    add_image(folder, "camels2.jpg", seed=1, noise=20)
    add_image(folder, "other.jpg", seed=2)
    used = [build(), build(image="images/camels2.jpg"), build(image="images/other.jpg")]
    assert folder_rules(folder, *used) == {"near-duplicate image": "images/camels2.jpg"}


def test_a_license_that_asks_for_a_link_gets_one(folder: Path, build: Build) -> None:
    (folder / "images/licences/CC-BY-SA-4.0.txt").write_text("CC BY-SA")

    def rules(attribution: str) -> dict[str, str]:
        rows = [
            row.model_copy(update={"licence": "CC-BY-SA-4.0", "attribution": attribution})
            for row in read_manifest(folder).values()
        ]
        write_records(folder / "images/manifest.jsonl", rows)
        return folder_rules(folder, build())

    assert rules("Somebody (commons.wikimedia.org)") == {"attribution": "images/camels.jpg"}
    assert rules("Somebody; license: https://creativecommons.org/licenses/by-sa/4.0/") == {}


def test_every_image_of_the_annotations_is_credited_as_its_license_asks() -> None:
    annotations = Path(__file__).parents[3] / "annotations"
    problems = image_folder_problems(annotations, (), read_manifest(annotations))
    assert [str(problem) for problem in problems if problem.rule == "attribution"] == []
