"""Questions that are answered with a name in place of yes or no, for training only.

A yes or no says little about how to find it. Naming the colour at a place, or the place of a red
circle, teaches the same search with more to learn from each answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.tiny.tokens import NOTHING
from evaluators.world.vocabulary import COLOURS, NUMBERS, PLACES, SHAPES, SIZES

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


def _draw_look(slots: NDArray[np.uint8], rng: np.random.Generator) -> tuple[int, int]:
    # Looks that are there at some time, and now and then a colour of one with a shape of another.
    seen = slots.reshape(-1, len(TRAITS))
    seen = seen[seen[:, 0] < len(COLOURS)]
    first, second = (seen[int(rng.integers(len(seen)))] for _ in range(2))
    return int(first[0]), int(first[1] if rng.random() < 0.7 else second[1])
