"""Scenes with their questions, as samples of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluators.world.facts import Lines
from evaluators.world.questions import Ask, all_timelines, choose_asks
from evaluators.world.scene import Item, Stage, make_stage
from evaluators.world.settings import Photograph, WorldSettings
from evaluators.world.timeline import Timeline, frozen_timeline
from evaluators.world.vocabulary import CATEGORY_OF, Behaviour
from omiti2v.samples import Question, Sample, YesNo

DOMAIN = "Technological & Virtual Elements"
ATTRIBUTION = "omiti2v known-answer world"


@dataclass(frozen=True)
class Scene:
    """A stage with the questions asked about it.

    Attributes:
        stage: Objects, edit, looks.
        asks: The questions with their predicates, in the order of the sample's.
        sample: The same as a sample of the benchmark.
        lines: What each behaviour shows of it.
    """

    stage: Stage
    asks: tuple[Ask, ...]
    sample: Sample
    lines: Lines


def make_scenes(count: int, *, seed: int, settings: WorldSettings | None = None) -> list[Scene]:
    """The first `count` scenes of a world; the six kinds of edit take turns.

    Args:
        count: How many.
        seed: Decides everything together with the settings.
        settings: Size, length, looks; 64x64 and 8 frames by default.
    """
    return [
        make_scene(index, seed=seed, settings=settings or WorldSettings()) for index in range(count)
    ]


def make_scene(index: int, *, seed: int, settings: WorldSettings) -> Scene:
    """The scene number `index` of a world."""
    stage = make_stage(index, seed=seed, settings=settings)
    lines = all_timelines(stage)
    asks = tuple(choose_asks(stage, lines, np.random.default_rng([seed, index, 400])))
    return Scene(stage, asks, _sample_of(stage, asks, lines["done"]), lines)


def true_answers(scene: Scene, behaviour: Behaviour) -> dict[str, YesNo]:
    """The true answer to each question, by its id, on the video of a behaviour."""
    line = scene.lines[behaviour]
    questions = scene.sample.questions
    return {q.id: ask.answer(line) for q, ask in zip(questions, scene.asks, strict=True)}


def _sample_of(stage: Stage, asks: tuple[Ask, ...], done: Timeline) -> Sample:
    frozen = frozen_timeline(stage)
    ground = stage.background
    photograph = ground if isinstance(ground, Photograph) else None
    ending = [item for item in done.items[-1] if item is not None]
    name = f"world-{stage.seed}-{stage.index:05d}"
    return Sample(
        id=name,
        image=f"images/{name}.png",
        prompt=_prompt(stage),
        category=CATEGORY_OF[stage.kind],
        subcategory=stage.kind,
        domain=DOMAIN,
        image_type="generated",
        expected_change=_expected_change(stage),
        caption_before=_caption(stage.items, photograph),
        caption_after=_caption(tuple(ending), photograph),
        questions=tuple(
            Question(
                id=f"q{number}",
                question=ask.text,
                dimension=ask.dimension,
                expected_answer=ask.answer(done),
                reference_answer=ask.answer(frozen),
            )
            for number, ask in enumerate(asks, start=1)
        ),
        licence=photograph.licence if photograph else "CC0-1.0",
        attribution=photograph.attribution if photograph else ATTRIBUTION,
        source=f"evaluators.world seed {stage.seed}",
        changes="cropped, softened, coloured shapes drawn over it" if photograph else "none",
    )


def _prompt(stage: Stage) -> str:
    before, after = stage.edit.before, stage.edit.after
    if before is None and after is not None:
        return f"A {after.size} {_name(after)} appears in the {after.place}. Nothing else changes."
    if before is None:
        raise ValueError("a change has a state before or after")
    if after is None:
        action = "fades away until it is gone"
    elif stage.kind == "colour":
        action = f"turns {after.colour}"
    elif stage.kind == "shape":
        action = f"turns into a {after.shape}"
    elif stage.kind == "size":
        action = "grows much bigger" if after.size == "big" else "shrinks and gets much smaller"
    else:
        action = f"moves to the {after.place}"
    return f"The {_name(before)} {action}. Nothing else changes."


def _expected_change(stage: Stage) -> str:
    before, after = stage.edit.before, stage.edit.after
    start = "nothing" if before is None else f"a {before.size} {_name(before)}"
    end = "nothing" if after is None else f"a {after.size} {_name(after)} in the {after.place}"
    place = before.place if before else after.place if after else ""
    return f"In the {place} at the start: {start}. Of it at the end: {end}."


def _caption(items: tuple[Item, ...], photograph: Photograph | None) -> str:
    parts = [f"a {item.size} {_name(item)} in the {item.place}" for item in items]
    listed = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    ground = "over a photograph" if photograph else "on a grey background"
    return f"{listed[0].upper()}{listed[1:]}, {ground}"


def _name(item: Item) -> str:
    return f"{item.colour} {item.shape}"
