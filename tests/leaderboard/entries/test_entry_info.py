"""What `entry.json` may hold, and what a badge asks for."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from leaderboard.entries.entry_info import BADGES, Badge, EntryInfo, Rejudged, SampleResults

SUBMISSION = {"name": "A submission"}
EDITION = {"name": "open", "fingerprint": "0" * 64, "samples": 3}
REPORTED = {
    "edition": "official",
    "judge": "Qwen2.5-VL-32B",
    "samples_stated": 367,
    "samples_inferred": 389,
    "categories": {"addition": 50.0},
    "metrics": {},
}
REJUDGED = {
    "date": date(2026, 3, 4),
    "share": 0.1,
    "seed": 1,
    "judge": "0" * 64,
    "samples": 3,
    "questions": 10,
    "agreed": 9,
    "lost": 1,
    "gained": 0,
    "version": "0.1.0",
}
WHOLE: dict[Badge, dict[str, Any]] = {
    "reported": {"submission": SUBMISSION, "reported": REPORTED, "source": "a paper"},
    "exact": {"submission": SUBMISSION, "edition": EDITION},
    "responses": {},
    "videos": {"rejudged": REJUDGED},
}


def info(badge: Badge, **fields: Any) -> EntryInfo:
    return EntryInfo.model_validate({"badge": badge, "added": date(2026, 3, 4), **fields})


def test_every_badge_says_what_it_proves() -> None:
    assert set(BADGES) == set(get_args(Badge)) == set(WHOLE)


@pytest.mark.parametrize("badge", get_args(Badge))
def test_each_badge_has_its_fields(badge: Badge) -> None:
    entry = info(badge, **WHOLE[badge])
    assert EntryInfo.model_validate_json(entry.model_dump_json()) == entry


@pytest.mark.parametrize(
    ("badge", "field"), [(badge, field) for badge, fields in WHOLE.items() for field in fields]
)
def test_a_field_that_a_badge_needs_can_not_be_left_out(badge: Badge, field: str) -> None:
    fields = {name: value for name, value in WHOLE[badge].items() if name != field}
    with pytest.raises(ValidationError, match=f"needs (its )?{field}"):
        info(badge, **fields)


@pytest.mark.parametrize("field", ["submission", "edition", "reported", "rejudged"])
def test_a_field_of_another_badge_has_no_place(field: str) -> None:
    values = {name: value for fields in WHOLE.values() for name, value in fields.items()}
    with pytest.raises(ValidationError, match=f"has no place for {field}"):
        info("responses", **{field: values[field]})


@pytest.mark.parametrize("counts", [{"agreed": 11}, {"lost": 2}, {"gained": 1}])
def test_answers_that_agreed_or_not_are_no_more_than_were_asked(counts: dict[str, int]) -> None:
    assert Rejudged.model_validate(REJUDGED).agreed == 9
    with pytest.raises(ValidationError, match="more than the questions"):
        Rejudged.model_validate({**REJUDGED, **counts})


def test_marks_are_letters_of_outcomes() -> None:
    assert SampleResults(outcomes="spnbu", right=(0, 4, 1, 2, 0)).outcomes == "spnbu"
    with pytest.raises(ValidationError):
        SampleResults(outcomes="spx", right=None)


def test_marks_of_takes_follow_each_other_and_are_told_apart_by_their_numbers() -> None:
    marks = SampleResults(outcomes="spsun", right=(4, 3, 4, 0, 2), takes=(2, 1, 2))
    assert marks.by_sample("spsun") == ["sp", "s", "un"]
    assert marks.outcome_shares("success") == [0.5, 1, 0]
    assert marks.right_means() == [3.5, 4, 1]
    assert SampleResults.model_validate_json(marks.model_dump_json()) == marks
    one = SampleResults(outcomes="sp", right=(4, 3))
    assert "takes" not in one.model_dump_json()
    assert one.outcome_shares("success") == [1, 0]
    with pytest.raises(ValidationError, match="5 videos, but takes say 4"):
        SampleResults(outcomes="spsun", right=None, takes=(2, 2))
