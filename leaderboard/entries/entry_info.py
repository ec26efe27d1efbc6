"""What an entry's own files hold: `entry.json` and `marks.json`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, model_validator

from leaderboard.entries.names import EDITION_NAME
from omiti2v.number_format import bracketed, percent, signed_percent
from omiti2v.outcomes import Outcome
from omiti2v.records import Digest, OrAbsent, Record
from omiti2v.runs import EditionStamp
from omiti2v.samples import Category, Name, Text
from omiti2v.submissions import SubmissionInfo

Badge = Literal["reported", "exact", "responses", "videos"]

BADGES: dict[Badge, str] = {
    "reported": (
        "Numbers from a paper or a README. There is no response log, so nothing here can be "
        "computed again."
    ),
    "exact": (
        "Follows from the annotations alone: no video, no judge. Anyone can compute it again, to "
        "the last digit."
    ),
    "responses": (
        "Every number was computed again from the response log. This proves the arithmetic, not "
        "the answers: whoever forges the log forges the numbers. Only judging the videos again "
        "tells."
    ),
    "videos": (
        "As for responses, and the maintainers had the same judge answer again on a random share "
        "of the real video files; how many answers agreed is noted with the entry."
    ),
}
"""What each badge proves, and what it does not."""

IN_SHORT: dict[Badge, str] = {
    "reported": "published, no log",
    "exact": "no video, no judge",
    "responses": "videos not checked",
    "videos": "videos checked",
}
"""The same in a few words, to stand beside a name."""

T = TypeVar("T")

Percent = Annotated[float, Field(ge=0.0, le=100.0)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Gap = Annotated[float, Field(ge=-1.0, le=1.0)]


class ReportedResults(Record):
    """Published numbers without a log, in percent as they were published.

    Attributes:
        edition: The edition's name; which samples exactly is not known, so there is no fingerprint.
        judge: Who answered, as published.
        samples_stated: Number of samples that the source states.
        samples_inferred: Number of samples that its ratios fit.
        categories: Accuracy by category.
        metrics: Tool metrics by name.
    """

    edition: Annotated[Name, StringConstraints(pattern=EDITION_NAME)]
    judge: Name
    samples_stated: Annotated[int, Field(ge=1)]
    samples_inferred: Annotated[int, Field(ge=1)]
    categories: dict[Category, Percent]
    metrics: Annotated[dict[Name, Percent], Field(max_length=50)]


class OtherFrames(Record):
    """Success of the same videos by the same judge, on the run's own frames and on others.

    Attributes:
        phase: Of the other frames: all but the first and the last are taken this share of a step
            later.
        own, other: Share of the samples with success.
        low, high: The 95 % interval of the first less the second.
    """

    phase: Annotated[float, Field(gt=0.0, lt=1.0)]
    own: Share
    other: Share
    low: Gap
    high: Gap

    @property
    def in_words(self) -> str:
        """How far the two are apart, and what that says."""
        proven = "no difference is proven"
        if self.low > 0:
            proven = "the edit shows on the judge's frames more than between them"
        elif self.high < 0:
            proven = "the edit shows between the judge's frames more than on them"
        return (
            f"success {percent(self.own)} % on the run's own frames and {percent(self.other)} % on "
            f"others, drawn afterwards: a gap of "
            f"{signed_percent(self.own - self.other)} points "
            f"{bracketed(self.low, self.high, signed_percent)}; {proven}"
        )


class Rejudged(Record):
    """How a random share of the real videos was judged again.

    Attributes:
        date: When.
        share, seed: How the samples were drawn.
        judge: Fingerprint of the judge; that of the run.
        samples, questions: How many were judged again.
        agreed: Number of questions with the same answer.
        lost: Number answered rightly in the log and not when judged again: what forged answers
            would show as.
        gained: The other way round.
        version: Of omiti2v that judged again.
        other_frames: The same samples on other frames; None where they were not asked about.
    """

    date: date
    share: Annotated[float, Field(gt=0.0, le=1.0)]
    seed: Count
    judge: Digest
    samples: Annotated[int, Field(ge=1)]
    questions: Annotated[int, Field(ge=1)]
    agreed: Count
    lost: Count
    gained: Count
    version: Name
    other_frames: OrAbsent[OtherFrames] = None

    @model_validator(mode="after")
    def _adds_up(self) -> Rejudged:
        if max(self.agreed, self.agreed + self.lost + self.gained) > self.questions:
            raise ValueError("agreed, lost and gained are more than the questions")
        return self


class EntryInfo(Record):
    """The contents of `entry.json`.

    Attributes:
        format: Version of the entry's form.
        badge: See `BADGES`.
        added: The day it came onto the board.
        version: Of this name; later ones stand beside the first.
        open_weights: Whether the weights of the video model are available; None where not said.
        source: Where reported numbers come from.
        note: What a reader should know.
        submission: Who it is; None where `run.json` says so.
        edition: Of an exact entry; None where `run.json` says so or the source does not.
        reported: The numbers of a reported entry.
        rejudged: For the badge `videos`.
    """

    format: Literal[1] = 1
    badge: Badge
    added: date
    version: Annotated[int, Field(ge=1, le=9999)] = 1
    open_weights: bool | None = None
    source: Text | None = None
    note: Text | None = None
    submission: SubmissionInfo | None = None
    edition: EditionStamp | None = None
    reported: ReportedResults | None = None
    rejudged: Rejudged | None = None

    @model_validator(mode="after")
    def _fits_its_badge(self) -> EntryInfo:
        logged = self.badge in ("responses", "videos")
        for field, wanted in (
            ("submission", not logged),
            ("edition", self.badge == "exact"),
            ("reported", self.badge == "reported"),
            ("rejudged", self.badge == "videos"),
        ):
            if (getattr(self, field) is not None) != wanted:
                which = "needs" if wanted else "has no place for"
                raise ValueError(f"an entry with the badge {self.badge} {which} {field}")
        if self.badge == "reported" and self.source is None:
            raise ValueError("an entry with the badge reported needs its source")
        return self


class SampleResults(Record):
    """What became of each sample, ordered by sample id: enough to compare two entries.

    Attributes:
        takes: Number of videos of each sample, 1 where it has none; None, and left out on disk,
            where each has one. Of several videos the letters and numbers follow each other.
        outcomes: A letter a video: (s)uccess, (p)artial, (n)egligent, (b)roken, (u)nscored; None
            as for `right`, and where the edition has no reference answers.
        right: Number of questions answered as expected; None where no judge was asked, or where its
            answers make no score.
    """

    outcomes: Annotated[str, StringConstraints(pattern=r"^[spnbu]*$")] | None
    right: tuple[Annotated[int, Field(ge=0, le=64)], ...] | None
    takes: OrAbsent[tuple[Annotated[int, Field(ge=1, le=100_000)], ...]] = None

    @model_validator(mode="after")
    def _videos_add_up(self) -> SampleResults:
        for values in (self.outcomes, self.right):
            if self.takes is not None and values is not None and len(values) != sum(self.takes):
                raise ValueError(f"{len(values)} videos, but takes say {sum(self.takes)}")
        return self

    def by_sample(self, values: Sequence[T]) -> list[Sequence[T]]:
        """What `outcomes` or `right` say of the videos of each sample."""
        counts = self.takes or (1,) * len(values)
        ends = list(accumulate(counts))
        return [values[end - count : end] for count, end in zip(counts, ends, strict=True)]

    def outcome_shares(self, outcome: Outcome) -> list[float] | None:
        """Share of each sample's videos that have an outcome."""
        if self.outcomes is None:
            return None
        if self.takes is None:  # ten times as fast, for each entry of a board
            return [float(letter == outcome[0]) for letter in self.outcomes]
        return [row.count(outcome[0]) / len(row) for row in self.by_sample(self.outcomes)]

    def right_means(self) -> list[float] | None:
        """Number of each sample's questions answered as expected, the mean over its videos."""
        if self.right is None:
            return None
        return [sum(row) / len(row) for row in self.by_sample(self.right)]
