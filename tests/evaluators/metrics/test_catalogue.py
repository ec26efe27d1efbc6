"""Metrics by name: what they declare, and what is said where something is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from evaluators.metrics import METRIC_NAMES, WEIGHTS, Metric, load_metrics, parse_weights
from evaluators.metrics.dynamic_degree import dynamic_degree, raft_flow
from lab.tiny_clip import WEIGHTS as TINY_CLIP
from omiti2v.errors import UserError

MODEL_FREE = ["motion", "first_frame", "stillness", "smoothness"]
CLIP_METRICS = [name for name in METRIC_NAMES if name.startswith("clip_")]


def refused(names: list[str], **weights: str) -> str:
    with pytest.raises(UserError) as error:
        load_metrics(names, weights=weights)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> tuple[Metric, ...]:
    """Every metric that can be made here without a download."""
    head = tmp_path_factory.mktemp("head") / "head.pth"
    torch.save({"weight": torch.zeros(1, 128), "bias": torch.zeros(1)}, head)
    clip = str(TINY_CLIP)
    made = load_metrics(
        [*MODEL_FREE, *CLIP_METRICS, "background_consistency", "aesthetic_quality"],
        weights={
            "clip": clip,
            "background_clip": clip,
            "aesthetic_clip": clip,
            "aesthetic_head": str(head),
        },
        device="cpu",
    )
    return (*made, dynamic_degree(raft_flow(torch.nn.Identity()), name="nothing"))


def test_every_metric_declares_what_it_is(metrics: tuple[Metric, ...]) -> None:
    for metric in metrics:
        assert metric.version
        assert metric.licence
        for quantity in metric.quantities:
            assert all((quantity.name, quantity.unit, quantity.description, quantity.source))
            assert len(quantity.bounds) == 2


def test_no_two_metrics_give_a_number_of_the_same_name(metrics: tuple[Metric, ...]) -> None:
    names = [quantity.name for metric in metrics for quantity in metric.quantities]
    assert len(names) == len(set(names))


def test_a_metric_that_needs_weights_names_them_in_its_version(
    metrics: tuple[Metric, ...],
) -> None:
    for metric in metrics:
        assert (metric.version != "1") == bool(metric.requirements)


def test_a_name_given_twice_is_measured_once() -> None:
    assert len(load_metrics(["motion", "smoothness", "motion"])) == 2


def test_an_unknown_name_lists_the_known_ones() -> None:
    message = refused(["motion", "beauty"])
    assert "'beauty'" in message
    assert "aesthetic_quality" in message


@pytest.mark.parametrize(
    ("metric", "weights"),
    [
        ("clip_prompt_alignment", "clip"),
        ("background_consistency", "background_clip"),
        ("subject_consistency", "dino"),
        ("aesthetic_quality", "aesthetic_head"),
    ],
)
def test_missing_weights_say_which_to_give(metric: str, weights: str) -> None:
    assert f"{metric}: needs weights: give {weights}=WHERE ({WEIGHTS[weights]})" in refused(
        [metric]
    )


def test_weights_of_an_unknown_name_are_refused() -> None:
    assert "expected one of clip, background_clip" in refused(["motion"], clipp="folder")


def test_weights_with_a_wrong_checksum_are_refused(tmp_path: Path) -> None:
    (tmp_path / "raft.pth").write_bytes(b"other")
    message = refused(["dynamic_degree"], raft=f"{tmp_path / 'raft.pth'}#sha256=22a6c225")
    assert "dynamic_degree: " in message
    assert "expected sha256 22a6c225" in message


def test_a_missing_package_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    assert 'needs open_clip, which is not installed: pip install "omiti2v[clip]"' in refused(
        ["clip_prompt_alignment"]
    )


def test_weights_are_given_as_name_and_place() -> None:
    assert parse_weights(["clip=ViT-B-32=a.pt", "raft=b"]) == {"clip": "ViT-B-32=a.pt", "raft": "b"}


@pytest.mark.parametrize("options", [["clip"], ["=a"], ["clip="], ["clip=a", "clip=b"]])
def test_weights_that_are_not_so_given_are_refused(options: list[str]) -> None:
    with pytest.raises(UserError, match="weights: "):
        parse_weights(options)


def test_the_catalogue_imports_no_torch() -> None:
    program = "import sys, evaluators.metrics; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
