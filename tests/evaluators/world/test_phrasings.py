"""How each family of questions may be put."""

from __future__ import annotations

import re

import pytest

from evaluators.world.phrasings import PHRASINGS


@pytest.mark.parametrize("family", PHRASINGS)
def test_every_phrasing_is_a_question_with_the_same_blanks(family: str) -> None:
    dimension, phrasings = PHRASINGS[family]
    assert re.fullmatch("[a-z_]+", dimension)
    assert len(set(phrasings)) == len(phrasings) >= 1
    blanks = [
        {blank.removesuffix("_low") for blank in re.findall(r"{(\w+)}", text)} for text in phrasings
    ]
    assert all(found == blanks[0] for found in blanks)
    for text in phrasings:
        assert re.fullmatch(r"(\{are\}|[A-Z]).*\?", text)
        assert "<" not in text


def test_a_family_asks_about_the_end_or_about_any_time() -> None:
    moments = {
        family: {("at any time" in text.lower()) for text in phrasings}
        for family, (_, phrasings) in PHRASINGS.items()
    }
    assert all(len(found) == 1 for found in moments.values())
    anytime = {family for family, found in moments.items() if True in found}
    assert anytime == {
        *("present_any", "comes", "goes", "turns_colour", "turns_shape", "turns_size"),
        *("moves", "turns_black"),
    }


def test_one_family_in_full() -> None:
    assert PHRASINGS["resized"] == (
        "state",
        (
            "Is the {look} much {compared} at the end of the video than at the start?",
            "At the end of the video, is the {look} much {compared} than at the start?",
        ),
    )
