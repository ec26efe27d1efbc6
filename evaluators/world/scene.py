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

LOOKS: tuple[tuple[Colour, Shape], ...] = tuple((c, s) for c in COLOURS for s in SHAPES)

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
    while True:
        items = _draw_items(rng)
        edit = _draw_change(rng, _possible_changes(kind, items))
        others = [c for c in _possible_changes(kind, items) if not _are_mistakable(c, edit)]
        # Three shapes of one colour can all become only the fourth, for instance.
        if others:
            break
    wrong = _draw_change(rng, others)
    background = pick(rng, settings.backgrounds)
    return Stage(seed, index, settings, kind, items, edit, wrong, background)


def _draw_items(rng: np.random.Generator) -> tuple[Item, ...]:
    count = int(rng.integers(2, 4))
    items: list[Item] = []
    for position in rng.permutation(len(PLACES))[:count]:
        taken = {item.look for item in items}
        colour, shape = pick(rng, [look for look in LOOKS if look not in taken])
        items.append(Item(colour, shape, pick(rng, SIZES), PLACES[position]))
    return tuple(items)


def _draw_change(rng: np.random.Generator, options: Sequence[Change]) -> Change:
    # First the object, so that one with many ways to change is not chosen more often.
    slot = pick(rng, sorted({change.slot for change in options}))
    return pick(rng, [change for change in options if change.slot == slot])


def _possible_changes(kind: Kind, items: tuple[Item, ...]) -> list[Change]:
    looks = {item.look for item in items}
    places = {item.place for item in items}
    free = [place for place in PLACES if place not in places]
    if kind == "appears":
        return [
            Change(len(items), None, Item(*look, size, place))
            for look in LOOKS
            if look not in looks
            for size in SIZES
            for place in free
        ]
    changes: list[Change] = []
    for slot, item in enumerate(items):
        after: list[Item | None]
        if kind == "disappears":
            after = [None]
        elif kind == "colour":
            after = [replace(item, colour=c) for c in COLOURS if (c, item.shape) not in looks]
        elif kind == "shape":
            after = [replace(item, shape=s) for s in SHAPES if (item.colour, s) not in looks]
        elif kind == "size":
            after = [replace(item, size=size) for size in SIZES if size != item.size]
        else:
            after = [replace(item, place=p) for p in free if are_neighbours(p, item.place)]
        changes += [Change(slot, item, one) for one in after]
    return changes


def _are_mistakable(one: Change, other: Change) -> bool:
    """Whether one change could pass for the other, in whole or in part."""
    if one.before is None and one.after is not None and other.after is not None:
        return one.after.colour == other.after.colour or one.after.shape == other.after.shape
    if one.slot == other.slot:
        return True
    return one.after is not None and other.after is not None and one.after.look == other.after.look
