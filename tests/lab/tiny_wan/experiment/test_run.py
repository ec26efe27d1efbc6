"""The plan, and resuming where it was stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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
    parts = run.missing_tables(tmp_path, list(SETTINGS.values()), seeds=3)
    assert len(parts) == 3 * len(SETTINGS) - 2 * len(CONTROLS)
    assert (SETTINGS["blur"], 2, tmp_path / "clips/blur/seed-2.csv") in parts


def test_a_stopped_experiment_resumes_with_what_is_missing(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch, always_yes: Judge
) -> None:
    monkeypatch.setattr(
        run, "ProcessPoolExecutor", lambda count, mp_context: ThreadPoolExecutor(count)
    )
    monkeypatch.setattr(run, "tiny_judge", lambda: always_yes)
    monkeypatch.setattr(
        run.results, "read_settings", lambda blocks: [SETTINGS[name] for name in CONTROLS]
    )
    monkeypatch.setattr(run, "draw_examples", lambda setup, path: path.write_text("drawn"))
    written = [tmp_path / name for name in ("blocks.json", "attention.csv")]
    earlier, missing = (tmp_path / f"clips/{name}/seed-0.csv" for name in CONTROLS)
    earlier.parent.mkdir(parents=True)
    for path in (*written, earlier):
        path.write_text("earlier")
    command = ["experiment", "--out", str(tmp_path), "--model", str(model_folder)]
    monkeypatch.setattr("sys.argv", [*command, "--samples", "1", "--processes", "1"])
    run.main()
    assert {path.read_text() for path in (*written, earlier)} == {"earlier"}
    assert len(missing.read_text().splitlines()) == 2
    assert (tmp_path / "examples.png").read_text() == "drawn"


@pytest.mark.parametrize("name", ["blur", "edit-reconstructed"])
def test_a_unit_is_a_table_of_all_scenes(
    name: str, pipe: object, always_yes: Judge, scenes: list[Scene], tmp_path: Path
) -> None:
    path = tmp_path / "seed-0.csv"
    some = scenes[:2]
    run.write_clips(run.ExperimentSetup(pipe, always_yes, some), SETTINGS[name], 0, path)
    rows = read_clips(path, [scene.sample for scene in some])
    assert list(rows["answers"]) == ["y" * len(scene.sample.questions) for scene in some]
    assert path.read_text().splitlines()[0] == (
        "sample_id,answers,dynamic_degree,first_frame,change,elsewhere"
    )
    assert pd.api.types.is_float_dtype(rows["elsewhere"])
