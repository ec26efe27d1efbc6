"""The rules of the set, on a small one and on the project's own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from contrast_recipes import EVENT, LEAVES

from evaluators.contrast.contrast_set import ContrastSet
from lab.contrast.__main__ import load
from lab.contrast.rules import problems

MakeSet = Callable[..., ContrastSet]
SPRITE = {"kind": "sprite", "picture": "ball.png", "width": 0.2}


@pytest.fixture
def said(make_set: MakeSet) -> Callable[..., list[str]]:
    """What is wrong with a set whose recipe was changed, files that nothing uses aside."""

    def build(change: Callable[[dict[str, Any]], None] = lambda recipe: None) -> list[str]:
        recipe = copy.deepcopy(LEAVES)
        change(recipe)
        return [line for line in problems(make_set(recipe)) if "no recipe uses it" not in line]

    return build


def test_a_set_as_it_should_be_has_no_problem(said: Callable[..., list[str]]) -> None:
    assert said() == []


def test_the_right_clip_must_get_the_expected_answers(said: Callable[..., list[str]]) -> None:
    found = said(lambda r: r["clips"]["right"].update(answers={**EVENT, "q2": "yes: it stays"}))
    assert "addition-001: right: not the expected answer: q2" in found


def test_a_wrong_clip_that_passes_must_say_why(said: Callable[..., list[str]]) -> None:
    def pass_it(recipe: dict[str, Any]) -> None:
        recipe["clips"]["pops_up"]["answers"] = EVENT

    assert "addition-001: pops_up: passes, and says not why" in said(pass_it)

    def with_reason(recipe: dict[str, Any]) -> None:
        pass_it(recipe)
        recipe["clips"]["pops_up"]["passes"] = "no question asks how it goes"

    assert said(with_reason) == []


def test_a_wrong_clip_must_be_caught_by_what_it_breaks(said: Callable[..., list[str]]) -> None:
    found = said(lambda r: r["clips"]["pops_up"].update(breaks=["f3"]))
    assert "addition-001: pops_up: breaks f3, but is caught by q1 (f2)" in found


def test_too_few_wrong_clips_and_none_that_is_right(said: Callable[..., list[str]]) -> None:
    found = said(lambda r: r["clips"].pop("right"))
    assert "addition-001: no right clip" in found
    found = said(lambda r: r["clips"].pop("still"))
    assert any("2 wrong clips, expected at least 3" in line for line in found)


def test_every_file_is_there_used_and_its_origin_told(make_set: MakeSet) -> None:
    found = make_set(layers={**LEAVES["layers"], "other": SPRITE})
    said = list(problems(found))
    assert any("ball.png: used, but sprites/manifest.jsonl has no line" in line for line in said)
    assert "sprites/yellow.png: no recipe uses it" in said
    line = dict.fromkeys(("licence", "attribution", "source", "changes"), "x")
    text = "".join(json.dumps({"file": name, **line}) + "\n" for name in ("ball.png", "yellow.png"))
    (found.folder / "sprites" / "manifest.jsonl").write_text(text)
    assert list(problems(found)) == [
        "yellow.png: listed, but no recipe uses it",
        "sprites/yellow.png: no recipe uses it",
    ]


def test_the_projects_own_set_keeps_the_rules() -> None:
    assert list(problems(load())) == []
