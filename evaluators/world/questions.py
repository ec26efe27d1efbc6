"""The questions of a scene: every family of question in several phrasings, with its predicate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.world import predicates as say
from evaluators.world.predicates import Direction, Predicate
from evaluators.world.scene import Item, Stage, pick
from evaluators.world.timeline import Timeline, frozen_timeline, perform, timeline
from evaluators.world.vocabulary import (
    BEHAVIOURS,
    COLOURS,
    NUMBERS,
    PLACES,
    SHAPES,
    SIZES,
    Behaviour,
    Shape,
    Size,
)
from omiti2v.samples import YesNo

PHRASINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "present_end": (
        "object_presence",
        (
            "Is there a {look} at the end of the video?",
            "At the end of the video, is there a {look}?",
            "Can a {look} be seen at the end of the video?",
        ),
    ),
    "present_any": (
        "object_presence",
        (
            "Is there a {look} at any time in the video?",
            "Can a {look} be seen at any time in the video?",
        ),
    ),
    "gone": (
        "object_presence",
        (
            "Is the {look} gone at the end of the video?",
            "At the end of the video, is the {look} gone?",
        ),
    ),
    "colour_end": (
        "attribute",
        (
            "Is the {shape} {colour} at the end of the video?",
            "At the end of the video, is the {shape} {colour}?",
        ),
    ),
    "colour_in_place": (
        "attribute",
        (
            "Is the shape in the {place} {colour} at the end of the video?",
            "At the end of the video, is the shape in the {place} {colour}?",
        ),
    ),
    "shape_in_place": (
        "attribute",
        (
            "Is the shape in the {place} a {shape} at the end of the video?",
            "At the end of the video, is there a {shape} in the {place}?",
        ),
    ),
    "comes": (
        "action_correctness",
        (
            "Does a {look} appear at any time in the video?",
            "At any time in the video, does a {look} appear?",
        ),
    ),
    "goes": (
        "action_correctness",
        (
            "Does the {look} disappear at any time in the video?",
            "At any time in the video, does the {look} disappear?",
        ),
    ),
    "turns_colour": (
        "action_correctness",
        (
            "Does the {look} turn {colour} at any time in the video?",
            "At any time in the video, does the {look} become {colour}?",
        ),
    ),
    "turns_shape": (
        "action_correctness",
        (
            "Does the {look} turn into a {shape} at any time in the video?",
            "At any time in the video, does the {look} become a {shape}?",
        ),
    ),
    "turns_size": (
        "action_correctness",
        (
            "Does the {look} become much {compared} at any time in the video?",
            "At any time in the video, does the {look} become much {compared}?",
        ),
    ),
    "moves": (
        "action_correctness",
        (
            "Does the {look} move to the {place} at any time in the video?",
            "At any time in the video, does the {look} move to the {place}?",
        ),
    ),
    "count": (
        "count",
        (
            "{are} there exactly {number} {shapes} at the end of the video?",
            "At the end of the video, {are_low} there exactly {number} {shapes}?",
        ),
    ),
    "count_compared": (
        "count",
        (
            "Are there {compared} shapes at the end of the video than at the start?",
            "At the end of the video, are there {compared} shapes than at the start?",
        ),
    ),
    "in_place": (
        "spatial_relation",
        (
            "Is there a {look} in the {place} at the end of the video?",
            "At the end of the video, is there a {look} in the {place}?",
        ),
    ),
    "any_in_place": (
        "spatial_relation",
        (
            "Is there a shape in the {place} at the end of the video?",
            "At the end of the video, is there a shape in the {place}?",
        ),
    ),
    "related": (
        "spatial_relation",
        (
            "Is the {look} {direction} the {other} at the end of the video?",
            "At the end of the video, is the {look} {direction} the {other}?",
        ),
    ),
    "resized": (
        "state",
        (
            "Is the {look} much {compared} at the end of the video than at the start?",
            "At the end of the video, is the {look} much {compared} than at the start?",
        ),
    ),
    "same_trait": (
        "state",
        (
            "Is the {trait} of the {look} about the same at the end of the video as at the start?",
            "At the end of the video, is the {trait} of the {look} about the same as at the start?",
        ),
    ),
    "still_present": (
        "subject_preservation",
        (
            "Is there still a {look} at the end of the video?",
            "At the end of the video, is there still a {look}?",
            "Can the {look} still be seen at the end of the video?",
        ),
    ),
    "still_in_place": (
        "subject_preservation",
        (
            "Is the {look} still in the {place} at the end of the video?",
            "At the end of the video, is the {look} still in the {place}?",
        ),
    ),
    "background": (
        "background_preservation",
        (
            "Can the background still be seen at the end of the video?",
            "At the end of the video, can the background still be seen?",
        ),
    ),
    "black": (
        "background_preservation",
        (
            "Is the picture all black at the end of the video?",
            "At the end of the video, is the picture all black?",
        ),
    ),
    "turns_black": (
        "background_preservation",
        ("Does the picture turn black at any time in the video?",),
    ),
}
"""Each family's dimension and phrasings."""

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
# How many questions of each sort (expected, reference) a sample gets; halves of yes and no balance.
MIXES: tuple[tuple[int, int, int, int], ...] = (
    (1, 1, 1, 1),
    (2, 1, 1, 1),
    (1, 2, 1, 1),
    (2, 2, 1, 1),
    (1, 2, 2, 1),
    (2, 1, 1, 2),
)


