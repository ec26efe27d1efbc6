"""The plan, and resuming where it was stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from evaluators.judges import Judge
from evaluators.world import Scene
from lab.tiny_wan.experiment import run
from lab.tiny_wan.experiment.results import read_clips
from lab.tiny_wan.experiment.settings import CONTROLS, fixed_settings

SETTINGS = {setting.name: setting for setting in fixed_settings()}


def test_every_setting_and_seed_has_a_file_of_its_own(tmp_path: Path) -> None:
    parts = run.plan(tmp_path, list(SETTINGS.values()), seeds=3)
    assert len(parts) == 3 * len(SETTINGS) - 2 * len(CONTROLS)
    assert tmp_path / "clips/blur/seed-2.csv" in parts


def write_text(text: str, setup: object, path: Path) -> None:
    path.write_text(text)


def test_only_what_is_missing_is_made(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        run, "ProcessPoolExecutor", lambda count, mp_context: ThreadPoolExecutor(count)
    )
    there, missing = tmp_path / "a", tmp_path / "folder" / "b"
    there.write_text("earlier")
    parts = {path: partial(write_text, "made") for path in (there, missing)}
    run.make_missing(parts, model=model_folder, samples=1, processes=1)
    assert there.read_text() == "earlier"
    assert missing.read_text() == "made"


@pytest.mark.parametrize("name", ["blur", "edit-reconstructed"])
def test_a_unit_is_a_table_of_all_scenes(
    name: str, pipe: object, always_yes: Judge, scenes: list[Scene], tmp_path: Path
) -> None:
    path = tmp_path / "seed-0.csv"
    some = scenes[:2]
    run.make_clips(SETTINGS[name], 0, run.ExperimentSetup(pipe, always_yes, some), path)
    rows = read_clips(path, [scene.sample for scene in some])
    assert list(rows["answers"]) == ["y" * len(scene.sample.questions) for scene in some]
    assert path.read_text().splitlines()[0] == (
        "sample_id,answers,dynamic_degree,first_frame,change,elsewhere"
    )
    assert pd.api.types.is_float_dtype(rows["elsewhere"])
