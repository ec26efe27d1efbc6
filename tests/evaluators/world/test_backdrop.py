"""The background of a scene: plain, a gradient, or a photograph."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from evaluators.world import Background, Photograph, Scene
from evaluators.world import backdrop as backdrop_module
from evaluators.world.backdrop import DARKEST, LIGHTEST, TINT, paint_backdrop
from evaluators.world.scene import Stage
from omiti2v.errors import UserError


def on(scenes: list[Scene], background: Background) -> Stage:
    return replace(scenes[0].stage, background=background)


def photograph(path: Path, size: tuple[int, int] = (90, 40)) -> Photograph:
    levels = np.linspace(0, 255, size[0]).astype(np.uint8)
    PIL.Image.fromarray(np.tile(levels, (size[1], 1))).save(path)
    return Photograph(path=path, licence="CC0-1.0", attribution="A. Person")


def test_a_plain_background_is_one_grey_with_a_tint(scenes: list[Scene]) -> None:
    painted = paint_backdrop(on(scenes, "plain"))
    assert painted.shape == (64, 64, 3)
    assert (painted == painted[0, 0]).all()
    assert DARKEST - TINT <= painted.min() <= painted.max() <= LIGHTEST + TINT


def test_a_gradient_runs_from_one_grey_to_another(scenes: list[Scene]) -> None:
    painted = paint_backdrop(on(scenes, "gradient")).astype(int)
    assert len(np.unique(painted[..., 0])) > 3
    assert DARKEST - TINT <= painted.min() <= painted.max() <= LIGHTEST + TINT
    assert np.abs(np.diff(painted, axis=1)).max() <= 3


def test_a_photograph_is_cropped_to_the_frame_and_softened(
    scenes: list[Scene], tmp_path: Path
) -> None:
    painted = paint_backdrop(on(scenes, photograph(tmp_path / "a.png")))
    assert painted.shape == (64, 64, 3)
    assert 30 < painted[:, 0].mean() < painted[:, -1].mean() < 200


def test_a_photograph_that_is_no_image_or_too_large_is_named(
    scenes: list[Scene], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.png").write_text("not an image")
    broken = Photograph(path=tmp_path / "b.png", licence="", attribution="")
    with pytest.raises(UserError, match=r"b\.png: expected a background photograph"):
        paint_backdrop(on(scenes, broken))
    monkeypatch.setattr(backdrop_module, "MAX_PHOTOGRAPH_PIXELS", 3599)
    with pytest.raises(UserError, match="got 90x40; scale it down"):
        paint_backdrop(on(scenes, photograph(tmp_path / "c.png")))
