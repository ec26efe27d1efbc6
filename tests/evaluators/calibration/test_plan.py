"""What a judge is calibrated on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.calibration.plan import CalibrationPlan, pick_photographs
from evaluators.world import Photograph
from omiti2v.editions import Edition
from omiti2v.samples import Sample

PHOTOGRAPH = Photograph(path=Path("a.jpg"), licence="CC0-1.0", attribution="A. Person")


def test_without_photographs_there_is_one_ground() -> None:
    plan = CalibrationPlan(width=64, height=48, frames=9, fps=4)
    assert plan.grounds == ("drawn",)
    settings = plan.settings("drawn")
    assert (settings.width, settings.height, settings.frames, settings.fps) == (64, 48, 9, 4)
    assert settings.backgrounds == ("plain", "gradient")


def test_photographs_are_a_ground_of_their_own() -> None:
    plan = CalibrationPlan(photographs=(PHOTOGRAPH,))
    assert plan.grounds == ("drawn", "photographs")
    assert plan.settings("photographs").backgrounds == (PHOTOGRAPH,)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [({"scenes": 1}, "scenes: expected at least 2"), ({"width": 63}, "width: expected an even")],
)
def test_a_plan_without_sense_is_refused(wrong: dict[str, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        CalibrationPlan(**wrong)  # type: ignore[arg-type]


def test_photographs_are_real_images_with_a_licence_the_same_every_time(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> None:
    real = {"image_type": "real", "licence": "CC-BY-4.0", "attribution": "A. Person"}
    changes = [real, real, real, {**real, "licence": None}, {**real, "image_type": "generated"}]
    samples = [
        sample.model_copy(update=change)
        for sample, change in zip(make_samples(5), changes, strict=True)
    ]
    edition = make_edition(tmp_path / "edition", samples=samples)
    everything = pick_photographs(edition)
    assert {photograph.path.stem for photograph in everything} == {"s000", "s001", "s002"}
    assert {photograph.attribution for photograph in everything} == {"A. Person"}
    some = pick_photographs(edition, count=2)
    assert len(some) == 2
    assert some == pick_photographs(edition, count=2)
