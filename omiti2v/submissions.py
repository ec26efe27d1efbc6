"""Submissions: a folder of `<sample id>.mp4` and `submission.yaml`, as somebody hands it in.

Nothing here opens a video; `evaluators.check` looks into them.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plain_yaml import read_plain_yaml
from omiti2v.records import Record, parse_record

VIDEO_SUFFIXES = (".mp4", ".webm", ".mkv", ".mov", ".avi", ".gif")
MAX_FOLDER_FILES = 100_000

Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Setting = str | int | float | bool | None


class SubmissionInfo(Record):
    """The contents of `submission.yaml`.

    Attributes:
        name: Shown in tables, as "Wan2.1-I2V-14B + AlignVid".
        method: As "baseline" or "AlignVid".
        backbone: The video model.
        revision: Commit or version of the backbone's weights.
        settings: What the videos were made with: steps, guidance, size, ...
        seed: Of the generation.
        contact, license, links: For readers of the leaderboard. `licence` is accepted as well, and
            is what run folders and entries have.
    """

    name: Line
    method: Line | None = None
    backbone: Line | None = None
    revision: Line | None = None
    settings: dict[Line, Setting] = Field(default_factory=dict, max_length=100)
    seed: int | None = None
    contact: Line | None = None
    license: Annotated[Line | None, Field(validation_alias=AliasChoices("license", "licence"))] = (
        None
    )
    links: Annotated[tuple[Line, ...], Field(max_length=20)] = ()

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
        videos: The one video of each sample that has one, by sample id.
        missing: Ids of samples without a video.
        extra: Video files that name no sample.
        ambiguous: The files of each sample that has more than one; it is not in `videos`.
        refused: The file of each sample whose only file is not taken, with the reason: a link out
            of the folder, for instance.
    """

    folder: Path
    info: SubmissionInfo
    has_info: bool
    info_problem: str | None
    videos: dict[str, Path]
    missing: tuple[str, ...] = ()
    extra: tuple[Path, ...] = ()
    ambiguous: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    refused: dict[str, tuple[Path, str]] = field(default_factory=dict)


def read_submission(folder: Path, edition: Edition, *, lenient: bool = False) -> Submission:
    """List a submission's videos and read its `submission.yaml`.

    Args:
        folder: The submission.
        edition: What the videos are named after.
        lenient: Keep what is wrong with `submission.yaml` in `info_problem` and go on.

    Raises:
        UserError: No such folder, or, unless lenient, a `submission.yaml` that can't be read or has
            a wrong field.
    """
    _require_folder(folder)
    info, problem = None, None
    try:
        info = read_submission_info(folder)
    except UserError as error:
        if not lenient:
            raise
        problem = str(error)
    ids = {sample.id.casefold(): sample.id for sample in edition.samples}
    found: dict[str, list[Path]] = {}
    extra: list[Path] = []
    refused: dict[str, tuple[Path, str]] = {}
    for path, reason in _list_videos(folder):
        sample_id = ids.get(path.stem.casefold())
        if sample_id is None:
            extra.append(path)
            continue
        found.setdefault(sample_id, []).append(path)
        if reason:
            refused[sample_id] = (path, reason)
    single = {sample_id: paths[0] for sample_id, paths in found.items() if len(paths) == 1}
    return Submission(
        folder=folder,
        info=info or SubmissionInfo(name=(folder.resolve().name or "submission")[:300]),
        has_info=info is not None or problem is not None,
        info_problem=problem,
        videos={sample_id: path for sample_id, path in single.items() if sample_id not in refused},
        missing=tuple(sample.id for sample in edition.samples if sample.id not in found),
        extra=tuple(extra),
        ambiguous={sample_id: tuple(paths) for sample_id, paths in found.items() if len(paths) > 1},
        refused={sample_id: row for sample_id, row in refused.items() if sample_id in single},
    )


def read_submission_info(folder: Path) -> SubmissionInfo | None:
    """The contents of `submission.yaml`; None where there is no such file.

    Raises:
        UserError: The folder does not exist, or the file can't be read or has a wrong field.
    """
    _require_folder(folder)
    path = folder / "submission.yaml"
    if not path.exists() and not path.is_symlink():
        return None
    if path.is_symlink() or not path.is_file():
        raise UserError(f"{path}: expected an ordinary file, got a link or something else")
    as_json = json.dumps(read_plain_yaml(path), allow_nan=False)
    return parse_record(SubmissionInfo, as_json, where=str(path))


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; expected a submission: <sample id>.mp4 files")


def _list_videos(folder: Path) -> list[tuple[Path, str | None]]:
    """The folder's video files, sorted, each with the reason if it is not to be opened."""
    files: list[tuple[Path, str | None]] = []
    root = folder.resolve()
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count >= MAX_FOLDER_FILES:
                    raise UserError(f"{folder}: holds more than {MAX_FOLDER_FILES} files")
                path = folder / entry.name
                if path.suffix.lower() not in VIDEO_SUFFIXES or entry.name.startswith("."):
                    continue
                reason = None
                if entry.is_symlink() and not path.resolve().is_relative_to(root):
                    reason = "is a link out of the submission's folder; copy the file itself"
                elif not entry.is_file():
                    reason = "is not an ordinary file"
                files.append((path, reason))
    except OSError as error:
        raise UserError(f"{folder}: can't be read: {error.strerror}") from None
    return sorted(files)
