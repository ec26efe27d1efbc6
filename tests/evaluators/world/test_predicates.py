"""What a question asks, on timelines written by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from evaluators.world import predicates as say
from evaluators.world.predicates import Direction, Predicate
from evaluators.world.scene import Item
from evaluators.world.timeline import Timeline
from evaluators.world.vocabulary import PLACES

RED = Item("red", "circle", "small", "top left")
BLUE = Item("blue", "square", "big", "bottom right")
OPPOSITES: dict[Direction, Direction] = {
    "to the left of": "to the right of",
    "above": "below",
}


def line(*frames: tuple[Item | None, ...], black: tuple[bool, ...] | None = None) -> Timeline:
    return Timeline(frames, black or (False,) * len(frames))


STILL = line((RED, BLUE), (RED, BLUE))
RECOLOURED = line((RED, BLUE), (replace(RED, colour="green"), BLUE))
GONE = line((RED, BLUE), (None, BLUE))
FLICKER = line((RED, BLUE), (None, BLUE), (RED, BLUE))
APPEARS = line((None, BLUE), (RED, BLUE))
BLANK = line((RED, BLUE), (None, None), black=(False, True))

SEEN = say.shown(colour="red", shape="circle")


@pytest.mark.parametrize(
    ("predicate", "true_of"),
    [
        (say.at_end(SEEN), [STILL, FLICKER, APPEARS]),
        (say.at_any_time(SEEN), [STILL, RECOLOURED, GONE, FLICKER, APPEARS, BLANK]),
        (say.negated(say.at_end(SEEN)), [RECOLOURED, GONE, BLANK]),
        (say.kept(SEEN), [STILL, FLICKER]),
        (say.comes(("red", "circle")), [APPEARS]),
        (say.comes(("green", "circle")), [RECOLOURED]),
        (say.becomes(1, "size", "small"), []),
        (say.looks_the_same(1, "colour"), [STILL, RECOLOURED, GONE, FLICKER, APPEARS]),
        (say.count_is(2), [STILL, RECOLOURED, FLICKER, APPEARS]),
        (say.count_grows(by="more"), [APPEARS]),
        (say.count_grows(by="fewer"), [GONE, BLANK]),
        (say.black_at_end, [BLANK]),
        (say.black_at_any_time, [BLANK]),
        (say.related(("red", "circle"), "above", ("blue", "square")), [STILL, FLICKER, APPEARS]),
        (say.related(("red", "circle"), "below", ("blue", "square")), []),
    ],
)
def test_each_predicate_is_true_of_these_and_of_no_other(
    predicate: Predicate, true_of: list[Timeline]
) -> None:
    everything = [STILL, RECOLOURED, GONE, FLICKER, APPEARS, BLANK]
    assert [one for one in everything if predicate(one)] == true_of


def test_an_object_goes_where_a_later_frame_lacks_it() -> None:
    assert [say.goes(0)(one) for one in (STILL, GONE, FLICKER, BLANK)] == [False, True, True, True]


def test_a_trait_is_taken_on_by_an_object_that_had_another() -> None:
    green = say.becomes(0, "colour", "green")
    assert [green(one) for one in (STILL, RECOLOURED, GONE)] == [False, True, False]
    assert not say.becomes(0, "colour", "red")(STILL)


def test_a_size_counts_at_the_end_only_where_it_was_another_at_the_start() -> None:
    grown = line((RED,), (replace(RED, size="big"),))
    assert say.resized(0, "big")(grown)
    assert not say.resized(0, "small")(grown)
    assert not say.resized(0, "small")(line((RED,), (RED,)))
    assert not say.resized(0, "big")(line((RED,), (None,)))


def test_an_object_is_found_by_its_look() -> None:
    assert say.find((None, RED, BLUE), ("blue", "square")) == BLUE
    assert say.find((None, RED), ("blue", "square")) is None


@pytest.mark.parametrize(("one", "other"), list(product(PLACES, PLACES)))
@pytest.mark.parametrize("direction", OPPOSITES)
def test_directions_are_opposites_of_each_other(one: str, other: str, direction: Direction) -> None:
    forth = say.lies(one, direction, other)  # type: ignore[arg-type]
    assert forth == say.lies(other, OPPOSITES[direction], one)  # type: ignore[arg-type]
    axis = 0 if direction == "above" else 1
    wanted = {0: ("top", "bottom"), 1: ("left", "right")}[axis]
    assert forth == ((one.split()[axis], other.split()[axis]) == wanted)
