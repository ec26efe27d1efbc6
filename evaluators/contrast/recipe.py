"""What a clip of the contrast set is made of and what is true of it.

A sample has one recipe file: the layers of the clip that does its edit right, and for each wrong
clip what is different.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, StringConstraints, ValidationError

from evaluators.contrast.layers import LAYER, Layer
from omiti2v.errors import UserError
from omiti2v.outcomes import Outcome, sample_outcome
from omiti2v.plain_yaml import read_plain_yaml
from omiti2v.records import Record, describe_validation_error, parse_record
from omiti2v.samples import Sample, SampleId, YesNo

ClipKind = Literal[
    "right",
    "wrong_attribute",
    "wrong_place",
    "wrong_number",
    "wrong_object",
    "wrong_direction",
    "wrong_order",
    "half_done",
    "pops_up",
    "cut",
    "too_late",
    "undone",
    "neighbor",
    "replaced",
    "camera_only",
    "still",
]
CLIP_KINDS: tuple[ClipKind, ...] = get_args(ClipKind)
UNTOUCHED: tuple[ClipKind, ...] = ("camera_only", "still")
"""The kinds in which no layer is drawn: their answers are the reference answers."""

FPS = 16

Reasoned = Annotated[str, StringConstraints(pattern=r"^(yes|no): \S", max_length=400)]
"""An answer with its reason, as `no: the apple comes from the left`."""


class CameraMove(Record):
    """Where the camera is at the end: `zoom` times as near, `pan` in frame widths and heights."""

    zoom: Annotated[float, Field(ge=0.7, le=2)] = 1.0
    pan: tuple[float, float] = (0.0, 0.0)


class ClipChange(Record):
    """How a clip differs from the right one.

    Attributes:
        breaks: Ids of the facets that it gets wrong.
        change: Fields of layers replaced, by the layer's name; null takes a layer away, a new name
            adds one.
        camera: In place of the recipe's.
        answers: The true answer to each question, with the reason; may be left out where no layer
            is drawn.
        passes: Why no question sees what is wrong, where none does.
    """

    breaks: tuple[SampleId, ...] = ()
    change: Annotated[dict[str, dict[str, Any] | None], Field(default_factory=dict)]
    camera: CameraMove | None = None
    answers: Annotated[dict[SampleId, Reasoned], Field(default_factory=dict)]
    passes: str | None = None


class Recipe(Record):
    """The clips of one sample.

    Attributes:
        sample: Its id.
        frames: Of each clip, at 16 frames a second.
        seed: Of rain, grain and the like.
        grain: Standard deviation of film grain in 8-bit levels.
        crf: Strength of the compression, x264's.
        camera: Light motion as a nuisance.
        layers: Of the right clip, in the order in which they are drawn.
        clips: By kind.
    """

    sample: SampleId
    frames: Annotated[int, Field(ge=33, le=81)] = 49
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    grain: Annotated[float, Field(ge=0, le=8)] = 0.0
    crf: Annotated[int, Field(ge=10, le=35)] = 18
    camera: CameraMove = CameraMove()
    layers: dict[str, dict[str, Any]]
    clips: dict[ClipKind, ClipChange]


@dataclass(frozen=True)
class Clip:
    """One clip: all that it is rendered from, and what is true of it.

    Attributes:
        sample: Whose clip it is.
        kind: Right, or in which way it is wrong.
        layers: As drawn.
        camera, frames, seed, grain, crf: As in `Recipe`.
        answers: The true answer to each question.
        reasons: Why.
        breaks: Ids of the facets that it gets wrong.
        passes: Why no question sees what is wrong, where none does.
    """

    sample: Sample
    kind: ClipKind
    layers: tuple[Layer, ...]
    camera: CameraMove
    frames: int
    seed: int
    grain: float
    crf: int
    answers: dict[str, YesNo]
    reasons: dict[str, str]
    breaks: tuple[str, ...] = ()
    passes: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What becomes of the sample by the true answers."""
        return sample_outcome(self.sample, self.answers)

    @property
    def caught_by(self) -> list[str]:
        """Ids of the questions whose true answer is not the expected one."""
        return [q.id for q in self.sample.questions if self.answers[q.id] != q.expected_answer]


def read_recipe(path: Path) -> Recipe:
    """Read a sample's recipe.

    Raises:
        UserError: It can't be read or is no recipe.
    """
    return parse_record(Recipe, json.dumps(read_plain_yaml(path)), where=str(path))


def clips_of(recipe: Recipe, sample: Sample, *, where: str) -> list[Clip]:
    """The clips of a sample, in the order of `CLIP_KINDS`.

    Raises:
        UserError: A layer is none, or answers and facets are not the sample's.
    """
    return [
        _clip(recipe, sample, kind, recipe.clips[kind], where=f"{where}: {kind}")
        for kind in CLIP_KINDS
        if kind in recipe.clips
    ]


def _clip(recipe: Recipe, sample: Sample, kind: ClipKind, made: ClipChange, *, where: str) -> Clip:
    reasoned = made.answers
    if not reasoned and kind in UNTOUCHED:
        reasoned = {
            q.id: f"{q.reference_answer}: as in the reference image" for q in sample.questions
        }
    asked = {question.id for question in sample.questions}
    if reasoned.keys() != asked:
        wrong = ", ".join(sorted(asked ^ reasoned.keys()))
        raise UserError(f"{where}: answers: expected one for each question; look at {wrong}")
    known = {facet.id for facet in sample.facets or ()}
    if strange := sorted(set(made.breaks) - known):
        raise UserError(f"{where}: breaks: the sample has no facet {', '.join(strange)}")
    parts = {name: text.split(":", 1) for name, text in reasoned.items()}
    return Clip(
        sample=sample,
        kind=kind,
        layers=() if kind in UNTOUCHED else _layers(recipe, made, where=where),
        camera=made.camera or recipe.camera,
        frames=recipe.frames,
        seed=recipe.seed,
        grain=recipe.grain,
        crf=recipe.crf,
        answers={name: "yes" if part[0] == "yes" else "no" for name, part in parts.items()},
        reasons={name: part[1].strip() for name, part in parts.items()},
        breaks=made.breaks,
        passes=made.passes,
    )


def _layers(recipe: Recipe, made: ClipChange, *, where: str) -> tuple[Layer, ...]:
    merged = dict(recipe.layers)
    for name, fields in made.change.items():
        if fields is None:
            if merged.pop(name, None) is None:
                raise UserError(f"{where}: change: there is no layer {name!r} to take away")
        else:
            merged[name] = {**merged.get(name, {}), **fields}
    layers = []
    for name, fields in merged.items():
        try:
            layers.append(LAYER.validate_json(json.dumps(fields)))
        except ValidationError as error:
            problem = describe_validation_error(error)
            raise UserError(f"{where}: layer {name}: {problem}") from None
    return tuple(layers)
