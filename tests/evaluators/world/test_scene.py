"""What a scene promises about its objects."""

from __future__ import annotations

from evaluators.world import BEHAVIOURS, Scene


def test_no_frame_has_two_objects_of_one_look_or_in_one_place(scenes: list[Scene]) -> None:
    for scene in scenes:
        for behaviour in BEHAVIOURS:
            for frame in scene.lines[behaviour].items:
                items = [item for item in frame if item is not None]
                assert len({item.look for item in items}) == len(items)
                assert len({item.place for item in items}) == len(items)


def test_the_edit_changes_one_thing_only(scenes: list[Scene]) -> None:
    for scene in scenes:
        first, last = (scene.lines["done"].items[i] for i in (0, -1))
        changed = [(a, b) for a, b in zip(first, last, strict=True) if a != b]
        assert len(changed) == 1
        before, after = changed[0]
        if before is not None and after is not None:
            traits = ("colour", "shape", "size", "place")
            different = [t for t in traits if getattr(before, t) != getattr(after, t)]
            assert different == [scene.stage.kind]


def test_the_wrong_change_is_of_the_same_kind_but_another_object(scenes: list[Scene]) -> None:
    for scene in scenes:
        edit, wrong = scene.stage.edit, scene.stage.wrong
        assert (edit.before is None, edit.after is None) == (
            wrong.before is None,
            wrong.after is None,
        )
        if scene.stage.kind == "appears":
            assert edit.after is not None and wrong.after is not None
            assert edit.after.colour != wrong.after.colour
            assert edit.after.shape != wrong.after.shape
        else:
            assert edit.slot != wrong.slot


def test_both_ends_of_every_video_show_an_object_unless_it_is_blank(scenes: list[Scene]) -> None:
    for scene in scenes:
        for behaviour in BEHAVIOURS:
            line = scene.lines[behaviour]
            assert any(line.items[0])
            assert any(line.items[-1]) == (behaviour != "blank")
