"""The settings that videos of one folder have in common."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alignvid_ref.generation.settings import GenerationSettings, describe_difference

SETTINGS = {
    "method": "still",
    "seed": 0,
    "fit": "exact",
    "height": 32,
    "width": 32,
    "frames": 5,
    "fps": 8,
}


def test_the_first_difference_is_told_with_both_values() -> None:
    there = SETTINGS | {"fps": 16, "frames": 9}
    assert describe_difference(there, SETTINGS) == "frames 9 there, 5 asked for"


def test_what_is_not_told_is_no_difference() -> None:
    assert describe_difference({"fps": 8, "note": "mine"}, SETTINGS) is None


def test_settings_of_before_are_equal_to_those_that_use_no_newer_option() -> None:
    before = GenerationSettings.model_validate(SETTINGS)
    here = {name: value for name, value in before.model_dump().items() if value is not None}
    assert describe_difference(here, before.model_dump()) is None
    for name, value in (("negative_prompt", "text"), ("lora", "x@sha256:0"), ("solver", "euler")):
        now = before.model_copy(update={name: value}).model_dump()
        told = describe_difference(before.model_dump(), now)
        assert told == f"{name} None there, {value!r} asked for"


@pytest.mark.parametrize(
    "change",
    [
        {"flow_shift": 0.0},
        {"height": 33},
        {"height": 14},
        {"width": 8194},
        {"frames": 0},
        {"fps": 241},
        {"seed": -1},
    ],
)
def test_a_value_out_of_its_range_is_refused(change: dict[str, float]) -> None:
    GenerationSettings.model_validate(SETTINGS)
    with pytest.raises(ValidationError):
        GenerationSettings.model_validate(SETTINGS | change)
