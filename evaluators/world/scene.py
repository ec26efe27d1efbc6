"""A scene: a few objects, the edit that is asked for, and the edit of a model that errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from evaluators.world.settings import Background, WorldSettings
from evaluators.world.vocabulary import (
    COLOURS,
    KINDS,
    PLACES,
    SHAPES,
    SIZES,
    Colour,
    Kind,
    Place,
    Shape,
    Size,
)

ChoiceT = TypeVar("ChoiceT")


@dataclass(frozen=True)
class Item:
    """An object as it is at one moment."""

    colour: Colour
    shape: Shape
    size: Size
    place: Place

    @property
    def look(self) -> tuple[Colour, Shape]:
        """Colour and shape: what the questions call it by. No two objects of a frame share it."""
        return self.colour, self.shape


@dataclass(frozen=True)
class Change:
    """What happens to one object.

    Attributes:
        slot: Position of the object in the scene; one past the last for an object that appears.
        before: The object at the start; None where there is none yet.
        after: The object once the change is complete; None where it is gone.
    """

    slot: int
    before: Item | None
    after: Item | None


@dataclass(frozen=True)
class Stage:
    """A scene without its questions.

    Attributes:
        seed: Seed of the world.
        index: Position in the world; seed and index decide everything.
        settings: Size, length, looks.
        kind: The kind of edit.
        items: The objects of the reference image, two or three.
        edit: What the prompt asks for.
        wrong: What a model does that edits the wrong object; the same kind of change.
        background: One of the settings' backgrounds.
    """

    seed: int
    index: int
    settings: WorldSettings
    kind: Kind
    items: tuple[Item, ...]
    edit: Change
    wrong: Change
    background: Background


def pick(rng: np.random.Generator, options: Sequence[ChoiceT]) -> ChoiceT:
    """One of `options`, all equally likely."""
    return options[int(rng.integers(len(options)))]


def are_neighbours(one: Place, other: Place) -> bool:
    """Whether two places share a row or a column. Only along those does an object move: on the
    diagonal it would brush the others."""
    return sum(a == b for a, b in zip(one.split(), other.split(), strict=True)) == 1


def make_stage(index: int, *, seed: int, settings: WorldSettings) -> Stage:
    """The scene number `index` of the world with this seed."""
    rng = np.random.default_rng([seed, index])
    kind = KINDS[index % len(KINDS)]
    items = _draw_items(rng)
    edit = _draw_change(rng, kind, items)
    wrong = _draw_wrong_change(rng, kind, items, edit)
    background = pick(rng, settings.backgrounds)
    return Stage(seed, index, settings, kind, items, edit, wrong, background)


def _draw_items(rng: np.random.Generator) -> tuple[Item, ...]:
    count = int(rng.integers(2, 4))
    places = [PLACES[i] for i in rng.permutation(len(PLACES))[:count]]
    items: list[Item] = []
    for place in places:
        colour, shape = _draw_look(rng, [item.look for item in items])
        items.append(Item(colour, shape, pick(rng, SIZES), place))
    return tuple(items)


def _draw_look(
    rng: np.random.Generator, taken: Sequence[tuple[Colour, Shape]]
) -> tuple[Colour, Shape]:
    return pick(rng, [(c, s) for c in COLOURS for s in SHAPES if (c, s) not in taken])


def _draw_wrong_change(
    rng: np.random.Generator, kind: Kind, items: tuple[Item, ...], edit: Change
) -> Change:
    while True:
        wrong = _draw_change(rng, kind, items)
        if kind == "appears":
            assert wrong.after is not None and edit.after is not None  # noqa: S101
            if wrong.after.colour == edit.after.colour or wrong.after.shape == edit.after.shape:
                continue
        elif wrong.slot == edit.slot or (
            wrong.after is not None
            and edit.after is not None
            and wrong.after.look == edit.after.look
        ):
            continue
        return wrong


def _draw_change(rng: np.random.Generator, kind: Kind, items: tuple[Item, ...]) -> Change:
    looks = [item.look for item in items]
    free = [place for place in PLACES if place not in {item.place for item in items}]
    if kind == "appears":
        colour, shape = _draw_look(rng, looks)
        return Change(len(items), None, Item(colour, shape, pick(rng, SIZES), pick(rng, free)))
    options: list[Change] = []
    for slot, item in enumerate(items):
        after: list[Item] = []
        if kind == "colour":
            after = [replace(item, colour=c) for c in COLOURS if (c, item.shape) not in looks]
        elif kind == "shape":
            after = [replace(item, shape=s) for s in SHAPES if (item.colour, s) not in looks]
        elif kind == "size":
            after = [replace(item, size=size) for size in SIZES if size != item.size]
        elif kind == "place":
            after = [replace(item, place=p) for p in free if are_neighbours(p, item.place)]
        if kind == "disappears":
            options.append(Change(slot, item, None))
        elif after:
            options.append(Change(slot, item, pick(rng, after)))
    return pick(rng, options)
