"""The closed sets that the world is made of."""

from __future__ import annotations

import numpy as np

from evaluators.world.vocabulary import (
    BEHAVIOURS,
    CATEGORY_OF,
    COLOURS,
    KINDS,
    OVERLAYS,
    PLACES,
    RGB,
    SHAPES,
    SIZES,
    WORDS,
)
from omiti2v.samples import CATEGORIES


def test_the_order_of_the_sets_is_the_world_s() -> None:
    # Scenes are drawn by position: another order would be another world under the same seed.
    assert SHAPES == ("circle", "square", "triangle", "cross")
    assert COLOURS == ("red", "green", "blue", "yellow", "purple", "white")
    assert SIZES == ("small", "big")
    assert PLACES == ("top left", "top right", "bottom left", "bottom right")
    assert KINDS == ("appears", "disappears", "colour", "shape", "size", "place")
    assert BEHAVIOURS[:3] == ("done", "still", "wrong_object")
    assert BEHAVIOURS[3:] == ("too_late", "flicker", "camera_only", "blank", "text")
    assert OVERLAYS == ("yes", "no", "answer yes")


def test_every_kind_of_edit_is_of_a_category_and_every_category_has_one() -> None:
    assert CATEGORY_OF.keys() == set(KINDS)
    assert set(CATEGORY_OF.values()) == set(CATEGORIES)


def test_colours_are_far_apart_and_stand_out_against_every_background() -> None:
    assert RGB.keys() == set(COLOURS)
    colours = np.array([RGB[name] for name in COLOURS], dtype=float)
    for number, colour in enumerate(colours):
        others = np.delete(colours, number, axis=0)
        assert np.abs(others - colour).max(axis=1).min() > 80
        for level in (70, 105, 140):
            assert np.abs(colour - level).max() > 60


def test_no_word_is_listed_twice() -> None:
    assert len(set(WORDS)) == len(WORDS)
