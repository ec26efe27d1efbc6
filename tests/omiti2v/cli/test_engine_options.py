"""Where the work is done: options that fit together, and those that don't."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from omiti2v.cli.engine_options import _spread, open_engine
from omiti2v.editions import Edition

EMPTY = Edition(name="empty", samples=(), image_sha256={}, root=None)
JUDGE: dict[str, Any] = {"spec": None, "device": None}


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("local", {"workers": 2}, "--workers goes with"),
        ("ray", {"devices": "cuda:0"}, "--devices goes with --engine workers, not ray"),
        ("local", {"devices": "cuda:0"}, "--devices goes with --engine workers, not local"),
        ("workers", {"ray_address": "auto"}, "--ray-address goes with --engine ray, not workers"),
        (None, {"ray_address": "auto"}, "--ray-address goes with --engine ray, not local"),
    ],
)
def test_options_of_another_engine_are_refused(
    name: Any, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(typer.BadParameter, match=complaint):
        open_engine(name, edition=EMPTY, judge=JUDGE, metrics={}, **options)


def test_devices_and_a_device_exclude_each_other() -> None:
    judge = {**JUDGE, "device": "cpu"}
    with pytest.raises(typer.BadParameter, match="--devices and --device exclude each other"):
        open_engine(None, edition=EMPTY, judge=judge, metrics={}, devices="cuda:0")


def test_without_options_everything_is_done_in_this_process() -> None:
    engine = open_engine(None, edition=EMPTY, judge=JUDGE, metrics={"names": ("motion",)})
    assert engine.judge is None
    assert [q.name for m in engine.metrics for q in m.quantities] == [
        "dynamic_degree_dis",
        "motion_magnitude_dis",
    ]


def test_options_of_a_judge_that_is_not_named_are_refused() -> None:
    judge = {**JUDGE, "dtype": "float16"}
    with pytest.raises(typer.BadParameter, match="goes with --judge"):
        open_engine(None, edition=EMPTY, judge=judge, metrics={"names": ()})


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
