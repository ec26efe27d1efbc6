"""Settings that can't be rendered are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from evaluators.world import Nuisances, WorldSettings


@pytest.mark.parametrize(
    "field, value",
    [("width", 63), ("height", 30), ("frames", 7), ("fps", 0), ("backgrounds", ())],
)
def test_impossible_sizes_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"WorldSettings: {field}: expected"):
        WorldSettings(**{field: value})


@pytest.mark.parametrize(
    "field, value",
    [("motion", 0.03), ("blur", -1.0), ("noise", float("nan")), ("speed", 0.0), ("crf", 52)],
)
def test_nuisances_out_of_range_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"Nuisances: {field}: expected"):
        Nuisances(**{field: value})
