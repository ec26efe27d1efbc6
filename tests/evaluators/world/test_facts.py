"""What can rightly be asked about a scene."""

from __future__ import annotations

from evaluators.world import Scene
from evaluators.world.facts import DIRECTIONS, OPPOSITE, every_fact
from evaluators.world.phrasings import PHRASINGS
from evaluators.world.timeline import frozen_timeline

OF_A_KIND = {
    "appears": {"comes"},
    "disappears": {"gone", "goes"},
    "colour": {"turns_colour"},
    "shape": {"turns_shape"},
    "size": {"turns_size", "resized"},
    "place": {"moves"},
}


def test_every_fact_fills_every_phrasing_of_its_family(scenes: list[Scene]) -> None:
    seen = set()
    for scene in scenes[:60]:
        for family, fields, predicate in every_fact(scene.stage, scene.lines):
            seen.add(family)
            for text in PHRASINGS[family][1]:
                assert "{" not in text.format(**fields)
            assert predicate(scene.lines["done"]) in (True, False)
    assert seen == PHRASINGS.keys()


def test_events_are_asked_of_their_kind_of_edit_alone(scenes: list[Scene]) -> None:
    for scene in scenes[:60]:
        families = {family for family, _, _ in every_fact(scene.stage, scene.lines)}
        for kind, own in OF_A_KIND.items():
            assert bool(families & own) == (kind == scene.stage.kind)


def test_no_question_is_asked_twice_of_a_scene(scenes: list[Scene]) -> None:
    for scene in scenes[:60]:
        asked = [
            (family, tuple(sorted(fields.items())))
            for family, fields, _ in every_fact(scene.stage, scene.lines)
        ]
        assert len(set(asked)) == len(asked)


def test_an_object_that_changes_its_look_is_not_asked_to_be_anywhere(scenes: list[Scene]) -> None:
    for scene in scenes[:60]:
        if scene.stage.kind not in ("colour", "shape"):
            continue
        changing = {
            " ".join(scene.stage.items[change.slot].look)
            for change in (scene.stage.edit, scene.stage.wrong)
        }
        for family, fields, _ in every_fact(scene.stage, scene.lines):
            if family in ("still_in_place", "related"):
                assert fields["look"] not in changing


def test_related_objects_differ_along_the_axis_that_is_asked_about(scenes: list[Scene]) -> None:
    for scene in scenes[:60]:
        facts = {
            (fields["look"], fields["direction"], fields["other"]): predicate
            for family, fields, predicate in every_fact(scene.stage, scene.lines)
            if family == "related"
        }
        frozen = frozen_timeline(scene.stage)
        for (one, direction, other), predicate in facts.items():
            opposite = facts[one, OPPOSITE[direction], other]
            assert not (predicate(frozen) and opposite(frozen))
    assert set(OPPOSITE) == set(DIRECTIONS)