SORTS = ((True, False), (False, True), (True, True), (False, False))
EVENTS = (
    *("comes", "goes", "gone", "turns_colour", "turns_shape", "turns_size", "moves"),
    *("resized", "count_compared"),
)
# The edit itself makes most events true and sameness false; asked as often of what doesn't change,
# a question's wording says nothing about its answer.
WEIGHTS: dict[tuple[str, tuple[bool, bool]], float] = {
    **{(family, (False, False)): 8.0 for family in EVENTS},
    **{(family, (True, False)): 0.7 for family in EVENTS},
    ("same_trait", (True, True)): 8.0,
    ("same_trait", (False, True)): 0.5,
    ("count", (True, True)): 2.0,
    ("background", (True, True)): 2.0,
    ("black", (False, False)): 0.5,
    ("turns_black", (False, False)): 0.5,
}


@dataclass(frozen=True)
class Ask:
    """A question of a scene.

    Attributes:
        family: Key of `PHRASINGS`.
        text: The question.
        predicate: What it asks.
    """

    family: str
    text: str
    predicate: Predicate

    @property
    def dimension(self) -> str:
        return PHRASINGS[self.family][0]

    def answer(self, line: Timeline) -> YesNo:
        """The true answer on a timeline."""
        return "yes" if self.predicate(line) else "no"


def all_timelines(stage: Stage) -> Lines:
    """What each behaviour shows of a scene."""
    return {behaviour: timeline(perform(stage, behaviour)) for behaviour in BEHAVIOURS}


def every_ask(stage: Stage, lines: Lines, rng: np.random.Generator) -> list[Ask]:
    """Every question that can rightly be asked about a scene, one phrasing of each.

    Args:
        stage: The scene.
        lines: Its `all_timelines`.
        rng: Picks the phrasings.
    """
    asks = []
    for family, fields, predicate in _every_fact(stage, lines):
        template = pick(rng, PHRASINGS[family][1])
        asks.append(Ask(family, template.format(**fields), predicate))
    return asks


def choose_asks(stage: Stage, lines: Lines, rng: np.random.Generator) -> list[Ask]:
    """The four to six questions of a sample, in random order.

    At least one that the edit turns from no to yes, one from yes to no, one that stays yes and
    fails on a black picture, and one that stays no; and no behaviour but `done` gets all right.
    """
    done, blank = lines["done"], lines["blank"]
    frozen = frozen_timeline(stage)
    sorts: dict[tuple[bool, bool], dict[str, list[Ask]]] = defaultdict(lambda: defaultdict(list))
    for ask in every_ask(stage, lines, rng):
        after, before = ask.predicate(done), ask.predicate(frozen)
        if after and before and ask.predicate(blank):
            continue
        sorts[after, before][ask.family].append(ask)
    while True:
        mix = pick(rng, MIXES)
        chosen: list[Ask] = []
        for sort, count in zip(SORTS, mix, strict=True):
            chosen += _choose_of_sort(sorts[sort], sort, count, rng)
        if _only_done_is_all_right(chosen, lines):
            return [chosen[i] for i in rng.permutation(len(chosen))]


def _only_done_is_all_right(asks: Sequence[Ask], lines: Lines) -> bool:
    """Whether each other behaviour gets a question wrong.

    Counting objects, for instance, doesn't tell which one of them is gone.
    """
    wanted = [ask.predicate(lines["done"]) for ask in asks]
    return all(
        [ask.predicate(line) for ask in asks] != wanted
        for behaviour, line in lines.items()
        if behaviour != "done"
    )


def _choose_of_sort(
    families: Mapping[str, list[Ask]],
    sort: tuple[bool, bool],
    count: int,
    rng: np.random.Generator,
) -> list[Ask]:
    names = sorted(families)
    weights = np.array([WEIGHTS.get((name, sort), 1.0) for name in names])
    count = min(count, len(names))
    order = rng.choice(len(names), size=count, replace=False, p=weights / weights.sum())
    if sort == (True, True) and all(names[i] == "background" for i in order):
        # A subject that stays is always asked about; the background alone would not do.
        order = np.array([pick(rng, [i for i, name in enumerate(names) if name != "background"])])
    return [pick(rng, families[names[i]]) for i in order]


def _every_fact(stage: Stage, lines: Lines) -> Iterator[Fact]:
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
    if kind == "colour":
        for colour in COLOURS:
            if colour != item.colour:
                yield "turns_colour", {**name, "colour": colour}, say.becomes(slot, kind, colour)
    if kind == "shape":
        for shape in SHAPES:
            if shape != item.shape:
                yield "turns_shape", {**name, "shape": shape}, say.becomes(slot, kind, shape)
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
