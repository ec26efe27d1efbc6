"""What a look at a submission's files finds, before any judge is asked."""

from __future__ import annotations

from typing import Literal

from omiti2v.records import Digest, OrAbsent, Record
from omiti2v.samples import Take
from omiti2v.submission_files import Form
from omiti2v.submissions import SubmissionInfo
from omiti2v.takes import AboutVideo

Level = Literal["error", "warning"]
Code = Literal[
    "missing",
    "kept",
    "extra",
    "unread",
    "mixed-forms",
    "uneven",
    "two-files",
    "refused",
    "same-file",
    "undecodable",
    "costly",
    "truncated",
    "swapped",
    "poor-match",
    "cut",
    "flicker",
    "frozen",
    "unlike-the-rest",
    "no-submission-yaml",
    "submission-yaml",
    "mixed-facets",
    "facets",
]


class Finding(Record):
    """Something about a submission, or its edition, that its author should know.

    Attributes:
        level: An `error` makes the submission incomplete or wrong; a `warning` may be intended.
        code: What kind of finding.
        subject: The file, sample or edition.
        message: One sentence.
    """

    level: Level
    code: Code
    subject: str
    message: str


class VideoReport(AboutVideo):
    """One video file and what was found in it.

    Attributes:
        sample_id, take: Which video it is.
        file: Its path within the submission, with forward slashes.
        sha256: Digest of its bytes; None where it could not be read.
        frames, fps, width, height, codec: None where it could not be decoded.
        findings: About this video alone.
    """

    file: str
    sha256: Digest | None = None
    frames: int | None = None
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    codec: str | None = None
    findings: tuple[Finding, ...] = ()

    def renamed(self, file: str, take: int | None = None) -> VideoReport:
        """The same report of a file that now has another name, or is another take."""
        findings = tuple(finding.model_copy(update={"subject": file}) for finding in self.findings)
        return self.model_copy(update={"file": file, "take": take, "findings": findings})


class TakesSeen(Record):
    """How many videos samples have, of which some has several.

    Attributes:
        forms: Number of files whose name has this form.
        takes: Number of samples, by their number of videos.
        seeds: The seeds that every sample with a video has.
    """

    forms: dict[Form, int]
    takes: dict[int, int]
    seeds: tuple[Take, ...]


class CheckReport(Record):
    """The result of `omiti2v check`; its JSON form is what `--json` prints.

    Attributes:
        submission: From `submission.yaml`.
        edition, edition_fingerprint: What it was checked against.
        samples: Number of samples of the edition.
        videos: A report for each video that belongs to a sample.
        takes: Where a sample has several videos; else None, and left out of the JSON.
        findings: All findings, those of the videos included.
    """

    submission: SubmissionInfo
    edition: str
    edition_fingerprint: Digest
    samples: int
    videos: tuple[VideoReport, ...]
    findings: tuple[Finding, ...]
    takes: OrAbsent[TakesSeen] = None

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return all(finding.level != "error" for finding in self.findings)
