"""What several videos of a sample tell beside the scores: how far they are apart, and how often one
of them, or every one, does what was asked."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from omiti2v.number_format import percent
from omiti2v.outcomes import sample_outcome
from omiti2v.records import Record
from omiti2v.responses import Answers
from omiti2v.samples import Sample
from omiti2v.score_ratios import Ratios, has_roles, mean_ratio, right_share, takes_of_samples
from omiti2v.takes import by_sample

Count = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class TakeSpread(Record):
    """How far the videos of a sample are apart.

    Attributes:
        videos: Number of videos.
        fewest, most: Videos of a sample, of the samples that have one.
        accuracy, success: Standard deviation within a sample of the share of right answers, and of
            success as 0 or 1: the root of the squared distances from each sample's own mean over
            the sum of (videos - 1). None where not available.
    """

    videos: Count
    fewest: Count
    most: Count
    accuracy: Fraction | None
    success: Fraction | None


def spread_lines(spread: TakeSpread) -> list[str]:
    """The spread in words, without markup."""
    numbers = f"{spread.fewest}"
    if spread.most != spread.fewest:
        numbers += f" to {spread.most}"
    lines = [f"takes: {numbers} a sample, {spread.videos} videos; each sample weighs alike"]
    parts = [
        f"{name} {percent(value)}"
        for name, value in (("accuracy", spread.accuracy), ("success", spread.success))
        if value is not None
    ]
    if parts:
        lines.append(f"standard deviation within a sample, points: {', '.join(parts)}")
    return lines


def take_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Shares of the samples that at least one video, and that every video, of theirs succeeds at.

    Without a video a sample counts 0. Both grow or shrink with the number of videos, and so compare
    runs with equally many alone.
    """
    if not has_roles(samples):
        return {}
    done = [
        [sample_outcome(sample, row) == "success" for row in rows]
        for sample, rows in takes_of_samples(samples, answers)
    ]
    return {
        ("takes", "any"): mean_ratio([[float(any(row))] for row in done]),
        ("takes", "all"): mean_ratio([[float(all(row))] for row in done]),
    }


def take_spread(
    samples: Sequence[Sample], answers: Answers | None, with_video: Collection[str]
) -> TakeSpread:
    """How far the videos of a sample are apart.

    Args:
        samples: Those scored.
        answers: By video and question; None where no score comes of them.
        with_video: The videos that are there, of which a sample has several.
    """
    known = {sample.id: sample for sample in samples}
    videos = {name: ids for name, ids in by_sample(with_video).items() if name in known}
    counts = [len(ids) for ids in videos.values()]
    with_roles = has_roles(samples)
    accuracy: dict[str, float] = {}
    success: dict[str, float] = {}
    for name, ids in videos.items() if answers is not None else ():
        for video in ids:
            row = (answers or {}).get(video, {})
            accuracy[video] = right_share(known[name], row) or 0.0
            if with_roles:
                success[video] = float(sample_outcome(known[name], row) == "success")
    return TakeSpread(
        videos=sum(counts),
        fewest=min(counts, default=0),
        most=max(counts, default=0),
        accuracy=_pooled_deviation(accuracy),
        success=_pooled_deviation(success),
    )


def _pooled_deviation(values: Mapping[str, float]) -> float | None:
    """See `TakeSpread`; None where no sample has two videos.

    Args:
        values: By video.
    """
    squares, freedom = 0.0, 0
    for ids in by_sample(values).values():
        row = [values[video] for video in ids]
        mean = sum(row) / len(row)
        squares += sum((value - mean) ** 2 for value in row)
        freedom += len(row) - 1
    return math.sqrt(squares / freedom) if freedom else None
