"""Drills on what has become of an object between start and end of a clip; for training only.

Made from what is at each place, as in `drills`. Most objects keep as they are, so that the world's
own questions seldom show what a change looks like.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES
from lab.tiny_judge.drills import END, asked
from lab.tiny_judge.tokens import NOTHING

Slots = NDArray[np.uint8]
SAME = "same"
FORMS_OF_CHANGE = ("much", "move", "turn")
FORMS = ("present", "in place", "gone", "resized", "same")
TRAITS = ("colour", "shape", "size", "place")


def draw_comparison(slots: Slots, rng: np.random.Generator) -> tuple[list[str], str]:
    """A yes/no question that compares end and start, and its answer, as words of the tokenizer.

    Args:
        slots: What is at each place in each quarter; as `Example.slots`.
        rng: Picks the question.
    """
    start, end = slots[0], slots[-1]
    place, now = _draw_object(slots, rng)
    colour, shape, size = (int(value) for value in start[place])
    name = [COLOURS[colour], SHAPES[shape]]
    left = end[place]
    form = _draw_form(
        vanished=now is None and left[0] == len(COLOURS),
        resized=now is not None and end[now, 2] != size,
        same=now is not None and (end[now] == start[place]).all(),
        rng=rng,
    )
    if form == "present":
        return asked(["is there still a", *name], now is not None, rng)
    if form == "in place":
        words = ["is", "the", *name, "still", "in the", PLACES[place]]
        return asked(words, now == place, rng)
    if form == "gone":
        return asked(["is", "the", *name, "gone"], now is None, rng)
    if form == "resized":
        wanted = 1 - size if rng.random() < 0.8 else size
        compared = "bigger" if SIZES[wanted] == "big" else "smaller"
        words = ["is", "the", *name, "much", compared]
        grown = now is not None and end[now, 2] == wanted != size
        return asked(words, grown, rng, against="than at the start")
    kept = {"size": now is not None and end[now, 2] == size, "place": now == place}
    if now is not None or left[0] == len(COLOURS):
        kept |= {"colour": now is not None, "shape": now is not None}
    elif left[1] == shape:
        kept = {"colour": False}
    else:
        kept = {"shape": False}
    traits = [trait for trait in TRAITS if trait in kept]
    # Where something has changed, mostly that is asked about.
    broken = [trait for trait in traits if not kept[trait]]
    if broken and rng.random() < 0.7:
        traits = broken
    trait = traits[int(rng.integers(len(traits)))]
    words = ["is", "the", trait, "of", "the", *name, "about the same"]
    return asked(words, kept[trait], rng, against="as at the start")


def draw_change(slots: Slots, rng: np.random.Generator) -> tuple[list[str], str]:
    """What has become of an object, to be answered with a name: as `draw_naming`.

    Args:
        slots: As for `draw_comparison`.
        rng: Picks the question.
    """
    place, now = _draw_object(slots, rng)
    start, end = slots[0, place], slots[-1]
    colour, shape, size = (int(value) for value in start)
    name = [COLOURS[colour], SHAPES[shape]]
    left = end[place]
    resized = now is not None and end[now, 2] != size
    moved = now is not None and now != place
    turned = now is None and left[0] != len(COLOURS)
    # Much more often about what has changed than its share of all objects.
    shares = np.array([0.2, 0.2, 0.2]) + 2 * np.array([resized, moved, turned])
    form = FORMS_OF_CHANGE[int(rng.choice(3, p=shares / shares.sum()))]
    if form == "much":
        answer = NOTHING if now is None else SAME
        if resized:
            answer = "bigger" if SIZES[end[now, 2]] == "big" else "smaller"
        return [form, *name, "than at the start", END], answer
    if form == "move":
        answer = NOTHING if now is None else PLACES[now] if moved else SAME
        return [form, *name, END], answer
    answer = NOTHING if now is None else SAME
    if turned:
        answer = COLOURS[left[0]] if left[1] == shape else SHAPES[left[1]]
    return [form, *name, END], answer


def _draw_object(slots: Slots, rng: np.random.Generator) -> tuple[int, int | None]:
    """Where an object is at the start, and where its look is at the end, if anywhere."""
    start, end = slots[0], slots[-1]
    there = np.flatnonzero(start[:, 0] < len(COLOURS))
    changed = [place for place in there if (start[place] != end[place]).any()]
    options = changed if changed and rng.random() < 0.85 else list(there)
    place = int(options[int(rng.integers(len(options)))])
    found = np.flatnonzero((end[:, :2] == start[place, :2]).all(axis=1))
    return place, int(found[0]) if len(found) else None


def _draw_form(*, vanished: bool, resized: bool, same: bool, rng: np.random.Generator) -> str:
    # So that what a question asks says little about its answer.
    if vanished:
        shares = (0.25, 0.15, 0.4, 0.0, 0.2)
    elif resized:
        shares = (0.05, 0.05, 0.0, 0.55, 0.35)
    elif same:
        shares = (0.2, 0.2, 0.15, 0.2, 0.25)
    else:
        shares = (0.2, 0.25, 0.0, 0.0, 0.55)
    return FORMS[int(rng.choice(len(FORMS), p=shares))]
