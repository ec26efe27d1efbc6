"""Names that pass for others, or for a badge."""

from __future__ import annotations

import pytest

from leaderboard.entries.name_rules import normal_name, odd_name, skeleton


@pytest.mark.parametrize(
    "name",
    [
        "Wan2.1-I2V-14B-480P + AlignVid (rerun)",
        "γ=1.35, α-CFG",
        "Việt Ünïcödé",
        "日本語モデルv2",
        "Модель",
        "हिन्दी",
        "C++ <b>&amp; $x$",
    ],
)
def test_honest_names_are_taken(name: str) -> None:
    assert odd_name(name) is None
    assert normal_name(name) == name


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("a\u200bmodel", "[U+200B] is not seen"),
        ("a model\u202e", "[U+202E] is not seen"),
        ("a\u3164model", "[U+3164] is not seen"),
        ("a model\ufe0f", "[U+FE0F] is not seen"),
        ("a model ✔", "✔ is a mark"),
        ("a model ☑", "☑ is a mark"),
        ("a model √", "√ is a mark"),
        ("a model 🏆", "🏆 is a mark"),
        ("a model (verified)", "says verified"),
        ("a model, re-judged", "says rejudged"),
        ("a model VER1F1ED", "says verified"),
        ("GPT-5 (human-validated)", "says validated"),
        ("a mоdel", "letters of several scripts in one word: CYRILLIC, LATIN"),
        ("ꓔꓲꓠꓬ", "a script that names are not written in: LISU"),
        ("a m\u0323\u0302\u0306\u0303\u0301odel", "more than 2 marks on one letter"),
    ],
)
def test_odd_names_are_told(name: str, complaint: str) -> None:
    assert complaint in str(odd_name(name))


@pytest.mark.parametrize(
    "name", ["tíny", "tіny", "ТІΝУ", "ᴛɪɴʏ", "t1ny", "tıny", "T|NY", "ｔｉｎｙ", "ti-ny", "τιny"]
)
def test_names_that_look_alike_have_one_skeleton(name: str) -> None:
    assert skeleton(name) == skeleton("tiny")


@pytest.mark.parametrize("name", ["tiny2", "tins", "Ти", "日本", "shiny"])
def test_others_have_another(name: str) -> None:
    assert skeleton(name) != skeleton("tiny")


def test_the_normal_form_is_one_spelling_with_single_spaces() -> None:
    assert normal_name(" Ｗａｎ\u00a02.1   ﬁne² ") == "Wan 2.1 fine2"
