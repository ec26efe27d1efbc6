"""Which file of a submission is which video: by its name alone, nothing is opened.

Four forms are read: `<id>.mp4`, `<id>/<seed>.mp4`, `<id>-<seed>.mp4` (VBench's) and
`<seed>/<id>.mp4`. A seed may be written as `3`, `seed3`, `seed-3` or `seed_3`. A name that is an id
as a whole is that id, whatever it ends in; only then is a seed looked for at its end.

Files and folders may be links, as in the hub's cache: what counts is their own name. A stranger's
folder may not have links out of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from omiti2v.errors import UserError
from omiti2v.ordinary_file import is_inside
from omiti2v.records import brief

VIDEO_SUFFIXES = (".mp4", ".webm", ".mkv", ".mov", ".avi", ".gif")
MAX_FOLDER_FILES = 100_000

Form = Literal["<id>.mp4", "<id>/<seed>.mp4", "<id>-<seed>.mp4", "<seed>/<id>.mp4"]

_SEED = re.compile(r"(?:seed[-_]?)?([0-9]{1,40})", re.IGNORECASE)
_MAX_SEED = 2**63


@dataclass(frozen=True, slots=True)
class FoundVideo:
    """A file that is named after a sample.

    Attributes:
        path: The file.
        sample_id: The sample.
        seed: What its name says; None in the form `<id>.mp4`.
        form: Of its name.
        refused: Why it is not to be opened; None where it may be.
    """

    path: Path
    sample_id: str
    seed: int | None
    form: Form
    refused: str | None = None


@dataclass(frozen=True)
class Unread:
    """A file or folder that is passed over.

    Attributes:
        path: Where it is.
        reason: Why.
        of_sample: Whether it is named after a sample, whose video it may have been meant to be.
    """

    path: Path
    reason: str
    of_sample: bool = False


def find_videos(
    folder: Path, ids: Mapping[str, str], *, foreign: bool = False
) -> tuple[list[FoundVideo], list[Unread]]:
    """The videos of a submission's folder, and what is passed over there, each in order of path.

    Args:
        folder: The submission.
        ids: Ids of the samples by their case-folded form.
        foreign: Refuse links that lead out of the folder.

    Raises:
        UserError: The folder can't be read, or holds more than `MAX_FOLDER_FILES` files.
    """
    found: list[FoundVideo] = []
    unread: list[Unread] = []
    try:
        for one in _Listing(folder, ids, foreign).read():
            (found if isinstance(one, FoundVideo) else unread).append(one)  # type: ignore[arg-type]
    except OSError as error:
        raise UserError(f"{folder}: can't be read: {error.strerror}") from None
    return sorted(found, key=_path), sorted(unread, key=_path)


def _path(one: FoundVideo | Unread) -> Path:
    return one.path


def _holds(question: Callable[[], bool]) -> bool:
    # A link may lead to where nobody may look.
    with suppress(OSError):
        return question()
    return False


class _Listing:
    """One reading of a submission's folder and of the folders in it; none deeper."""

    def __init__(self, folder: Path, ids: Mapping[str, str], foreign: bool) -> None:
        self._folder = folder
        self._ids = ids
        self._foreign = foreign
        self._files = 0

    def read(self) -> Iterator[FoundVideo | Unread]:
        hidden = 0
        for path in self._entries(self._folder):
            is_video = path.suffix.lower() in VIDEO_SUFFIXES
            if path.name.startswith("."):
                hidden += is_video
            elif is_video and not (_holds(path.is_dir) and self._folder_meaning(path.name)):
                yield self._at_top(path)
            elif _holds(path.is_dir):
                yield from self._in_folder(path)
            elif path.is_symlink() and self._folder_meaning(path.name):
                yield Unread(path, "a link that leads nowhere", of_sample=True)
        if hidden:
            yield Unread(self._folder / ".*", f"hidden video files, {hidden} of them; ignored")

    def _entries(self, folder: Path) -> Iterator[Path]:
        with os.scandir(folder) as entries:
            for entry in entries:
                self._files += 1
                if self._files > MAX_FOLDER_FILES:
                    raise UserError(f"{self._folder}: holds more than {MAX_FOLDER_FILES} files")
                yield folder / entry.name

    def _at_top(self, path: Path) -> FoundVideo | Unread:
        if sample_id := self._ids.get(path.stem.casefold()):
            return self._video(path, sample_id, None, "<id>.mp4")
        name, dash, seed = path.stem.rpartition("-")
        sample_id = self._ids.get(name.casefold())
        if dash and sample_id and _SEED.fullmatch(seed):
            return self._take(path, sample_id, seed, "<id>-<seed>.mp4")
        return Unread(path, "belongs to no sample of the edition; ignored")

    def _folder_meaning(self, name: str) -> Form | None:
        if name.casefold() in self._ids:
            return "<id>/<seed>.mp4"
        return "<seed>/<id>.mp4" if _SEED.fullmatch(name) else None

    def _in_folder(self, folder: Path) -> Iterator[FoundVideo | Unread]:
        form = self._folder_meaning(folder.name)
        if form is None:
            yield Unread(folder, "a folder named after no sample and no seed; ignored")
            return
        if self._leads_out(folder):
            yield Unread(folder, _LINK_OUT, of_sample=True)
            return
        try:
            paths = list(self._entries(folder))
        except OSError as error:
            yield Unread(folder, f"can't be read: {error.strerror}", of_sample=True)
            return
        empty = True
        for path in paths:
            if path.name.startswith(".") or path.suffix.lower() not in VIDEO_SUFFIXES:
                if _holds(path.is_dir) and not path.name.startswith("."):
                    yield Unread(path, "a folder within a folder of videos; ignored")
                continue
            empty = False
            other = self._ids.get(path.stem.casefold())
            if form == "<id>/<seed>.mp4" and other and _SEED.fullmatch(folder.name):
                problem = f"sample {folder.name} or seed {folder.name}? write seeds as seed-1"
                yield Unread(path, problem, of_sample=True)
            elif form == "<id>/<seed>.mp4":
                yield self._take(path, self._ids[folder.name.casefold()], path.stem, form)
            elif other:
                yield self._take(path, other, folder.name, form)
            else:
                yield Unread(path, "belongs to no sample of the edition; ignored")
        if empty:
            yield Unread(folder, "a folder without a video")

    def _take(self, path: Path, sample_id: str, text: str, form: Form) -> FoundVideo | Unread:
        """A video with a seed, if the seed is written as one number can be written."""
        match = _SEED.fullmatch(text)
        if match is None:
            problem = f"expected a seed as its name, as 0.mp4, got {brief(text)}"
        elif match[1] != str(int(match[1])):
            problem = f"seed {match[1]}: expected no leading zeros, as {int(match[1])}"
        elif int(match[1]) >= _MAX_SEED:
            problem = f"seed {match[1]}: expected a number below 2**63"
        else:
            return self._video(path, sample_id, int(match[1]), form)
        return Unread(path, f"{problem}; rename it, or it does not count", of_sample=True)

    def _video(self, path: Path, sample_id: str, seed: int | None, form: Form) -> FoundVideo:
        refused = None
        if self._leads_out(path):
            refused = _LINK_OUT
        elif not _holds(path.is_file):
            refused = (
                "is a link that leads nowhere" if path.is_symlink() else "is not an ordinary file"
            )
        return FoundVideo(path, sample_id, seed, form, refused)

    def _leads_out(self, path: Path) -> bool:
        return self._foreign and not is_inside(path, self._folder)


_LINK_OUT = "is a link out of the submission's folder; copy the file itself"
