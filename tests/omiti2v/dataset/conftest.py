"""Annotations, editions and releases of a few small samples."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.dataset.export import export_edition
from omiti2v.editions import Edition
from omiti2v.records import write_records
from omiti2v.samples import CATEGORIES, Sample


def detailed(sample: Sample, number: int) -> Sample:
    """The sample with every field filled in."""
    return sample.model_copy(
        update={
            "subcategory": ("object", "time_of_day")[number % 2],
            "domain": "Nature & Environment" if number % 2 else "Objects",
            "image_type": ("real", "animation")[number % 2],
            "difficulty": ("easy", "medium", "hard")[number % 3],
            "expected_change": f"Change {number} is seen",
            "caption_before": f"Scene {number} as it was",
            "caption_after": f"Scene {number} with its change",
            "licence": "CC-BY-SA-4.0",
            "attribution": f"Painter <{number}> & Söhne",
            "source": f"a package: picture {number}",
            "changes": "none",
        }
    )


@pytest.fixture
def annotations(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> Path:
    """A folder of annotations: nine samples in a file for each category, images, licences."""
    folder = tmp_path / "annotations"
    samples = [detailed(sample, number) for number, sample in enumerate(make_samples(9))]
    make_edition(folder, samples=samples)
    (folder / "samples.jsonl").unlink()
    for category in CATEGORIES:
        members = [sample for sample in samples if sample.category == category]
        write_records(folder / f"{category}.jsonl", members)
    (folder / "images" / "licences").mkdir()
    (folder / "images" / "licences" / "CC-BY-SA-4.0.txt").write_text("The licence.\n")
    return folder


@pytest.fixture
def release(annotations: Path, tmp_path: Path) -> Path:
    """The same samples in the layout of the authors' release."""
    from omiti2v.dataset.compile import read_annotations

    export_edition(read_annotations(annotations), tmp_path / "release", form="meta.json")
    return tmp_path / "release"


@pytest.fixture
def edit_meta(release: Path) -> Callable[[Callable[[list[dict[str, Any]]], object]], None]:
    """Changes the rows of the release's meta.json by a function."""

    def edit(change: Callable[[list[dict[str, Any]]], object]) -> None:
        rows = json.loads((release / "meta.json").read_text())
        change(rows)
        (release / "meta.json").write_text(json.dumps(rows))

    return edit
