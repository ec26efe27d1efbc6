"""The questions of a scene: which are asked, and what is true of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.world.facts import Lines, every_fact
from evaluators.world.phrasings import PHRASINGS
from evaluators.world.predicates import Predicate
from evaluators.world.scene import Stage, pick
from evaluators.world.timeline import Timeline, frozen_timeline, perform, timeline
from evaluators.world.vocabulary import BEHAVIOURS
from omiti2v.samples import YesNo

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
    for family, fields, predicate in every_fact(stage, lines):
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
