"""What people answered: one append-only file for each, `reviews/<name>.jsonl`.

A line is never changed. A person who takes an answer back adds a line that says so, and one who
answers again adds another answer; the last line about a question holds. An answer carries a digest
of all that the person was shown, so that it no longer counts once any of that has changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from omiti2v.errors import CannotWriteError, UserError
from omiti2v.records import Digest, Record, RecordLog, json_digest, read_records
from omiti2v.samples import SampleId, Text

AskedForm = Literal["reference", "edit", "video"]
"""On the reference image alone, on image and prompt, or on a video."""
Verdict = Literal["yes", "no", "unclear"]

# Lower case only: some disks take `Ada` and `ada` for one file. No dot and no separator, so that
# a name can't lead elsewhere; `round-...` are the machine rounds of the same folder.
REVIEWER = r"^(?!round-)[a-z0-9][a-z0-9_-]{0,39}$"
ReviewerName = Annotated[
    str, StringConstraints(pattern=re.compile(REVIEWER), min_length=1, max_length=40)
]
Key = tuple[AskedForm, str, str, str]
"""Form, sample, question, and the digest of what was shown."""


class PersonAnswer(Record):
    """A line of a reviewer's file.

    Attributes:
        reviewer: Whose file it stands in.
        kind: Only answers of kind "human" confirm a question.
        time: In UTC, as "2026-03-04T05:06:07Z".
        form: What was asked.
        edition: Fingerprint of the edition at that time.
        sample_id, question_id, question: The question as it stood.
        seen: Digest of what was shown, see `seen_digest`.
        answer: "withdrawn" takes the earlier answer back.
        note: The reviewer's comment.
    """

    reviewer: ReviewerName
    kind: Literal["human", "machine"]
    time: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    form: AskedForm
    edition: Digest
    sample_id: SampleId
    question_id: SampleId
    question: Text
    seen: Digest
    answer: Literal["yes", "no", "unclear", "withdrawn"]
    note: Text | None = None

    @property
    def key(self) -> Key:
        """What the answer is to."""
        return (self.form, self.sample_id, self.question_id, self.seen)


def seen_digest(
    form: AskedForm, *, picture_sha256: str, question: str, prompt: str | None = None
) -> str:
    """Digest of what a reviewer is shown, 64 hex digits.

    Args:
        form: What is asked.
        picture_sha256: Digest of the reference image's bytes, or of the video's.
        question: The question's text.
        prompt: The prompt where it is shown, which is in the form "edit" alone.
    """
    shown = {"form": form, "picture": picture_sha256, "question": question, "prompt": prompt}
    return json_digest(shown)


def reviewer_path(folder: Path, name: str) -> Path:
    """The file of a reviewer in a folder of reviews.

    Raises:
        UserError: The name is none that may become a file's name.
    """
    if not re.fullmatch(REVIEWER, name):
        raise UserError(
            f"--name {name[:60]!r}: expected 1 to 40 of a-z, 0-9, - and _, beginning with a letter "
            'or digit and not with "round-"'
        )
    return folder / f"{name}.jsonl"


def now() -> str:
    """The time for a line."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def hold_answers(path: Path) -> Iterator[RecordLog]:
    """A reviewer's file, for adding lines: until the end of the block nobody else adds any.

    Two pages of one reviewer may want to at once. Lines are on the disk when the block ends.

    Raises:
        UserError: The file can't be written, or it or its folder is a link.
    """
    import fcntl  # not on every system, and reading needs none

    refuse_links(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with RecordLog(path) as log:
                yield log
    except OSError as error:
        raise CannotWriteError(path, error) from None


def append_answer(path: Path, answer: PersonAnswer) -> None:
    """Add a line to a reviewer's file, whatever stands there.

    Raises:
        UserError: As for `hold_answers`.
    """
    with hold_answers(path) as log:
        log.append([answer])


def read_person(path: Path) -> list[PersonAnswer]:
    """The lines of a reviewer's file; none where it has not been begun.

    Raises:
        UserError: It is broken, a link, or holds lines of another reviewer.
    """
    refuse_links(path)
    if not path.exists():
        return []
    rows = read_records(path, PersonAnswer, torn_tail=True)
    for number, row in enumerate(rows, start=1):
        if row.reviewer != path.stem:
            raise UserError(
                f"{path}: answer {number}: reviewer: expected {path.stem}, got {row.reviewer}"
            )
    return rows


def read_people(folder: Path) -> dict[str, list[PersonAnswer]]:
    """The lines of all reviewers' files in a folder, by name; none where there is no folder.

    Raises:
        UserError: A file is broken or is not one of a reviewer.
    """
    paths = sorted(
        path for path in folder.glob("*.jsonl") if not path.name.startswith(("round-", "."))
    )
    return {path.stem: read_person(reviewer_path(folder, path.stem)) for path in paths}


def standing_answers(rows: Iterable[PersonAnswer]) -> dict[Key, PersonAnswer]:
    """The human answers of one reviewer that hold, the latest given last."""
    standing: dict[Key, PersonAnswer] = {}
    for row in rows:
        if row.kind != "human":
            continue
        standing.pop(row.key, None)
        if row.answer != "withdrawn":
            standing[row.key] = row
    return standing


def answers_by_key(
    people: Mapping[str, Iterable[PersonAnswer]],
) -> dict[Key, list[PersonAnswer]]:
    """The human answers of all reviewers that hold, by what they answer."""
    found: dict[Key, list[PersonAnswer]] = {}
    for rows in people.values():
        for key, answer in standing_answers(rows).items():
            found.setdefault(key, []).append(answer)
    return found


def refuse_links(path: Path) -> None:
    """Raise where a file of reviews, or its folder, is a link, or the file is no ordinary one."""
    # A run folder may be somebody else's: its links must not make us write elsewhere.
    for place in (path, path.parent):
        if place.is_symlink():
            raise UserError(f"{place}: is a link; expected the file or folder itself")
    if path.exists() and not path.is_file():
        raise UserError(f"{path}: expected an ordinary file")
