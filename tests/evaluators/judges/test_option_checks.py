"""Arguments that a judge refuses, each in one line."""

from __future__ import annotations

import pytest

from evaluators.judges.option_checks import check_choice, check_counts, check_parsing, check_range
from omiti2v.errors import UserError


def test_what_is_fine_or_not_given_passes() -> None:
    check_choice("dtype", "auto", ("auto", "float16"))
    check_choice("dtype", None, ("auto", "float16"))
    check_range("threshold", 0, 0, 1)
    check_range("threshold", 1, 0, 1)
    check_counts(frames=1, pixels=None)
    check_parsing("strict", "paper")
    check_parsing(None, "fast")


def test_what_is_not_is_refused() -> None:
    with pytest.raises(UserError, match="dtype: expected one of auto, float16, got 'int8'"):
        check_choice("dtype", "int8", ("auto", "float16"))
    for value in (-0.01, 1.01, float("nan")):
        with pytest.raises(UserError, match="threshold: expected a number from 0 to 1, got"):
            check_range("threshold", value, 0, 1)
    with pytest.raises(UserError, match="pixels: expected at least 1, got 0"):
        check_counts(frames=1, pixels=0)
    with pytest.raises(UserError, match="parsing: goes with the protocol paper"):
        check_parsing("strict", "fast")
