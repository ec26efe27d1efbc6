"""Masks that shapes are painted through."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.world.shapes import OUTLINES, draw_masks
from evaluators.world.vocabulary import SHAPES, Shape


@pytest.mark.parametrize("shape", SHAPES)
def test_a_mask_covers_its_outline_and_the_border_lies_around_it(shape: Shape) -> None:
    face, whole = draw_masks(shape, centre=(32.0, 32.0), radius=20.0, line=3, height=64, width=64)
    assert (whole >= face).all()
    assert whole.sum() > face.sum()
    for mask in (face, whole):
        rows, columns = np.nonzero(mask)
        assert rows.min() >= 8 and rows.max() <= 56
        assert columns.min() >= 8 and columns.max() <= 56
    assert face[32, 32] == 255


def test_areas_are_those_of_the_outlines() -> None:
    for shape, corners in OUTLINES.items():
        x, y = corners.T
        area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
        face, _ = draw_masks(
            shape, centre=(100.0, 100.0), radius=80.0, line=1, height=200, width=200
        )
        # The fill takes in the pixels that the outline runs through.
        assert face.sum() / 255 == pytest.approx(area * 80**2, rel=0.06)


def test_no_two_shapes_look_alike() -> None:
    masks = [
        draw_masks(shape, centre=(16.0, 16.0), radius=12.0, line=1, height=32, width=32)[0] > 127
        for shape in SHAPES
    ]
    for number, mask in enumerate(masks):
        for other in masks[:number]:
            assert (mask ^ other).sum() / (mask | other).sum() > 0.15
