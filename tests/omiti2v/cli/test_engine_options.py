"""Where the work is done: options that fit together, and those that don't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from evaluators.engines.worker_setup import MetricSelection
from evaluators.judges import JudgeSpec
from omiti2v.cli.engine_options import EngineChoice, _search_folder, _spread, open_engine
from omiti2v.editions import Edition

EMPTY = Edition(name="empty", samples=(), image_sha256={}, root=None)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"name": "local", "workers": 2}, "--workers goes with"),
        (
            {"name": "ray", "devices": "cuda:0"},
            "--devices goes with --engine workers, not ray",
        ),
        (
            {"name": "local", "devices": "cuda:0"},
            "--devices goes with --engine workers, not local",
        ),
        (
            {"name": "workers", "ray_address": "auto"},
            "--ray-address goes with --engine ray, not workers",
        ),
        ({"ray_address": "auto"}, "--ray-address goes with --engine ray, not local"),
    ],
)
def test_options_of_another_engine_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(typer.BadParameter, match=complaint):
        open_engine(EngineChoice(**options), edition=EMPTY, judge=None)


def test_devices_and_a_device_exclude_each_other() -> None:
    judge = JudgeSpec(model="tiny", device="cpu")
    with pytest.raises(typer.BadParameter, match="--devices and --device exclude each other"):
        open_engine(EngineChoice(devices="cuda:0"), edition=EMPTY, judge=judge)


def test_without_options_everything_is_done_in_this_process() -> None:
    selection = MetricSelection(names=("motion",))
    engine = open_engine(EngineChoice(), edition=EMPTY, judge=None, metrics=selection)
    assert engine.judge is None
    assert [q.name for m in engine.metrics for q in m.quantities] == [
        "dynamic_degree_dis",
        "motion_magnitude_dis",
    ]


def test_workers_look_in_this_folder_for_an_object_of_a_person_s_own_and_for_nothing_else() -> None:
    assert _search_folder(JudgeSpec(model="tiny"), MetricSelection(names=("motion",))) is None
    assert _search_folder(JudgeSpec(model="openai:gpt"), None) is None
    assert _search_folder(None, MetricSelection(names=("iqa:niqe",))) is None
    assert _search_folder(JudgeSpec(model="mine:Judge"), None) == Path.cwd()
    assert _search_folder(None, MetricSelection(names=("motion", "mine:SHARP"))) == Path.cwd()


@pytest.mark.parametrize(
    ("devices", "workers", "expected"),
    [
        ([], None, [None]),
        ([], 2, [None, None]),
        (["cuda:0", "cuda:1"], None, ["cuda:0", "cuda:1"]),
        (["cuda:0", "cuda:1"], 3, ["cuda:0", "cuda:1", "cuda:0"]),
        (["cuda:0", "cuda:1"], 1, ["cuda:0"]),
    ],
)
def test_devices_are_given_out_in_turn(
    devices: list[str], workers: int | None, expected: list[str | None]
) -> None:
    assert _spread(devices, workers) == expected
