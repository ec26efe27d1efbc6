"""What a folder of results is of, and its tables of clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from evaluators.world import Scene
from lab.tiny_wan.experiment.results import Stamp, claim, read_clips, read_results
from omiti2v.errors import UserError

STAMP = Stamp(model="sha256:00", world_seed=1, samples=6, steps=12)


@pytest.fixture
def table(tmp_path: Path, scenes: list[Scene], rows_that: Callable[..., pd.DataFrame]) -> Path:
    path = tmp_path / "seed-0.csv"
    rows_that(scenes, 0.5).to_csv(path)
    return path


def test_results_of_another_model_are_refused(tmp_path: Path) -> None:
    claim(tmp_path, STAMP)
    claim(tmp_path, STAMP)
    with pytest.raises(UserError, match=r"experiment\.json: .* give another --out"):
        claim(tmp_path, STAMP.model_copy(update={"model": "sha256:11"}))


def test_clips_come_in_the_order_of_the_samples(table: Path, scenes: list[Scene]) -> None:
    samples = [scene.sample for scene in scenes]
    backwards = read_clips(table, samples[::-1])
    assert list(backwards.index) == [sample.id for sample in samples[::-1]]
    assert backwards["change"].dtype == float


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("elsewhere", "other"),
        (",y", ",yyyyyyyyyyyyy"),
        (",y", ",x"),
        ("world-5-00003", "world-5-99999"),
        (",2.0", ",two"),
    ],
)
def test_something_else_is_refused_by_its_name(
    table: Path, scenes: list[Scene], old: str, new: str
) -> None:
    text = table.read_text()
    assert old in text
    table.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=r"seed-0\.csv: not a table of clips"):
        read_clips(table, [scene.sample for scene in scenes])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"seed-0\.csv"):
        read_clips(tmp_path / "seed-0.csv", [])


def test_an_experiment_that_is_not_finished_has_no_results(tmp_path: Path) -> None:
    claim(tmp_path, STAMP)
    with pytest.raises(UserError, match=r"blocks\.json: no such file"):
        read_results(tmp_path)
