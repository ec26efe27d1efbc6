"""Submissions: a folder of videos and `submission.yaml`, as somebody hands it in.

A sample may have several videos, one a seed; see `omiti2v.submission_files` for how their files are
named. Where no sample has more than one, the seeds that names tell don't count.

Nothing here opens a video; `evaluators.check` looks into them.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.ordinary_file import is_inside
from omiti2v.plain_yaml import read_plain_yaml
from omiti2v.records import OrAbsent, Record, parse_record
from omiti2v.safe_text import name_as_text
from omiti2v.samples import Take
from omiti2v.submission_files import VIDEO_SUFFIXES, Form, FoundVideo, Unread, find_videos
from omiti2v.takes import by_sample, video_id_of

Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Setting = str | int | float | bool | None


def _video_pattern(text: str) -> str:
    rest = text.replace("{id}", "", 1).replace("{seed}", "", 1)
    host = re.match(r"https?://[^/{}@?#]+/", text)
    if "{id}" not in text or host is None or re.search(r"[^!-~]|[{}\"'<>`\\]", rest):
        raise ValueError("expected a web address with {id} in its path, as https://host/{id}.mp4")
    return text


VideoPattern = Annotated[Line, AfterValidator(_video_pattern)]


class SubmissionInfo(Record):
    """The contents of `submission.yaml`.

    Attributes:
        name: Shown in tables, as "Wan2.1-I2V-14B + AlignVid".
        method: As "baseline" or "AlignVid".
        backbone: The video model.
        revision: Commit or version of the backbone's weights.
        settings: What the videos were made with: steps, guidance, size, ...
        seed: Of the generation.
        seeds: The same where each sample has several videos; left out on disk where empty.
        contact, license, links: For readers of the leaderboard. `licence` is accepted as well, and
            is what run folders and entries have.
        videos: Where the videos lie on the web, for readers of the leaderboard, as
            `https://example.org/wan/{id}.mp4`, or `.../{id}/{seed}.mp4` with several a sample;
            left out on disk where there is none.
    """

    name: Line
    method: Line | None = None
    backbone: Line | None = None
    revision: Line | None = None
    settings: dict[Line, Setting] = Field(default_factory=dict, max_length=100)
    seed: int | None = None
    seeds: Annotated[tuple[Take, ...], Field(max_length=1000, exclude_if=lambda row: not row)] = ()
    contact: Line | None = None
    license: Annotated[Line | None, Field(validation_alias=AliasChoices("license", "licence"))] = (
        None
    )
    links: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    videos: OrAbsent[VideoPattern] = None

    @property
    def licence(self) -> Line | None:
        """The same as `license`."""
        return self.license

    @model_serializer(mode="wrap")
    def _name_on_disk(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {
            "licence" if name == "license" else name: value for name, value in handler(self).items()
        }


@dataclass(frozen=True)
class Submission:
    """The files of a submission, matched with an edition.

    Attributes:
        folder: Where they lie.
        info: From `submission.yaml`; where that is absent, the folder's name alone.
        has_info: Whether there is a `submission.yaml`.
        info_problem: What is wrong with it; None where nothing is.
        videos: The file of each video, by the video's id: see `omiti2v.takes`.
        missing: Ids of samples without a video.
        ambiguous: The files of each video that has more than one; it is not in `videos`.
        refused: The file of each video whose only file is not taken, with the reason: a link out
            of the folder, for instance.
        unread: Files and folders that are no video of a sample.
        forms: How many of the files that name a sample have which form.
    """

    folder: Path
    info: SubmissionInfo
    has_info: bool
    info_problem: str | None
    videos: dict[str, Path]
    missing: tuple[str, ...] = ()
    ambiguous: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    refused: dict[str, tuple[Path, str]] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    forms: dict[Form, int] = field(default_factory=dict)

    @property
    def by_sample(self) -> dict[str, list[str]]:
        """The videos of each sample that has one, those included that can't be scored."""
        return by_sample(self.videos.keys() | self.ambiguous.keys() | self.refused.keys())

    @property
    def strange_files(self) -> int:
        """How many video files there are that don't name a sample."""
        return sum(one.path.suffix.lower() in VIDEO_SUFFIXES for one in self.unread)

    def name_of(self, path: Path) -> str:
        """A file's path within the folder, with forward slashes; what is no text is replaced."""
        inside = path.is_relative_to(self.folder)
        name = path.relative_to(self.folder).as_posix() if inside else path.name
        return name_as_text(name)


def read_submission(
    folder: Path, edition: Edition, *, lenient: bool = False, foreign: bool = False
) -> Submission:
    """List a submission's videos and read its `submission.yaml`.

    Args:
        folder: The submission.
        edition: What the videos are named after.
        lenient: Keep what is wrong with `submission.yaml` in `info_problem` and go on.
        foreign: The folder is a stranger's: a link that leads out of it is refused.

    Raises:
        UserError: No such folder, or, unless lenient, a `submission.yaml` that can't be read or has
            a wrong field.
    """
    _require_folder(folder)
    info, problem = None, None
    try:
        info = read_submission_info(folder, foreign=foreign)
    except UserError as error:
        if not lenient:
            raise
        problem = str(error)
    found, unread = find_videos(
        folder, {s.id.casefold(): s.id for s in edition.samples}, foreign=foreign
    )
    files: dict[str, list[FoundVideo]] = {}
    with_video = {one.sample_id for one in found}
    several = len({(one.sample_id, one.seed) for one in found}) > len(with_video)
    for one in found:
        video = video_id_of(one.sample_id, one.seed if several else None)
        files.setdefault(video, []).append(one)
    seeded = {one.sample_id for one in found if several and one.seed is not None}
    refused: dict[str, tuple[Path, str]] = {}
    for video, ones in files.items():
        reason = _WITHOUT_SEED if video in seeded else ones[0].refused
        if len(ones) == 1 and reason:
            refused[video] = (ones[0].path, reason)
    return Submission(
        folder=folder,
        info=info or SubmissionInfo(name=name_as_text(folder.resolve().name or "submission")[:300]),
        has_info=info is not None or problem is not None,
        info_problem=problem,
        videos={
            video: ones[0].path
            for video, ones in files.items()
            if len(ones) == 1 and video not in refused
        },
        missing=tuple(sample.id for sample in edition.samples if sample.id not in with_video),
        ambiguous={
            video: tuple(one.path for one in ones) for video, ones in files.items() if len(ones) > 1
        },
        refused=refused,
        unread=tuple(unread),
        forms=dict(Counter(one.form for one in found)),
    )


_WITHOUT_SEED = "its name has no seed, but other videos of its sample have one; name it by its seed"


def read_submission_info(folder: Path, *, foreign: bool = False) -> SubmissionInfo | None:
    """The contents of `submission.yaml`; None where there is no such file.

    Args:
        folder: The submission.
        foreign: As for `read_submission`.

    Raises:
        UserError: The folder does not exist, or the file can't be read or has a wrong field.
    """
    _require_folder(folder)
    path = folder / "submission.yaml"
    if not os.path.lexists(path):
        return None
    if foreign and not is_inside(path, folder):
        raise UserError(f"{path}: is a link out of the submission's folder; copy the file itself")
    as_json = json.dumps(read_plain_yaml(path), allow_nan=False)
    return parse_record(SubmissionInfo, as_json, where=str(path))


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; expected a submission: <sample id>.mp4 files")
