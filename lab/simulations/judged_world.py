"""Scenes of the known-answer world, and what a worsened tiny judge says of them.

The judge is the packaged one, looking through noise: whatever it is shown, the same noise is added
first. Each scene is played in all eight ways, so that any mix of videos can be drawn from it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, StringConstraints

from evaluators.calibration.plan import pick_photographs
from evaluators.frames import Clip
from evaluators.judges import Judge, Judgement
from evaluators.tiny.judge import tiny_judge
from evaluators.world import (
    BEHAVIOURS,
    Behaviour,
    Scene,
    WorldSettings,
    make_scenes,
    true_answers,
)
from evaluators.world.render import render_frames
from lab.tiny_judge.measure import clip_of
from leaderboard.entries.compression import gzip_bytes, read_gzip
from omiti2v import load_edition
from omiti2v.errors import UserError
from omiti2v.records import Record, parse_record, write_bytes_atomically
from omiti2v.responses import Answer
from omiti2v.samples import Category, Question, Sample, YesNo

Letters = Annotated[str, StringConstraints(pattern=r"^[ynue]+$")]
"""An answer a question: (y)es, (n)o, (u)nknown or (e)rror."""

_LETTER: Mapping[Answer, str] = {"yes": "y", "no": "n", "unknown": "u", "error": "e"}
_ANSWER: Mapping[str, Answer] = {letter: answer for answer, letter in _LETTER.items()}
_YES_NO: Mapping[str, YesNo] = {"y": "yes", "n": "no"}
_MILLE = 1000


class JudgedClip(Record):
    """One way of playing a scene.

    Attributes:
        truth, answers: To each question.
        p_yes: Of each question, in thousandths.
    """

    truth: Letters
    answers: Letters
    p_yes: tuple[Annotated[int, Field(ge=0, le=_MILLE)], ...]


class JudgedScene(Record):
    """A scene, its questions, and what the judge says of its clips.

    Attributes:
        name: Id of the sample.
        category: Of its edit.
        expected, reference: The right answer after the edit, and on the untouched image.
        clips: By behavior.
    """

    name: str
    category: Category
    expected: Letters
    reference: Letters
    clips: dict[Behaviour, JudgedClip]

    def sample(self) -> Sample:
        """The scene as a sample of the benchmark; of its questions only the answers are kept."""
        return Sample(
            id=self.name,
            image="none.png",
            prompt="none",
            category=self.category,
            questions=tuple(
                Question(
                    id=f"q{number}",
                    question="none",
                    dimension="none",
                    expected_answer=_YES_NO[expected],
                    reference_answer=_YES_NO[reference],
                )
                for number, (expected, reference) in enumerate(
                    zip(self.expected, self.reference, strict=True), start=1
                )
            ),
        )


class JudgedWorld(Record):
    """Scenes judged by one worsened judge.

    Attributes:
        noise: Standard deviation of the noise, in levels of 255.
        seed: Of the world.
        drawn: Scenes on drawn backgrounds.
        photographs: Scenes over photographs, another kind of video.
    """

    noise: float
    seed: int
    drawn: tuple[JudgedScene, ...]
    photographs: tuple[JudgedScene, ...]


def as_answers(letters: str) -> dict[str, Answer]:
    """Answers by question id."""
    return {f"q{number}": _ANSWER[letter] for number, letter in enumerate(letters, start=1)}


@dataclass(frozen=True)
class NoisyJudge:
    """A judge that looks through noise.

    Attributes:
        inner: Who answers.
        noise: Standard deviation of the noise of each pixel, in levels of 255.
    """

    inner: Judge
    noise: float

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        """The answers about the clip with noise; the same noise for the same clip."""
        rng = np.random.default_rng(zlib.crc32(clip.frames.tobytes()))
        noise = self.noise * rng.standard_normal(clip.frames.shape, dtype=np.float32)
        frames = np.clip(np.round(clip.frames + noise), 0, 255).astype(np.uint8)
        return self.inner.judge(replace(clip, frames=frames), questions)


def judge_scenes(scenes: Sequence[Scene], judge: Judge, *, noise: float) -> tuple[JudgedScene, ...]:
    """Have all clips of the scenes judged."""
    noisy = NoisyJudge(judge, noise)
    return tuple(
        JudgedScene(
            name=scene.sample.id,
            category=scene.sample.category,
            expected=_letters(question.expected_answer for question in scene.sample.questions),
            reference=_letters(
                question.reference_answer or "error" for question in scene.sample.questions
            ),
            clips={name: _judge_clip(scene, name, judge, noisy) for name in BEHAVIOURS},
        )
        for scene in scenes
    )


def _judge_clip(scene: Scene, behaviour: Behaviour, judge: Judge, noisy: NoisyJudge) -> JudgedClip:
    questions = scene.sample.questions
    clip = clip_of(render_frames(scene.stage, behaviour), judge)
    judged = noisy.judge(clip, [question.question for question in questions])
    truth = true_answers(scene, behaviour)
    return JudgedClip(
        truth=_letters(truth[question.id] for question in questions),
        answers=_letters(judgement.answer for judgement in judged),
        p_yes=tuple(round(_MILLE * (judgement.p_yes or 0.0)) for judgement in judged),
    )


def make_world(*, scenes: int, noise: float, seed: int) -> JudgedWorld:
    """Render and judge a world; about 50 clips a second on one core.

    Args:
        scenes: On drawn backgrounds; over photographs a third as many.
        noise: Of the judge.
        seed: Of the scenes; those over photographs have the next.
    """
    drawn = WorldSettings(backgrounds=("plain", "gradient"))
    photographs = WorldSettings(backgrounds=pick_photographs(load_edition()))
    judge = tiny_judge()
    return JudgedWorld(
        noise=noise,
        seed=seed,
        drawn=judge_scenes(make_scenes(scenes, seed=seed, settings=drawn), judge, noise=noise),
        photographs=judge_scenes(
            make_scenes(scenes // 3, seed=seed + 1, settings=photographs), judge, noise=noise
        ),
    )


def kept_world(path: Path, *, scenes: int, noise: float, seed: int) -> JudgedWorld:
    """The world in a file, made first where there is none; arguments as for `make_world`.

    Raises:
        UserError: The file is of another world.
    """
    if not path.is_file():
        world = make_world(scenes=scenes, noise=noise, seed=seed)
        write_bytes_atomically(path, gzip_bytes(world.model_dump_json().encode()))
    world = parse_record(JudgedWorld, read_gzip(path, where=str(path)), where=str(path))
    if (world.noise, world.seed, len(world.drawn)) != (noise, seed, scenes):
        raise UserError(f"{path}: another world than asked for; give another folder")
    return world


def _letters(answers: Iterable[Answer]) -> str:
    return "".join(_LETTER[answer] for answer in answers)
