"""Aesthetic quality: VBench's arithmetic with a head of known weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluators.metrics import Metric, Observation
from evaluators.metrics.aesthetic import AESTHETIC_QUALITY
from evaluators.metrics.clip_model import ClipModel
from evaluators.world import Behaviour, Scene
from omiti2v.errors import UserError

Build = Callable[..., Metric]
Play = Callable[[Scene, Behaviour], Observation]


def write_head(path: Path, weight: torch.Tensor, bias: float) -> str:
    torch.save({"weight": weight[None].float(), "bias": torch.tensor([bias])}, path)
    return str(path)


def test_it_is_the_mean_rating_of_all_frames_divided_by_ten(
    build: Build, tiny_clip: ClipModel, scenes: list[Scene], play: Play, tmp_path: Path
) -> None:
    weight = torch.randn(tiny_clip.dimensions, generator=torch.Generator().manual_seed(0))
    metric = build(AESTHETIC_QUALITY, aesthetic_head=write_head(tmp_path / "head.pth", weight, 5.0))
    observation = play(scenes[0], "done")
    vectors = tiny_clip.embed_frames_as_vbench(observation.video.frames)
    assert len(vectors) == 8
    ratings = [float(vector @ weight.numpy()) + 5.0 for vector in vectors]
    assert metric.measure(observation)["aesthetic_quality"] == pytest.approx(
        np.mean(ratings) / 10, abs=1e-6
    )


def test_a_head_that_prefers_a_picture_rates_it_higher(
    build: Build, tiny_clip: ClipModel, scenes: list[Scene], play: Play, tmp_path: Path
) -> None:
    liked, other = play(scenes[0], "still"), play(scenes[1], "still")
    taste = torch.from_numpy(tiny_clip.embed_frames(liked.reference[None])[0])
    metric = build(
        AESTHETIC_QUALITY, aesthetic_head=write_head(tmp_path / "head.pth", 10 * taste, 0.0)
    )
    high, low = (metric.measure(o)["aesthetic_quality"] for o in (liked, other))
    assert high > 0.9 > low


def test_a_head_for_other_features_is_refused(
    build: Build, tiny_clip: ClipModel, tmp_path: Path
) -> None:
    head = write_head(tmp_path / "head.pth", torch.zeros(768), 0.0)
    with pytest.raises(UserError, match="a head on 128 dimensions is needed") as error:
        build(AESTHETIC_QUALITY, aesthetic_head=head)
    assert "\n" not in str(error.value)


def test_the_version_names_model_and_head(
    build: Build, tiny_clip: ClipModel, tmp_path: Path
) -> None:
    versions = {
        build(
            AESTHETIC_QUALITY,
            aesthetic_head=write_head(tmp_path / f"{bias}.pth", torch.zeros(128), bias),
        ).version
        for bias in (0.0, 1.0)
    }
    assert len(versions) == 2
    assert all(tiny_clip.name in version for version in versions)
