"""Hugging Face `datasets` reads the compiled and the exported edition, without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from omiti2v.dataset.compile import compile_annotations, read_annotations
from omiti2v.dataset.export import export_edition
from omiti2v.dataset.load import PACKAGE
from omiti2v.editions import load_edition_folder
from omiti2v.samples import CATEGORIES, Sample

# In a process of its own: `datasets` reads its settings from the environment when it is imported.
SCRIPT = """
import json, sys
from datasets import Image, load_dataset
from omiti2v.dataset.columns import hub_features, samples_of_rows
from omiti2v.dataset.parquet import pack
from torch.utils.data import DataLoader

name = sys.argv[1]
configs = ["all", "addition", "deletion", "modification"]
loaded = {config: load_dataset(name, config, split="test") for config in configs}
default = load_dataset(name, split="test")
streamed = list(load_dataset(name, split="test", streaming=True))
rows = list(default.cast_column("image", Image(decode=False)))
frame = default.to_pandas()
batches = [len(batch) for batch in DataLoader(default, batch_size=4, collate_fn=list)]
print(json.dumps({
    "counts": {config: len(rows) for config, rows in loaded.items()},
    "categories": {config: sorted(set(rows["category"])) for config, rows in loaded.items()},
    "default": list(default["id"]),
    "columns": default.column_names,
    "features": default.features.to_dict() == hub_features(),
    "sizes": [row["image"].convert("RGB").size for row in default],
    "streamed": [row["id"] for row in streamed],
    "streamed sizes": [row["image"].size for row in streamed],
    "question": default[0]["questions"][0],
    "frame": [len(frame), list(frame.columns)],
    "batches": batches,
    "fingerprint": pack("open", samples_of_rows(rows, where="rows")).edition.fingerprint,
}))
"""


def load(name: str, *, cwd: Path, caches: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, name],
        cwd=cwd,
        env=os.environ
        | {
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(caches / "home"),
            "HF_DATASETS_CACHE": str(caches / "datasets"),
            "OMP_NUM_THREADS": "1",
            # The package under test, though the working folder holds one of its name.
            "PYTHONPATH": str(PACKAGE.parent),
            "PYTHONSAFEPATH": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture
def root(annotations: Path, tmp_path: Path) -> Path:
    """The root of a checkout: the folder `omiti2v` with code, the card and the compiled data."""
    folder = tmp_path / "checkout" / "omiti2v"
    shutil.copytree(
        PACKAGE, folder, ignore=lambda where, names: {"data", "__pycache__"} & set(names)
    )
    compile_annotations(annotations, folder)
    return folder.parent


def test_all_configs_load_in_the_root_of_the_checkout(
    root: Path, annotations: Path, tmp_path: Path
) -> None:
    got = load("omiti2v", cwd=root, caches=tmp_path)
    names = ("addition", "deletion", "modification")
    assert got["counts"] == {"all": 9, **dict.fromkeys(names, 3)}
    assert got["categories"] == {"all": [*names], **{name: [name] for name in names}}
    assert got["columns"] == list(Sample.model_fields)
    assert got["features"] is True
    assert got["sizes"] == got["streamed sizes"] == [[64, 48]] * 9
    assert got["streamed"] == got["default"]
    assert got["frame"] == [9, list(Sample.model_fields)]
    assert got["batches"] == [4, 4, 1]
    assert got["fingerprint"] == read_annotations(annotations).fingerprint
    assert got["question"] == {
        "id": "q1",
        "question": "Question 1 about s000?",
        "facet": None,
        "dimension": "object_presence",
        "expected_answer": "yes",
        "reference_answer": "no",
        "human_verified": False,
    }


def test_an_exported_folder_has_the_same_rows_and_fingerprint(
    annotations: Path, tmp_path: Path
) -> None:
    edition = read_annotations(annotations)
    export_edition(edition, tmp_path / "export")
    got = load(str(tmp_path / "export"), cwd=tmp_path, caches=tmp_path)
    assert got["default"] == [
        sample.id
        for category in CATEGORIES
        for sample in edition.samples
        if sample.category == category
    ]
    # The fingerprint covers every field and image byte of the rows.
    assert got["fingerprint"] == edition.fingerprint


def test_an_export_of_another_edition_brings_a_card_that_loads(
    annotations: Path, tmp_path: Path
) -> None:
    export_edition(load_edition_folder(annotations), tmp_path / "export")
    assert "# Edition custom" in (tmp_path / "export" / "README.md").read_text()
    got = load(str(tmp_path / "export"), cwd=tmp_path, caches=tmp_path)
    assert got["counts"] == {"all": 9, "addition": 3, "deletion": 3, "modification": 3}


def test_no_file_stands_in_the_way_of_loading_the_folder_by_name() -> None:
    assert not (PACKAGE / "omiti2v.py").exists()
