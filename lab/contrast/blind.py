"""Blind answers: what a viewer who sees frames and questions alone says of the clips.

A round is a file `reviews/round-<n>.jsonl` of the set; a later round holds answers about clips that
were mended or looked at again.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.recipe import Clip
from lab.contrast.sheet import write_frames
from omiti2v.errors import UserError
from omiti2v.records import Record, read_records, write_records
from omiti2v.samples import SampleId, YesNo

REVIEWS = "reviews"
LEAST_AGREEMENT = 0.97

Seen = Literal["yes", "no", "unclear"]


class BlindAnswer(Record):
    """One answer of a viewer.

    Attributes:
        clip: `<sample id>/<kind>`.
        digest: Of the clip that was looked at; after a mend it is another.
        question_id: Which question.
        answer: What the viewer saw.
        recipe: The true answer, as the recipe had it then.
        viewer: Who; machines are named so.
    """

    clip: str
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    question_id: SampleId
    answer: Seen
    recipe: YesNo
    viewer: str

    @property
    def agrees(self) -> bool:
        """Whether the viewer saw what the recipe says; "unclear" is not."""
        return self.answer == self.recipe


class SheetAnswer(Record):
    """An answer as a viewer writes it: `sheet` is the picture's number."""

    sheet: str
    question_id: SampleId
    answer: Seen


class SheetLine(Record):
    """What a picture shows; viewers don't get it."""

    sheet: str
    batch: str
    clip: str
    digest: str


def name_of(clip: Clip) -> str:
    """How reviews and tables name a clip."""
    return f"{clip.sample.id}/{clip.kind}"


def short_digest(found: ContrastSet, clip: Clip) -> str:
    """The clip's digest, 16 digits of it."""
    return found.digest(clip)[:16]


def write_batches(
    found: ContrastSet, clips: Sequence[Clip], folder: Path, *, batches: int, seed: int
) -> None:
    """Write pictures and questions for some viewers, and `key.jsonl`, which they must not see.

    The clips of a sample go to different viewers as far as there are enough of them.

    Args:
        found: The set.
        clips: To be looked at.
        folder: Gets `batch-<n>/<sheet>.png` and `batch-<n>/questions.txt`.
        batches: How many viewers.
        seed: Of the order.
    """
    rng = random.Random(seed)
    samples = sorted({clip.sample.id for clip in clips})
    rng.shuffle(samples)
    stacks: list[list[Clip]] = [[] for _ in range(batches)]
    turn = 0
    for sample in samples:
        own = [clip for clip in clips if clip.sample.id == sample]
        rng.shuffle(own)
        for clip in own:
            stacks[turn % batches].append(clip)
            turn += 1
    key = []
    for number, stack in enumerate(stacks, start=1):
        rng.shuffle(stack)
        batch = f"batch-{number:02d}"
        texts = []
        for position, clip in enumerate(stack, start=1):
            sheet = f"{number:02d}{position:03d}"
            write_frames(found, clip, folder / batch / f"{sheet}.png")
            questions = "\n".join(f"{q.id}: {q.question}" for q in clip.sample.questions)
            texts.append(f"{sheet}\n{questions}\n")
            digest = short_digest(found, clip)
            key.append(SheetLine(sheet=sheet, batch=batch, clip=name_of(clip), digest=digest))
        (folder / batch / "questions.txt").write_text("\n".join(texts), encoding="utf-8")
    write_records(folder / "key.jsonl", key)


def gather(found: ContrastSet, folder: Path, *, viewer: str) -> list[BlindAnswer]:
    """The answers that lie as `batch-<n>/answers.jsonl`, with their clips' names.

    Args:
        found: The set that the pictures were made of.
        folder: That `write_batches` wrote.
        viewer: What to call the viewers.

    Raises:
        UserError: A sheet is not in the key, or its clip not in the set.
    """
    truth = {name_of(clip): clip.answers for own in found.clips.values() for clip in own}
    key = {line.sheet: line for line in read_records(folder / "key.jsonl", SheetLine)}
    answers = []
    for path in sorted(folder.glob("batch-*/answers.jsonl")):
        for row in read_records(path, SheetAnswer):
            if row.sheet not in key:
                raise UserError(f"{path}: sheet {row.sheet!r} is not in {folder / 'key.jsonl'}")
            line = key[row.sheet]
            if row.question_id not in truth.get(line.clip, {}):
                raise UserError(f"{path}: {line.clip} {row.question_id}: not in the set")
            answers.append(
                BlindAnswer(
                    clip=line.clip,
                    digest=line.digest,
                    question_id=row.question_id,
                    answer=row.answer,
                    recipe=truth[line.clip][row.question_id],
                    viewer=f"{viewer} {path.parent.name}",
                )
            )
    return answers


def read_rounds(found: ContrastSet) -> dict[int, list[BlindAnswer]]:
    """All rounds of a set, by number."""
    return {
        int(re.sub(r"\D", "", path.stem)): read_records(path, BlindAnswer)
        for path in sorted((found.folder / REVIEWS).glob("round-*.jsonl"))
    }


def standing(found: ContrastSet, rounds: Mapping[int, Sequence[BlindAnswer]]) -> list[BlindAnswer]:
    """The latest answers about the clips as they are now."""
    now = {name_of(clip): clip for own in found.clips.values() for clip in own}
    digests = {name: short_digest(found, clip) for name, clip in now.items()}
    latest: dict[tuple[str, str], BlindAnswer] = {}
    for _, answers in sorted(rounds.items()):
        for row in answers:
            if digests.get(row.clip) == row.digest and (
                now[row.clip].answers[row.question_id] == row.recipe
            ):
                latest[row.clip, row.question_id] = row
    return list(latest.values())


def agreement_rows(answers: Sequence[BlindAnswer]) -> list[list[str]]:
    """Rows of clips, answers and agreement, over all and by kind of clip."""
    asked: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    clips: dict[str, set[str]] = {}
    for row in answers:
        for group in ("all", row.clip.split("/")[1]):
            asked[group] += 1
            agreed[group] += row.agrees
            clips.setdefault(group, set()).add(row.clip)
    return [
        [
            group.replace("_", " "),
            str(len(clips[group])),
            str(asked[group]),
            f"{agreed[group] / asked[group]:.1%}",
        ]
        for group in sorted(asked, key=lambda name: (name != "all", name))
    ]
