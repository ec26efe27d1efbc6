"""Training clips: rendered, compressed, decoded, with dense labels and many questions each."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames
from evaluators.tiny import FRAMES, SIDE
from evaluators.world.build import Scene, make_scene
from evaluators.world.questions import Ask, every_ask
from evaluators.world.render import render_frames
from evaluators.world.scene import Item, Stage, pick
from evaluators.world.settings import Nuisances, WorldSettings
from evaluators.world.timeline import Timeline
from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES, Behaviour
from lab.chunks import Arrays, Chunks
from lab.tiny_judge.tokens import build_tokenizer
from omiti2v.mp4 import encode_mp4

FPS = 8
QUARTERS = FRAMES // 2
SETTINGS = WorldSettings(
    width=SIDE, height=SIDE, frames=FRAMES, fps=FPS, backgrounds=("plain", "gradient")
)
BEHAVIOUR_SHARES: dict[Behaviour, float] = {
    "done": 0.28,
    "flicker": 0.15,
    "wrong_object": 0.16,
    "too_late": 0.12,
    "still": 0.08,
    "camera_only": 0.08,
    "blank": 0.05,
    "text": 0.08,
}
QUESTIONS = 24
"""Questions kept for each clip; a training step draws some of them."""

LONGEST = 14
"""Tokens of the longest question."""


@dataclass(frozen=True)
class Example:
    """One clip to learn from.

    Attributes:
        frames: RGB, shape (8, 64, 64, 3), uint8.
        slots: What is at each place in each quarter of the clip, shape (4, 4, 3): position of its
            colour, shape and size in the vocabulary's tuples, their length where there is nothing.
        questions: Texts.
        families: Family of each question.
        answers: True where the answer is yes.
        behaviour: What the clip does.
        scene: What was rendered; its own questions come first.
    """

    frames: Frames
    slots: NDArray[np.int64]
    questions: list[str]
    families: list[str]
    answers: list[bool]
    behaviour: Behaviour
    scene: Scene


def is_held_out(item: Item) -> bool:
    """Whether a colour and shape in this place is kept out of training, to be tested on.

    An eighth of all: each colour, shape and place is trained on in other combinations.
    """
    number = COLOURS.index(item.colour) + 2 * SHAPES.index(item.shape) + PLACES.index(item.place)
    return number % 8 == 0


def shows_held_out(stage: Stage) -> bool:
    """Whether a held-out combination can be seen in some video of a scene."""
    ends = (stage.edit.after, stage.wrong.after)
    return any(item is not None and is_held_out(item) for item in (*stage.items, *ends))


def draw_nuisances(rng: np.random.Generator) -> Nuisances:
    """Nuisances of the range that the judge is trained on."""
    return Nuisances(
        motion=float(rng.uniform(0, 0.016)),
        blur=float(rng.uniform(0, 0.012)) if rng.random() < 0.4 else 0.0,
        noise=float(rng.uniform(0, 6)) if rng.random() < 0.4 else 0.0,
        brightness=float(rng.uniform(0.85, 1.15)),
        speed=float(rng.uniform(0.7, 1.5)),
        crf=int(rng.integers(14, 29)),
    )


def make_example(
    index: int,
    *,
    seed: int,
    settings: WorldSettings = SETTINGS,
    nuisances: Nuisances | None = None,
    held_out: bool = False,
) -> Example:
    """The clip number `index` of a seed; the same for the same arguments.

    Args:
        index: Which clip; the six kinds of edit take turns.
        seed: Seed of the world.
        settings: Size and length.
        nuisances: None draws them from the range that is trained on.
        held_out: Whether to let in scenes that show a held-out combination.
    """
    rng = np.random.default_rng([seed, index, 500])
    behaviours = list(BEHAVIOUR_SHARES)
    shares = np.array(list(BEHAVIOUR_SHARES.values()))
    behaviour = behaviours[int(rng.choice(len(behaviours), p=shares / shares.sum()))]
    number = index
    scene = make_scene(number, seed=seed, settings=settings)
    while not held_out and shows_held_out(scene.stage):
        number += 6_000_000  # the same kind of edit, far from any other example's scene
        scene = make_scene(number, seed=seed, settings=settings)
    # Speed changes when things happen, never what is true at the end or at any time.
    line = scene.lines[behaviour]
    varied = nuisances or draw_nuisances(rng)
    frames = compress(render_frames(scene.stage, behaviour, nuisances=varied), varied.crf)
    asks = [*scene.asks, *_balanced(every_ask(scene.stage, scene.lines, rng), line, rng)]
    asks = asks[:QUESTIONS]
    return Example(
        frames=frames,
        slots=slots_of(line),
        questions=[ask.text for ask in asks],
        families=[ask.family for ask in asks],
        answers=[ask.predicate(line) for ask in asks],
        behaviour=behaviour,
        scene=scene,
    )


def arrays_of(examples: Sequence[Example]) -> Arrays:
    """Rendered clips and their questions.

    Returns:
        frames (clips, 8, 64, 64, 3) uint8; slots (clips, 4, 4, 3) uint8; tokens (clips, 24, 14)
        uint8, zero after the end; answers (clips, 24) bool.
    """
    tokenizer = build_tokenizer()
    tokens = np.zeros((len(examples), QUESTIONS, LONGEST), dtype=np.uint8)
    for position, example in enumerate(examples):
        for row, question in enumerate(example.questions):
            ids = tokenizer.encode(question, add_special_tokens=False)
            tokens[position, row, : len(ids)] = ids
    return {
        "frames": np.stack([example.frames for example in examples]),
        "slots": np.stack([example.slots for example in examples]).astype(np.uint8),
        "tokens": tokens,
        "answers": np.array([example.answers for example in examples]),
    }


class ClipChunks(Chunks):
    """Chunks of `arrays_of`."""

    def compute(self, number: int) -> Arrays:
        """Render a chunk."""
        numbers = range(number * self.clips, (number + 1) * self.clips)
        return arrays_of([make_example(index, seed=self.seed) for index in numbers])


def slots_of(line: Timeline) -> NDArray[np.int64]:
    """What is at each place at the end of each quarter of a clip, as `Example.slots`."""
    nothing = np.array([len(COLOURS), len(SHAPES), len(SIZES)])
    slots = np.tile(nothing, (QUARTERS, len(PLACES), 1))
    step = len(line.items) // QUARTERS
    for quarter in range(QUARTERS):
        # The first quarter is labelled by the first frame: that is what "at the start" asks about.
        for item in line.items[(quarter + 1) * step - 1 if quarter else 0]:
            if item is not None:
                slots[quarter, PLACES.index(item.place)] = (
                    COLOURS.index(item.colour),
                    SHAPES.index(item.shape),
                    SIZES.index(item.size),
                )
    return slots


def compress(frames: Frames, crf: int) -> Frames:
    """Frames as they come back from an H.264 file of this quality."""
    file = io.BytesIO(encode_mp4(frames, fps=FPS, crf=crf))
    with av.open(file, mode="r") as container:
        container.streams.video[0].codec_context.thread_count = 1
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.asarray(decoded, dtype=np.uint8)


def _balanced(asks: list[Ask], line: Timeline, rng: np.random.Generator) -> list[Ask]:
    """Questions of all families alike, and of both answers alike within each."""
    families: dict[str, dict[bool, list[Ask]]] = defaultdict(lambda: defaultdict(list))
    for ask in asks:
        families[ask.family][ask.predicate(line)].append(ask)
    names = sorted(families)
    chosen = []
    for _ in range(QUESTIONS):
        answers = families[pick(rng, names)]
        chosen.append(pick(rng, answers[pick(rng, sorted(answers))]))
    return chosen
