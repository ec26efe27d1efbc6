"""A tiny Wan2.1 I2V with random weights, saved and loaded as a real one is, and a small job."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import tiny_pipelines

from alignvid_ref.generation.generate import GenerationReport, Job, Plan, generate_videos
from alignvid_ref.generation.plan import plan_control, plan_model
from alignvid_ref.generation.resolve import Choices
from alignvid_ref.generation.shards import WHOLE, Shard
from omiti2v.editions import Edition

TINY = Choices(height=32, width=32, frames=5, steps=2)


@pytest.fixture(scope="session")
def wan_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save(tiny_pipelines.wan_i2v(), tmp_path_factory.mktemp("tiny") / "wan")


@pytest.fixture
def copy(wan_folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(wan_folder, tmp_path / "wan")
    return tmp_path / "wan"


@pytest.fixture(scope="session")
def alignvid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """AlignVid settings for blocks that the tiny model has."""
    config = {
        "family": "wan-i2v",
        "sites": {"query": 1, "text_key": 1},
        "blocks": [0, 1, 2, 3],
        "gamma": 9.0,
    }
    path = tmp_path_factory.mktemp("config") / "alignvid.json"
    path.write_text(json.dumps(config))
    return path


@pytest.fixture(scope="session")
def plans(wan_folder: Path, alignvid_file: Path) -> dict[str, Plan]:
    """The methods on the tiny Wan, each loaded once, and two controls."""
    wan = str(wan_folder)
    made = {
        "baseline": plan_model("baseline", TINY, backbone=wan, device="cpu"),
        "blur": plan_model("blur", TINY, backbone=wan, device="cpu"),
        "alignvid": plan_model(
            "alignvid", TINY, backbone=wan, device="cpu", alignvid=alignvid_file
        ),
        "pan": plan_control("pan", TINY),
        "still": plan_control("still", TINY),
    }
    return {name: replace(plan, load_model=cache(plan.load_model)) for name, plan in made.items()}


@pytest.fixture(scope="session")
def edition(
    make_edition: Callable[..., Edition], tmp_path_factory: pytest.TempPathFactory
) -> Edition:
    return make_edition(tmp_path_factory.mktemp("edition"), count=4)


@pytest.fixture
def make_videos(edition: Edition) -> Callable[..., GenerationReport]:
    """Makes a plan's videos of four samples, or of a shard of them."""

    def make(plan: Plan, folder: Path, *, shard: Shard = WHOLE) -> GenerationReport:
        ids = [sample.id for sample in edition.samples]
        job = Job(edition, ids, folder, plan, shard=shard)
        return generate_videos(job)

    return make


@pytest.fixture(scope="session")
def videos_of() -> Callable[[Path], dict[str, bytes]]:
    """The videos of a folder, by file name."""

    def read(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.mp4"))}

    return read
