"""Drills are true, and in the words of the world's own questions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from evaluators.world.questions import every_ask
from evaluators.world.vocabulary import COLOURS, PLACES
from lab.tiny_judge.comparisons import draw_change, draw_comparison
from lab.tiny_judge.drills import draw_check, draw_naming
from lab.tiny_judge.examples import Example
from lab.tiny_judge.tokens import NOTHING


@pytest.mark.parametrize("draw, least", [(draw_check, 400), (draw_comparison, 200)])
def test_yes_no_drills_agree_with_the_same_questions_of_the_world(
    tokenizer: PreTrainedTokenizerFast,
    examples: list[Example],
    draw: Callable[..., tuple[list[str], str]],
    least: int,
) -> None:
    compared = 0
    for example in examples:
        stage, lines = example.scene.stage, example.scene.lines
        truth = {
            tuple(tokenizer.tokenize(ask.text)): ask.answer(lines[example.behaviour])
            for seed in range(12)
            for ask in every_ask(stage, lines, np.random.default_rng(seed))
        }
        rng = np.random.default_rng(0)
        for _ in range(200):
            words, answer = draw(example.slots.astype(np.uint8), rng)
            if tuple(words) in truth:
                compared += 1
                assert truth[tuple(words)] == answer, words
    assert compared > least


@pytest.mark.parametrize("draw", [draw_check, draw_comparison])
def test_about_half_of_them_are_answered_yes(
    examples: list[Example], draw: Callable[..., tuple[list[str], str]]
) -> None:
    rng = np.random.default_rng(0)
    slots = [example.slots.astype(np.uint8) for example in examples if example.behaviour != "blank"]
    answers = [draw(one, rng)[1] for one in slots for _ in range(300)]
    assert 0.4 < answers.count("yes") / len(answers) < 0.8


def test_a_name_is_what_is_at_the_place_or_where_it_is(examples: list[Example]) -> None:
    rng = np.random.default_rng(0)
    for example in examples:
        line = example.scene.lines[example.behaviour]
        for _ in range(100):
            words, name = draw_naming(example.slots.astype(np.uint8), rng)
            frame = line.items[0] if words[-1] == "start" else line.items[-1]
            items = [item for item in frame if item is not None]
            if words[0] == "shapes":
                numbers = (NOTHING, "one", "two", "three", "four")
                assert name == numbers[len(items)]
            elif words[0] == "place":
                places = [item.place for item in items if list(item.look) == words[1:3]]
                assert [name] == (places or [NOTHING])
            elif words[1] in PLACES:
                traits = [getattr(item, words[0]) for item in items if item.place == words[1]]
                assert [name] == (traits or [NOTHING])
            else:
                assert words[0] == "size" and words[1] in COLOURS
                sizes = [item.size for item in items if list(item.look) == words[1:3]]
                assert [name] == (sizes or [NOTHING])


def test_a_change_is_named_by_what_the_object_becomes(examples: list[Example]) -> None:
    rng = np.random.default_rng(0)
    named = set()
    for example in examples:
        line = example.scene.lines[example.behaviour]
        objects = {
            item.look: (item, line.items[-1][slot])
            for slot, item in enumerate(line.items[0])
            if item is not None
        }
        for _ in range(100):
            words, name = draw_change(example.slots.astype(np.uint8), rng)
            before, after = next(pair for look, pair in objects.items() if list(look) == words[1:3])
            trait = {"much": ("size",), "move": ("place",), "turn": ("colour", "shape")}[words[0]]
            if after is None or (words[0] != "turn" and after.look != before.look):
                assert name == NOTHING
                continue
            became = [getattr(after, t) for t in trait if getattr(after, t) != getattr(before, t)]
            spoken = {"big": "bigger", "small": "smaller"}
            assert [name] == ([spoken.get(value, value) for value in became] or ["same"])
            named.add(words[0])
    assert named == {"much", "move", "turn"}
