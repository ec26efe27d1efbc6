"""From a run to the files of an entry."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date

from leaderboard.entries import names
from leaderboard.entries.compression import gzip_bytes
from leaderboard.entries.entry_info import EntryInfo
from leaderboard.entries.entry_people import people_files
from leaderboard.entries.entry_scores import score_floor, score_run
from omiti2v.editions import Edition
from omiti2v.estimation.anchored_scores import Anchors
from omiti2v.records import Record
from omiti2v.runs import EditionStamp, Run
from omiti2v.submissions import SubmissionInfo
from omiti2v.temporary_folder import temporary_folder

Files = Mapping[str, bytes]
"""Contents by path on the board."""

FLOOR_NAME = "Still floor"
FLOOR_NOTE = (
    "Frozen copies of the reference images, if every question about them were answered rightly: "
    "what a video gets for leaving everything as it is."
)


def entry_files(run: Run, info: EntryInfo, *, anchors: Anchors | None = None) -> Files:
    """The files of an entry with a log, scored by the board's rule.

    Args:
        run: What is entered.
        info: Its badge, day, version and notes.
        anchors: What people have said of the run; None for nothing.

    Raises:
        UserError: The log does not fit its edition, or people's answers are too few.
    """
    scores, marks = score_run(run)
    slug = names.slug_of(run.info.submission.name, version=info.version)
    folder = names.entry_path(run.info.edition.name, slug)
    return {
        f"{folder}/{names.ENTRY}": as_json_file(info),
        f"{folder}/{names.RUN}": as_json_file(run.info),
        f"{folder}/{names.SCORES}": as_json_file(scores),
        f"{folder}/{names.MARKS}": as_json_file(marks, indent=None),
        f"{folder}/{names.RESPONSES}": _packed(run.responses),
        f"{folder}/{names.MEASUREMENTS}": _packed(run.measurements),
        f"{folder}/{names.VIDEOS}": _packed(run.videos),
        **{
            f"{folder}/{name}": content
            for name, content in (people_files(run, anchors) if anchors else {}).items()
        },
    }


def floor_files(edition: Edition, *, added: date) -> Files:
    """The files of an edition's still floor.

    Raises:
        UserError: The edition does not give the reference answers.
    """
    scores, marks = score_floor(edition)
    info = EntryInfo(
        badge="exact",
        added=added,
        note=FLOOR_NOTE,
        submission=SubmissionInfo(name=FLOOR_NAME),
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
    )
    slug = names.slug_of(FLOOR_NAME)
    return {
        names.entry_path(edition.name, slug, names.ENTRY): as_json_file(info),
        names.entry_path(edition.name, slug, names.SCORES): as_json_file(scores),
        names.entry_path(edition.name, slug, names.MARKS): as_json_file(marks, indent=None),
    }


def edition_files(edition: Edition) -> Files:
    """The file in which a board keeps an edition's samples, once for all entries."""
    with temporary_folder() as folder:
        path = folder / "samples.jsonl"
        edition.save_samples(path)
        content = path.read_bytes()
    return {names.edition_path(edition.fingerprint): gzip_bytes(content)}


def as_json_file(record: Record, *, indent: int | None = 2) -> bytes:
    """A record as a JSON file."""
    return (record.model_dump_json(indent=indent) + "\n").encode()


def as_zip(files: Files) -> bytes:
    """Files as a zip, to be laid over a checkout of the board."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    return content.getvalue()


def _packed(rows: Iterable[Record]) -> bytes:
    return gzip_bytes("".join(row.model_dump_json() + "\n" for row in rows).encode())
