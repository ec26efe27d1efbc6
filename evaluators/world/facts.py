"""Everything that can rightly be asked about a scene, each with its predicate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evaluators.world import predicates as say
from evaluators.world.predicates import Direction, Predicate
from evaluators.world.scene import Item, Stage
from evaluators.world.timeline import Timeline
from evaluators.world.vocabulary import (
    COLOURS,
    NUMBERS,
    PLACES,
    SHAPES,
    SIZES,
    Behaviour,
    Shape,
    Size,
)

Lines = Mapping[Behaviour, Timeline]
Fact = tuple[str, dict[str, str], Predicate]
"""A family, what fills its phrasings, and what it asks."""

DIRECTIONS: tuple[Direction, ...] = ("to the left of", "to the right of", "above", "below")
OPPOSITE: dict[Direction, Direction] = {
    "to the left of": "to the right of",
    "to the right of": "to the left of",
    "above": "below",
    "below": "above",
}
COMPARED: dict[Size, str] = {"big": "bigger", "small": "smaller"}


def every_fact(stage: Stage, lines: Lines) -> Iterator[Fact]:
    """All families' questions about a scene.

    Args:
        stage: The scene.
        lines: What each behaviour shows of it.
    """
    yield from _facts_of_looks(stage, lines)
    for slot in range(len(stage.items)):
        yield from _facts_of_item(stage, slot)
    yield from _facts_of_places(stage)
    yield from _facts_of_relations(stage, lines)
    yield from _facts_of_numbers(stage)
    yield "background", {}, say.negated(say.black_at_end)
    yield "black", {}, say.black_at_end
    yield "turns_black", {}, say.black_at_any_time


def _facts_of_looks(stage: Stage, lines: Lines) -> Iterator[Fact]:
    # Colours and shapes of the scene in every combination: an absent one is a near miss.
    items = [item for item in (*stage.items, stage.edit.after, stage.wrong.after) if item]
    colours = sorted({item.colour for item in items})
    shapes = sorted({item.shape for item in items})
    for colour in colours:
        for shape in shapes:
            name = {"look": f"{colour} {shape}"}
            seen = say.shown(colour=colour, shape=shape)
            yield "present_end", name, say.at_end(seen)
            yield "present_any", name, say.at_any_time(seen)
            if stage.kind == "appears" and not seen(stage.items):
                yield "comes", name, say.comes((colour, shape))
            for place in PLACES:
                there = say.at_end(say.shown(colour=colour, shape=shape, place=place))
                yield "in_place", {**name, "place": place}, there
    for shape in shapes:
        if _is_unique(shape, lines):
            for colour in colours:
                there = say.at_end(say.shown(colour=colour, shape=shape))
                yield "colour_end", {"shape": shape, "colour": colour}, there


def _facts_of_item(stage: Stage, slot: int) -> Iterator[Fact]:
    item, kind = stage.items[slot], stage.kind
    name = {"look": " ".join(item.look)}
    seen = say.shown(colour=item.colour, shape=item.shape)
    yield "still_present", name, say.kept(seen)
    if kind == "disappears":
        yield "gone", name, say.negated(say.at_end(seen))
        yield "goes", name, say.goes(slot)
    if kind in ("colour", "shape"):
        for value in COLOURS if kind == "colour" else SHAPES:
            if value != getattr(item, kind):
                yield f"turns_{kind}", {**name, kind: value}, say.becomes(slot, kind, value)
    if kind == "size":
        for size in SIZES:
            compared = {**name, "compared": COMPARED[size]}
            yield "turns_size", compared, say.becomes(slot, kind, size)
            yield "resized", compared, say.resized(slot, size)
    if kind in ("colour", "shape", "size", "place"):
        yield "same_trait", {**name, "trait": kind}, say.looks_the_same(slot, kind)
    # What has become a blue square is no more "the red square": nobody could say where that is.
    if not _changes_look(stage, slot):
        for place in PLACES:
            if kind == "place" and place != item.place:
                yield "moves", {**name, "place": place}, say.becomes(slot, kind, place)
        there = say.shown(colour=item.colour, shape=item.shape, place=item.place)
        yield "still_in_place", {**name, "place": item.place}, say.kept(there)


def _facts_of_places(stage: Stage) -> Iterator[Fact]:
    used = {item.place for item in (*stage.items, stage.edit.after) if item}
    for place in PLACES:
        yield "any_in_place", {"place": place}, say.at_end(say.shown(place=place))
        if place in used:
            for colour in COLOURS:
                there = say.at_end(say.shown(colour=colour, place=place))
                yield "colour_in_place", {"place": place, "colour": colour}, there
            for shape in SHAPES:
                there = say.at_end(say.shown(shape=shape, place=place))
                yield "shape_in_place", {"place": place, "shape": shape}, there


def _facts_of_relations(stage: Stage, lines: Lines) -> Iterator[Fact]:
    items = [item for slot, item in enumerate(stage.items) if not _changes_look(stage, slot)]
    if stage.kind == "appears" and stage.edit.after is not None:
        items.append(stage.edit.after)
    for one in items:
        for other in items:
            for direction in DIRECTIONS:
                # Objects of one row are neither above nor below each other but for a few pixels.
                if one is other or not _is_clear(lines, one, direction, other):
                    continue
                fields = {"look": " ".join(one.look), "direction": direction}
                related = say.related(one.look, direction, other.look)
                yield "related", {**fields, "other": " ".join(other.look)}, related


def _facts_of_numbers(stage: Stage) -> Iterator[Fact]:
    for number in range(1, 5):
        fields = {
            "are": "Are" if number > 1 else "Is",
            "are_low": "are" if number > 1 else "is",
            "number": NUMBERS[number],
            "shapes": "shapes" if number > 1 else "shape",
        }
        yield "count", fields, say.count_is(number)
    if stage.kind in ("appears", "disappears"):
        yield "count_compared", {"compared": "more"}, say.count_grows(by="more")
        yield "count_compared", {"compared": "fewer"}, say.count_grows(by="fewer")


def _changes_look(stage: Stage, slot: int) -> bool:
    """Whether some behaviour recolours or reshapes the object."""
    return stage.kind in ("colour", "shape") and slot in (stage.edit.slot, stage.wrong.slot)


def _is_unique(shape: Shape, lines: Lines) -> bool:
    """Whether no frame of any behaviour shows two objects of this shape."""
    return all(
        sum(item is not None and item.shape == shape for item in frame) < 2
        for line in lines.values()
        for frame in line.items
    )


def _is_clear(lines: Lines, one: Item, direction: Direction, other: Item) -> bool:
    """Whether wherever both are seen at the end, they differ along this direction's axis."""
    opposite = OPPOSITE[direction]
    for line in lines.values():
        a, b = (say.find(line.items[-1], item.look) for item in (one, other))
        if (
            a
            and b
            and not (say.lies(a.place, direction, b.place) or say.lies(a.place, opposite, b.place))
        ):
            return False
    return True
