"""The JSON form of a comparison: it comes back as it was, and takes nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from omiti2v.comparison import Comparison, Difference, compare_runs
from omiti2v.editions import Edition
from omiti2v.runs import Run

Make = Callable[..., Run]

DIFFERENCE: dict[str, Any] = {
    **{"a": 0.25, "b": 0.75, "difference": 0.5, "low": None, "high": None},
    **{"p_value": 0.04, "p_exact": True, "minimum_detectable": None, "n": 12, "differing": 6},
}


@pytest.fixture
def comparison(edition: Edition, make_run: Make) -> Comparison:
    """Of a run that is right on all samples with one that is right on all but one."""
    a = make_run(edition, "a", lambda sample, q: q.expected_answer)
    b = make_run(edition, "b", lambda s, q: "unknown" if s.id == "s003" else q.expected_answer)
    return compare_runs(a, b, resamples=100)


def test_it_comes_back_from_json_as_it_was(comparison: Comparison) -> None:
    text = comparison.model_dump_json()
    assert Comparison.model_validate_json(text) == comparison
    # Programs read these; what is not available is null and not left out, but for the reason
    # and for what needs people or a calibration.
    found = json.loads(text)
    assert found.keys() == Comparison.model_fields.keys() - {
        "judge_unavailable",
        "people",
        "corrected",
    }
    assert found["scores"]["accuracy"].keys() == Difference.model_fields.keys()
    (flip,) = found["flips"]
    assert (flip["sample_id"], flip["direction"]) == ("s003", "lost")
    assert found["success"] == {"both": 11, "only_a": 1, "only_b": 0, "neither": 0, "p_value": 1.0}


def test_a_field_of_another_version_is_refused(comparison: Comparison) -> None:
    with pytest.raises(ValidationError, match="winner"):
        Comparison.model_validate(comparison.model_dump() | {"winner": "a"})
    with pytest.raises(ValidationError, match="direction"):
        flip = comparison.flips[0].model_dump() | {"direction": "turned"}
        Comparison.model_validate(comparison.model_dump() | {"flips": (flip,)})


@pytest.mark.parametrize("p_value", [-0.01, 1.01, float("nan"), None])
def test_a_p_value_is_a_probability(p_value: float | None) -> None:
    assert Difference.model_validate(DIFFERENCE).p_value == 0.04
    with pytest.raises(ValidationError, match="p_value"):
        Difference.model_validate(DIFFERENCE | {"p_value": p_value})
