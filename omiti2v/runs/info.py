"""`run.json`: what was scored, with what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from omiti2v.records import Digest, OrAbsent, Record
from omiti2v.samples import SampleId
from omiti2v.scores import MAX_RESAMPLES, MIN_RESAMPLES, Missing
from omiti2v.submissions import SubmissionInfo


class EditionStamp(Record):
    """The edition that a run is about."""

    name: str
    fingerprint: Digest
    samples: Annotated[int, Field(ge=1)]


_WORDINGS = {
    "ours": "our words",
    "the authors'": "the authors' words",
    "another": "other words",
}
"""Whose words a prompt has, by `prompt_wording` in a judge's identity."""


class JudgeStamp(Record):
    """The judge that answered; `identity` is everything its answers depend on."""

    name: str
    fingerprint: Digest
    identity: dict[str, Any]

    @property
    def manner(self) -> str:
        """How it was asked: "fast", or as "paper, our words"; "" where the identity is silent."""
        protocol, wording = (self.identity.get(n) for n in ("protocol", "prompt_wording"))
        if protocol not in ("fast", "paper"):
            return ""
        return ", ".join(filter(None, (protocol, _WORDINGS.get(str(wording)))))


class MetricStamp(Record):
    """A metric that was computed, with what a reader needs to make sense of its number.

    Attributes:
        version: Changes whenever the metric's numbers may.
        unit: As "share of frames".
        higher_is_better: None where neither direction is good in itself.
        bounds: Smallest and largest possible value; None for no bound.
        description: One sentence.
    """

    version: str
    unit: str
    higher_is_better: bool | None
    bounds: tuple[float | None, float | None] = (None, None)
    description: str


class PlanStamp(Record):
    """The plan that a run follows, see `omiti2v.plan`, and the look that it has come to."""

    digest: Digest
    look: Annotated[int, Field(ge=1)]


class RunInfo(Record):
    """The contents of `run.json`.

    Attributes:
        format: Version of the run folder's form.
        submission: From `submission.yaml`.
        edition: What the questions come from.
        sample_ids: The samples that the run was limited to; None for all.
        plan: Whose samples these are; None, and left out on disk, where none is followed.
        allow_mismatch: Whether videos were judged though their first frame shows another sample's
            image.
        judge: Who answered; None where only metrics were computed.
        metrics: The metrics computed, by name.
        missing: What a sample without a video counts.
        resamples, seed: Of the tests of a comparison with this run; its scores don't depend on
            them.
        versions: Of the packages that the numbers depend on; all of them where a run was resumed
            under another version, as "2.4.6, 2.5.0".
    """

    format: Literal[1] = 1
    submission: SubmissionInfo
    edition: EditionStamp
    sample_ids: Annotated[tuple[SampleId, ...], Field(min_length=1)] | None = None
    plan: OrAbsent[PlanStamp] = None
    allow_mismatch: bool = False
    judge: JudgeStamp | None = None
    metrics: dict[str, MetricStamp]
    missing: Missing = "zero"
    resamples: Annotated[int, Field(ge=MIN_RESAMPLES, le=MAX_RESAMPLES)]
    seed: Annotated[int, Field(ge=0)]
    versions: dict[str, str]

    @field_validator("sample_ids")
    @classmethod
    def _each_sample_once(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and len(set(value)) != len(value):
            raise ValueError("a sample is named more than once")
        return value
