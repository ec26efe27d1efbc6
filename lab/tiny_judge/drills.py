"""Drills made from what is at each place, for training only: naming it, and simple checks of it.

A yes or no says little about how to find it. Naming the colour at a place, or the place of a red
circle, teaches the same search with more to learn from each answer. The checks are the simplest of
the world's questions; what they teach, the harder ones build on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.world.vocabulary import COLOURS, NUMBERS, PLACES, SHAPES, SIZES
from lab.tiny_judge.tokens import NOTHING

TRAITS = ("colour", "shape", "size")
VALUES: tuple[tuple[str, ...], ...] = (COLOURS, SHAPES, SIZES)
START, END = "start", "at the end of the video"


def draw_naming(slots: NDArray[np.uint8], rng: np.random.Generator) -> tuple[list[str], str]:
    """One such question about a clip, and its answer, as words of the tokenizer.

    Args:
        slots: What is at each place in each quarter; as `Example.slots`.
        rng: Picks the question.
    """
    at_start = rng.random() < 0.35
    frame = slots[0] if at_start else slots[-1]
    time = START if at_start else END
    form = rng.random()
    if form < 0.4:
        place, trait = int(rng.integers(len(PLACES))), int(rng.integers(len(TRAITS)))
        names = (*VALUES[trait], NOTHING)
        return [TRAITS[trait], PLACES[place], time], names[frame[place, trait]]
    if form < 0.9:
        colour, shape = _draw_look(slots, rng)
        found = np.flatnonzero((frame[:, 0] == colour) & (frame[:, 1] == shape))
        words = [COLOURS[colour], SHAPES[shape]]
        if rng.random() < 0.3:
            size = SIZES[frame[found[0], 2]] if len(found) else NOTHING
            return ["size", *words, time], size
        return ["place", *words, time], PLACES[found[0]] if len(found) else NOTHING
    count = int((frame[:, 0] < len(COLOURS)).sum())
    return ["shapes", time], NUMBERS[count] if count else NOTHING


def draw_check(slots: NDArray[np.uint8], rng: np.random.Generator) -> tuple[list[str], str]:
    """A simple yes/no question about the end of a clip, and its answer, as words of the tokenizer.

    Args:
        slots: As for `draw_naming`.
        rng: Picks the question; yes and no come about equally often.
    """
    frame, place = slots[-1], int(rng.integers(len(PLACES)))
    filled = np.flatnonzero(frame[:, 0] < len(COLOURS))
    form = rng.random()
    if form < 0.15:
        return asked(["is there a", "shape", "in the", PLACES[place]], place in filled, rng)
    if len(filled) and rng.random() < 0.8:
        place = int(filled[int(rng.integers(len(filled)))])
    # As often as not the truth; else what is elsewhere or at another time, or anything.
    colour, shape = (int(x) for x in frame[place, :2])
    if rng.random() < 0.75 or colour == len(COLOURS):
        other = slots.reshape(-1, len(TRAITS))
        other = other[other[:, 0] < len(COLOURS)]
        drawn = other[int(rng.integers(len(other)))]
        anything = rng.random() < 0.5
        if colour == len(COLOURS) or rng.random() < 0.75:
            colour = int(rng.integers(len(COLOURS))) if anything else int(drawn[0])
        if shape == len(SHAPES) or rng.random() < 0.75:
            shape = int(rng.integers(len(SHAPES))) if anything else int(drawn[1])
    there = frame[place]
    if form < 0.35:
        words = ["is", "the", "shape", "in the", PLACES[place], COLOURS[colour]]
        return asked(words, there[0] == colour, rng)
    if form < 0.55:
        words = ["is there a", SHAPES[shape], "in the", PLACES[place]]
        if rng.random() < 0.5:
            words = ["is", "the", "shape", "in the", PLACES[place], "a", SHAPES[shape]]
        return asked(words, there[1] == shape, rng)
    words = ["is there a", COLOURS[colour], SHAPES[shape]]
    same = (frame[:, 0] == colour) & (frame[:, 1] == shape)
    if form < 0.8:
        return asked(words, same.any(), rng)
    return asked([*words, "in the", PLACES[place]], same[place], rng)


def asked(
    words: list[str], truth: object, rng: np.random.Generator, *, against: str | None = None
) -> tuple[list[str], str]:
    """A yes/no question about the end of a clip, and its answer.

    Args:
        words: The question, without its time.
        truth: Whether the answer is yes.
        rng: Picks whether the time comes first or last.
        against: What the end is compared with.
    """
    last = [against, "?"] if against else ["?"]
    text = [*words, END, *last] if rng.random() < 0.5 else [END, ",", *words, *last]
    return text, "yes" if truth else "no"


def _draw_look(slots: NDArray[np.uint8], rng: np.random.Generator) -> tuple[int, int]:
    # Looks that are there at some time, and now and then a colour of one with a shape of another.
    seen = slots.reshape(-1, len(TRAITS))
    seen = seen[seen[:, 0] < len(COLOURS)]
    first, second = (seen[int(rng.integers(len(seen)))] for _ in range(2))
    return int(first[0]), int(first[1] if rng.random() < 0.7 else second[1])
