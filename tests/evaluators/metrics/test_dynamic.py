"""VBench's decision: a worked example, and what happens at its thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.metrics.dynamic import is_dynamic, mean_of_fastest


@pytest.mark.parametrize(
    ("moving", "pairs", "dynamic"),
    # 17 frames need round(17 / 4) = 4 pairs above 6 pixels.
    [(4, 16, True), (3, 16, False), (16, 16, True), (0, 16, False), (1, 1, True), (0, 1, False)],
)
def test_a_quarter_of_the_frames_decides(moving: int, pairs: int, dynamic: bool) -> None:
    magnitudes = np.array([6.01] * moving + [5.99] * (pairs - moving))
    assert is_dynamic(magnitudes, short_side=256) is dynamic


def test_the_threshold_itself_is_not_motion() -> None:
    assert not is_dynamic(np.full(16, 6.0), short_side=256)


@pytest.mark.parametrize(("short_side", "threshold"), [(256, 6.0), (480, 11.25), (1024, 24.0)])
def test_the_threshold_grows_with_the_short_side(short_side: int, threshold: float) -> None:
    assert not is_dynamic(np.full(16, threshold), short_side=short_side)
    assert is_dynamic(np.full(16, threshold + 0.01), short_side=short_side)


def test_no_pairs_are_no_motion() -> None:
    assert not is_dynamic(np.array([]), short_side=256)


def test_only_the_fastest_twentieth_of_the_picture_counts() -> None:
    field = np.zeros((20, 20, 2), np.float32)
    field[0, :, 0], field[0, :, 1] = 3, 4  # 20 of 400 pixels, 5 long
    field[1, :10, 0] = 1
    assert mean_of_fastest(field) == pytest.approx(5.0)
    field[0, :10] = 0  # now half of the twentieth is 5 long, the other half 1
    assert mean_of_fastest(field) == pytest.approx(3.0)
