"""Takes: several videos of a sample, one a seed.

A video is called by its id: its sample's where the sample has one video, else `<sample>@<seed>`. No
sample's id holds an `@`, so the two can be told apart again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from omiti2v.records import Record
from omiti2v.samples import LoggedTake, Sample, SampleId

_BETWEEN = "@"


def video_id_of(sample_id: str, take: int | None) -> str:
    """What a video is called, as `addition-001` or `addition-001@3`."""
    return sample_id if take is None else f"{sample_id}{_BETWEEN}{take}"


def sample_of(video_id: str) -> str:
    """The id of a video's sample."""
    return video_id.partition(_BETWEEN)[0]


def take_of(video_id: str) -> int | None:
    """Which of its sample's videos it is; None for the only one."""
    take = video_id.partition(_BETWEEN)[2]
    return int(take) if take else None


def by_sample(video_ids: Iterable[str]) -> dict[str, list[str]]:
    """The videos of each sample that has one, in the order of their takes."""
    found: dict[str, list[str]] = {}
    for video_id in sorted(video_ids, key=video_order):
        found.setdefault(sample_of(video_id), []).append(video_id)
    return found


def video_order(video_id: str) -> tuple[str, int]:
    """By sample, then by take as a number."""
    take = take_of(video_id)
    return sample_of(video_id), -1 if take is None else take


def has_takes(video_ids: Iterable[str]) -> bool:
    """Whether some video is one of several of its sample."""
    return any(_BETWEEN in video_id for video_id in video_ids)


@dataclass(frozen=True, slots=True)
class SampleVideo:
    """One video of a sample.

    Attributes:
        sample: The sample.
        take: Which of its videos; None for the only one.
    """

    sample: Sample
    take: int | None = None

    @property
    def id(self) -> str:
        """What it is called."""
        return video_id_of(self.sample.id, self.take)


class AboutVideo(Record):
    """A row of a log that is about one video.

    Attributes:
        sample_id: The sample.
        take: Which of its videos, where it has several.
    """

    sample_id: SampleId
    take: LoggedTake = None

    @property
    def video_id(self) -> str:
        """What the video is called."""
        return video_id_of(self.sample_id, self.take)
