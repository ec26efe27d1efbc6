"""Are the recipes of the contrast set as they must be?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from evaluators.contrast.contrast_set import MASKS, SPRITES, ContrastSet, clip_files
from evaluators.contrast.pictures import file_digest
from evaluators.contrast.recipe import UNTOUCHED, Clip
from omiti2v.errors import UserError
from omiti2v.records import Record, read_records

LEAST_WRONG = 3
NO_FILES = {".svg"}
"""Kept beside the pictures: what they were drawn from."""


class SpriteLine(Record):
    """Where a sprite comes from: a line of `sprites/manifest.jsonl`.

    Attributes:
        file: In `sprites/`, or the path of a fill from the set's folder.
        licence, attribution: As the source asks.
        source: Where it was taken from, or that it was made for this set.
        changes: What was done to it.
    """

    file: str
    licence: str
    attribution: str
    source: str
    changes: str


def read_sprite_lines(folder: Path) -> list[SpriteLine]:
    """The lines about all sprites of a set."""
    return [
        line
        for path in sorted((folder / SPRITES).glob("manifest*.jsonl"))
        for line in read_records(path, SpriteLine)
    ]


def problems(found: ContrastSet) -> Iterator[str]:
    """Each breach of a rule, as one line."""
    for sample in found.samples:
        clips = found.clips[sample.id]
        kinds = Counter(clip.kind for clip in clips)
        if not kinds["right"]:
            yield f"{sample.id}: no right clip"
        if len(clips) < 1 + LEAST_WRONG:
            yield f"{sample.id}: {len(clips) - 1} wrong clips, expected at least {LEAST_WRONG}"
        for clip in clips:
            yield from _clip_problems(clip)
    yield from _file_problems(found)


def _clip_problems(clip: Clip) -> Iterator[str]:
    where = f"{clip.sample.id}: {clip.kind}"
    if clip.kind == "right":
        if clip.caught_by:
            yield f"{where}: not the expected answer: {', '.join(clip.caught_by)}"
        return
    if clip.kind in UNTOUCHED:
        strange = [q.id for q in clip.sample.questions if clip.answers[q.id] != q.reference_answer]
        if strange:
            yield f"{where}: not the reference answer: {', '.join(strange)}"
    if not clip.breaks:
        yield f"{where}: breaks no facet"
    if clip.outcome == "success":
        if clip.passes is None:
            yield f"{where}: passes, and says not why"
        return
    if clip.passes is not None:
        yield f"{where}: is caught by {', '.join(clip.caught_by)}, but says that it passes"
    facet_of = {question.id: question.facet for question in clip.sample.questions}
    if not any(facet_of[name] in clip.breaks for name in clip.caught_by):
        caught = ", ".join(f"{name} ({facet_of[name]})" for name in clip.caught_by)
        yield f"{where}: breaks {', '.join(clip.breaks)}, but is caught by {caught}"


def _file_problems(found: ContrastSet) -> Iterator[str]:
    lines = read_sprite_lines(found.folder)
    listed = Counter(line.file for line in lines)
    used: set[Path] = set()
    for sample in found.samples:
        for clip in found.clips[sample.id]:
            used |= set(clip_files(clip, found.folder))
    for path in sorted(used):
        try:
            file_digest(path)
        except UserError as error:
            yield str(error)
        name = _manifest_name(path, found.folder)
        if name is not None and not listed[name]:
            yield f"{name}: used, but sprites/manifest.jsonl has no line about it"
    for name, count in listed.items():
        if count > 1:
            yield f"{name}: {count} lines about one sprite"
        place = found.folder if "/" in name else found.folder / SPRITES
        if place / name not in used:
            yield f"{name}: listed, but no recipe uses it"
    for folder in (found.folder / SPRITES, *(found.folder / MASKS).glob("*")):
        for path in sorted(folder.iterdir()):
            if path in used or path.suffix in NO_FILES or path.name.startswith("manifest"):
                continue
            yield f"{path.relative_to(found.folder)}: no recipe uses it"


def _manifest_name(path: Path, folder: Path) -> str | None:
    """How the manifest calls a picture; None for a mask, which shows nothing."""
    if path.parent.name == SPRITES:
        return path.name
    with Image.open(path) as picture:
        return None if picture.mode == "1" else path.relative_to(folder).as_posix()
