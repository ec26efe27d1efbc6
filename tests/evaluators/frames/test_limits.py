"""How much of a machine one video file may use."""

from __future__ import annotations

import pytest

from evaluators.frames import Limits


def test_limits_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_frames: expected a positive number, got 0"):
        Limits(max_frames=0)
    with pytest.raises(ValueError, match="max_seconds"):
        Limits(max_seconds=float("nan"))


def test_the_default_limits_let_an_ordinary_long_video_through() -> None:
    assert Limits().max_decoded_bytes >= 181 * 1280 * 720 * 3
    assert Limits().max_frames >= 181
    assert Limits().max_pixels >= 1280 * 720
