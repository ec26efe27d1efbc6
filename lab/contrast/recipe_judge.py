"""A judge that knows the contrast set, to try `omiti2v calibrate --set contrast` with.

`--judge lab.contrast.recipe_judge:RecipeJudge`; its options go into a judge's file.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.contrast.contrast_set import ContrastSet, load_contrast
from evaluators.contrast.pictures import file_digest
from evaluators.contrast.recipe import Clip
from evaluators.contrast.store import default_clip_cache, rendered
from evaluators.frames import Clip as Shown
from evaluators.frames import FrameRule, decode_video
from evaluators.judges import Judgement, JudgeSpec, fingerprint_of, frame_rule_for
from lab.contrast.blind import name_of, short_digest
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError
from omiti2v.records import OrAbsent, Record, read_records
from omiti2v.responses import Answer
from omiti2v.samples import Sample, SampleId, YesNo

_OPTIONS = ("error", "seed", "answers", "recipes", "edition")


class GivenAnswer(Record):
    """What somebody said of a clip: a line of a file of answers, as a round of blind viewers is.

    Attributes:
        clip: `<sample id>/<kind>`.
        question_id: Of the sample.
        answer: As a judge's, or "unclear", which is unknown.
        digest: Of the clip that was looked at; what is said of another than there is now is passed
            over. Where there is none, it is taken to be the same.
        viewer: Who said so.
    """

    clip: str
    question_id: SampleId
    answer: Answer | Literal["unclear"]
    digest: OrAbsent[str] = None
    viewer: OrAbsent[str] = None


class RecipeJudge:
    """Knows each clip by its frames and says what its recipe says, now and then the opposite.

    Options:
        error: Share of the questions that it answers wrongly, in [0, 1]; 0 if not given. Which ones
            follows from clip, question and seed.
        seed: A whole number; 0 if not given.
        answers: A file of `GivenAnswer` lines to answer from instead; what is not in it is unknown.
        recipes, edition: Folders, in place of the project's own set and edition.

    Raises:
        UserError: An option is unknown or not of that form, or a file can't be read.
    """

    def __init__(self, spec: JudgeSpec) -> None:
        options = spec.options
        if unknown := sorted(set(options) - set(_OPTIONS)):
            raise UserError(f"options: {unknown[0]}: expected one of {', '.join(_OPTIONS)}")
        self._error, self._seed = float(options.get("error", 0)), int(options.get("seed", 0))
        if not 0 <= self._error <= 1:
            raise UserError(f"options: error: expected 0 to 1, got {self._error}")
        edition = Path(options["edition"]) if "edition" in options else None
        recipes = Path(options["recipes"]) if "recipes" in options else None
        self._clips = ClipFinder(
            load_contrast(recipes, edition=load_edition_folder(edition) if edition else None)
        )
        answers = Path(options["answers"]) if "answers" in options else None
        if answers and "error" in options:
            raise UserError("options: give error or answers, not both")
        self._given = _read_answers(answers) if answers else None
        self.name = "by file" if answers else f"by recipe, {100 * self._error:g} % wrong"
        self.frame_rule = frame_rule_for(spec) or FrameRule(count=16)
        self.identity = {
            "class": "lab.contrast.RecipeJudge",
            "version": 1,
            "error": self._error,
            "seed": self._seed,
            "answers": file_digest(answers) if answers else None,
            "recipes": self._clips.found.fingerprint,
            "frame_rule": str(self.frame_rule),
        }
        self.fingerprint = fingerprint_of(self.identity)

    def judge(self, clip: Shown, questions: Sequence[str]) -> list[Judgement]:
        """The answers; `error` where the frames are those of no clip, or of several."""
        matches = self._clips.matches(clip, questions)
        if len(matches) != 1:
            names = ", ".join(map(name_of, matches)) or "no clip of the set"
            return [Judgement("error", reason=f"the frames of {names}") for _ in questions]
        ids = {question.question: question.id for question in matches[0].sample.questions}
        return [self._answer(matches[0], ids[text]) for text in questions]

    def _answer(self, clip: Clip, question: str) -> Judgement:
        if self._given is not None:
            given = self._given.get((name_of(clip), question))
            if given is None or given.digest not in (None, short_digest(self._clips.found, clip)):
                return Judgement("unknown", reason="not in the file")
            if given.answer == "unclear":
                return Judgement("unknown", reason="unclear")
            return Judgement(given.answer)
        truth = clip.answers[question]
        said = truth if self._draw(clip, question) >= self._error else _OTHER[truth]
        # As sure as it is often right.
        return Judgement(said, p_yes=1 - self._error if said == "yes" else self._error, mass=1.0)

    def _draw(self, clip: Clip, question: str) -> float:
        return random.Random(f"{self._seed}/{name_of(clip)}/{question}").random()


class ClipFinder:
    """Tells which clip of a set frames are of; each sample's clips are read when first asked about.

    Args:
        found: The set; what is not rendered yet is.
    """

    def __init__(self, found: ContrastSet) -> None:
        self.found = found
        self._samples = [
            (frozenset(question.question for question in sample.questions), sample)
            for sample in found.samples
        ]
        self._digests: dict[str, list[tuple[Clip, list[bytes]]]] = {}

    def matches(self, shown: Shown, questions: Sequence[str]) -> list[Clip]:
        """The clips that have all of these frames at these places.

        Args:
            shown: Some frames of a clip.
            questions: Some of its sample's.
        """
        seen = dict(zip(shown.indices.tolist(), map(_frame_digest, shown.frames), strict=True))
        return [
            clip
            for texts, sample in self._samples
            if texts.issuperset(questions)
            for clip, digests in self._of(sample)
            if all(place < len(digests) and digests[place] == one for place, one in seen.items())
        ]

    def _of(self, sample: Sample) -> list[tuple[Clip, list[bytes]]]:
        if sample.id not in self._digests:
            cache = default_clip_cache()
            self._digests[sample.id] = [
                (clip, _frame_digests(cache / f"{self.found.digest(clip)}.mp4"))
                for clip, _ in rendered(
                    self.found, self.found.clips[sample.id], cache=cache, workers=1
                )
            ]
        return self._digests[sample.id]


_OTHER: Mapping[YesNo, YesNo] = {"yes": "no", "no": "yes"}


def _frame_digests(path: Path) -> list[bytes]:
    return [_frame_digest(frame) for frame in decode_video(path).frames]


def _frame_digest(frame: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(frame).tobytes()).digest()


def _read_answers(path: Path) -> dict[tuple[str, str], GivenAnswer]:
    lines = read_records(path, GivenAnswer)
    found = {(line.clip, line.question_id): line for line in lines}
    if len(found) < len(lines):
        raise UserError(f"{path}: a question about a clip is answered twice; keep one answer")
    return found
