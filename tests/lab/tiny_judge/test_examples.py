"""What the tiny judge is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evaluators.world.scene import Item
from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES
from lab.tiny_judge.examples import (
    QUESTIONS,
    ClipChunks,
    Example,
    is_held_out,
    make_example,
    shows_held_out,
)


def test_the_same_number_gives_the_same_clip_and_questions() -> None:
    one, again = (make_example(5, seed=3) for _ in range(2))
    assert np.array_equal(one.frames, again.frames)
    assert (one.questions, one.answers) == (again.questions, again.answers)


def test_training_clips_never_show_a_held_out_combination(examples: list[Example]) -> None:
    assert not any(shows_held_out(example.scene.stage) for example in examples)
    assert any(
        shows_held_out(make_example(i, seed=77, held_out=True).scene.stage) for i in range(8)
    )


def test_each_colour_shape_and_place_is_trained_on_in_other_combinations() -> None:
    items = [Item(c, s, "big", p) for c in COLOURS for s in SHAPES for p in PLACES]
    kept = [item for item in items if not is_held_out(item)]
    assert 0.05 < 1 - len(kept) / len(items) < 0.2
    for trait, values in (("colour", COLOURS), ("shape", SHAPES), ("place", PLACES)):
        assert {getattr(item, trait) for item in kept} == set(values)
    assert {item.look for item in kept} == {item.look for item in items}


def test_slots_name_what_is_at_each_place(examples: list[Example]) -> None:
    for example in examples:
        line = example.scene.lines[example.behaviour]
        for quarter, frame in ((0, line.items[0]), (3, line.items[-1])):
            shown = {item.place: item for item in frame if item is not None}
            for place, (colour, shape, _) in zip(PLACES, example.slots[quarter], strict=True):
                item = shown.get(place)
                assert (colour < len(COLOURS)) == (item is not None)
                if item is not None:
                    assert (COLOURS[colour], SHAPES[shape]) == item.look


def test_a_chunk_holds_what_its_clips_are(tmp_path: Path) -> None:
    chunk = ClipChunks(tmp_path, 2, 6, 3).load(1)
    wanted = make_example(6, seed=3)
    assert np.array_equal(chunk["frames"][0], wanted.frames)
    assert chunk["answers"][0].tolist() == wanted.answers
    assert chunk["tokens"].shape[:2] == (6, QUESTIONS)
