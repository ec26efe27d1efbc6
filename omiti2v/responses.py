"""The response log: what the judge answered and what the metrics measured.

The log is the result. Every score is recomputed from it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from omiti2v.records import Digest, Record
from omiti2v.samples import Name, SampleId, Text

Answer = Literal["yes", "no", "unknown", "error"]

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Reason = Annotated[str, StringConstraints(max_length=1000)]
REASON_LENGTH = 300
"""How much of a failure's message is kept."""


def as_reason(text: str | Exception) -> str:
    """A failure as one line of bounded length."""
    if isinstance(text, Exception):
        text = f"{type(text).__name__}: {text}"
    return " ".join(text.split())[:REASON_LENGTH]


class Response(Record):
    """One judge's answer to one question about one video.

    Attributes:
        sample_id: The sample.
        question_id: The question within the sample.
        question: The text that was asked.
        answer: `yes`, `no`, `unknown` (the judge spoke but said neither) or `error` (no judgement
            was possible). The four are never folded into each other.
        p_yes: P(yes) in [0, 1], given that the answer is yes or no; None where the judge gives
            none.
        mass: Probability in [0, 1] that the judge gave to yes and no together; None as above.
        reason: Why the answer is unknown or error; None otherwise.
        video_sha256: Digest of the video file's bytes; None where no file could be read.
        judge: Fingerprint of the judge.
        frames: The frames that were looked at, as the judge's frame rule writes them.
    """

    sample_id: SampleId
    question_id: SampleId
    question: Text
    answer: Answer
    p_yes: Probability | None = None
    mass: Probability | None = None
    reason: Reason | None = None
    video_sha256: Digest | None
    judge: Digest
    frames: Name


class Measurement(Record):
    """One metric's value for one video.

    Attributes:
        sample_id: The sample.
        metric: The metric's name.
        metric_version: Changes whenever the metric's numbers may.
        value: The number, in the metric's unit; None where it could not be measured.
        reason: Why there is no value; None otherwise.
        video_sha256: As for a response.
    """

    sample_id: SampleId
    metric: Name
    metric_version: Name
    value: float | None
    reason: Reason | None = None
    video_sha256: Digest | None
