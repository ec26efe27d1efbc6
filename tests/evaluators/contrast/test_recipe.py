"""Recipes: what a clip is made of, what is true of it, and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from contrast_recipes import LEAVES

from evaluators.contrast.contrast_set import ContrastSet
from omiti2v.errors import UserError

MakeSet = Callable[..., ContrastSet]


def test_clips_stand_in_order_the_right_one_first(make_set: MakeSet) -> None:
    clips = make_set().clips["addition-001"]
    assert [clip.kind for clip in clips] == ["right", "pops_up", "camera_only", "still"]


def test_answers_carry_their_reasons(make_set: MakeSet) -> None:
    right, pops_up, *_ = make_set().clips["addition-001"]
    assert right.answers == {"q1": "yes", "q2": "no", "q3": "yes"}
    assert right.reasons["q1"] == "it moves"
    assert (right.outcome, right.caught_by) == ("success", [])
    assert (pops_up.outcome, pops_up.caught_by) == ("partial", ["q1"])


def test_an_untouched_clip_has_no_layers_and_the_reference_answers(make_set: MakeSet) -> None:
    for clip in make_set().clips["deletion-001"][-2:]:
        assert clip.layers == () and clip.outcome == "negligent"
    assert clip.answers == {"q1": "no", "q2": "yes", "q3": "yes"}


def changed(path: list[str], value: object) -> dict[str, Any]:
    recipe = copy.deepcopy(LEAVES)
    place = recipe
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return recipe


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["clips", "right", "answers", "q1"], "perhaps: so", "clips.right.answers.q1"),
        (["clips", "right", "answers", "q9"], "yes: so", "look at q9"),
        (["clips", "right", "answers"], {"q1": "yes: so"}, "look at q2, q3"),
        (["clips", "pops_up", "breaks"], ["f9"], "no facet f9"),
        (["clips", "pops_up", "change", "bell"], None, "no layer 'bell' to take away"),
        (["clips", "wrong"], {}, "clips.wrong"),
        (["layers", "ball", "mask"], "../../etc/passwd", "layer ball"),
        (["layers", "ball", "path"], [{"t": 0, "z": 1}], "layer ball"),
        (["layers", "ball", "time"], [0.5, 0.1], "expected its end not before its start"),
        (["layers", "ball", "kind"], "video", "layer ball"),
        (["frames"], 500, "frames"),
        (["sample"], "addition-002", "expected the file's name"),
    ],
)
def test_a_faulty_recipe_is_refused_by_the_name_of_its_field(
    make_set: MakeSet, path: list[str], value: object, complaint: str
) -> None:
    with pytest.raises(UserError, match=complaint) as caught:
        make_set(changed(path, value))
    assert ".yaml" in str(caught.value) and "\n" not in str(caught.value)
