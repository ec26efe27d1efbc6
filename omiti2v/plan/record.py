"""Plan files: what is fixed before the first video of a comparison is made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from scipy.special import ndtr

from omiti2v.edition_versions import edition_label
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plan.bounds import Design, make_design
from omiti2v.plan.order import stratified_order
from omiti2v.plan.sizes import Assumption, Fraction, PlannedScore
from omiti2v.records import Digest, Record, json_digest, read_record
from omiti2v.runs import EditionStamp
from omiti2v.samples import SampleId

MAX_LOOKS = 10
MAX_TAKES = 100
_SAME = 1e-6


class PlannedLook(Record):
    """One look, and when it ends the comparison.

    Attributes:
        samples: That it sees: so many from the start of the order.
        level: One run is better where the two-sided p-value is at most this.
        margin: B is not better by the planned effect where B - A lies at least so many standard
            errors below it.
    """

    samples: Annotated[int, Field(ge=1)]
    level: Fraction
    margin: Annotated[float, Field(gt=-20, lt=20)]


class DecisionPlan(Record):
    """The contents of a plan file.

    Attributes:
        version: Of omiti2v, that made it.
        edition: Whose samples it orders.
        seed: Of the order.
        score: That is compared.
        effect: Difference that is worth finding, B above A, as a fraction.
        alpha: Two-sided error of all looks together: to call one run better where none is.
        power: To find B better where it is by the effect.
        takes: Videos of each sample.
        assumption: On which the power rests.
        looks: In their order.
        order: Ids of the samples, those of the first look first.
        digest: SHA-256 over the rest.

    Raises:
        ValueError: It contradicts itself, or its bounds are not those of its looks.
    """

    format: Literal[1] = 1
    version: Annotated[str, Field(max_length=100)]
    edition: EditionStamp
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    score: PlannedScore
    effect: Fraction
    alpha: Annotated[float, Field(ge=0.001, le=0.2)]
    power: Annotated[float, Field(ge=0.5, le=0.99)]
    takes: Annotated[int, Field(ge=1, le=MAX_TAKES)]
    assumption: Assumption
    looks: Annotated[tuple[PlannedLook, ...], Field(min_length=1, max_length=MAX_LOOKS)]
    order: Annotated[tuple[SampleId, ...], Field(min_length=1, max_length=1_000_000)]
    digest: Digest

    @model_validator(mode="after")
    def _is_a_plan(self) -> DecisionPlan:
        counts = [look.samples for look in self.looks]
        if counts != sorted(set(counts)) or counts[-1] != len(self.order):
            raise ValueError(
                f"looks: expected rising numbers of samples up to the {len(self.order)} of order"
            )
        if len(set(self.order)) != len(self.order):
            raise ValueError("order: names a sample twice")
        expected = planned_looks(counts, alpha=self.alpha, power=self.power)
        for number, (look, right) in enumerate(zip(self.looks, expected, strict=True)):
            if abs(look.level - right.level) > _SAME or abs(look.margin - right.margin) > _SAME:
                raise ValueError(f"looks.{number}: its bounds are not those of this plan's looks")
        if self.digest != self.own_digest:
            raise ValueError("digest: not that of the plan: it was changed; make a new plan")
        return self

    @property
    def own_digest(self) -> str:
        """SHA-256 over all fields but the digest."""
        fields = self.model_dump(mode="json", exclude={"digest"})
        return json_digest(fields)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of each sample's takes."""
        return tuple(range(self.takes))

    @property
    def design(self) -> Design:
        """The bounds on the scale of Z."""
        return _design([look.samples for look in self.looks], alpha=self.alpha, power=self.power)

    def samples_at(self, look: int) -> tuple[str, ...]:
        """Ids of the samples that a look sees, from 1, in the plan's order.

        Raises:
            UserError: The plan has no such look.
        """
        if not 1 <= look <= len(self.looks):
            raise UserError(f"--look: expected 1 to {len(self.looks)}, got {look}")
        return self.order[: self.looks[look - 1].samples]

    def require_edition(self, edition: Edition) -> None:
        """Check that the plan orders this edition, as its seed says.

        Raises:
            UserError: It is of another edition, or its order was chosen by hand.
        """
        if edition.fingerprint != self.edition.fingerprint:
            raise UserError(
                f"plan {self.digest[:12]}: of edition "
                f"{edition_label(self.edition.name, self.edition.fingerprint)}, not of "
                f"{edition_label(edition.name, edition.fingerprint)}; give that edition, or make "
                "another plan"
            )
        if stratified_order(edition, seed=self.seed)[: len(self.order)] != self.order:
            raise UserError(
                f"plan {self.digest[:12]}: its order is not the one that its seed gives; make a "
                "new plan"
            )


def planned_looks(counts: list[int], *, alpha: float, power: float) -> tuple[PlannedLook, ...]:
    """The bounds of looks at so many samples."""
    design = _design(counts, alpha=alpha, power=power)
    rows = zip(counts, design.shares, design.better, design.futile, strict=True)
    return tuple(
        PlannedLook(
            samples=count,
            level=float(2 * ndtr(-better)),
            margin=design.drift * share**0.5 - futile,
        )
        for count, share, better, futile in rows
    )


def _design(counts: list[int], *, alpha: float, power: float) -> Design:
    return make_design([count / counts[-1] for count in counts], alpha=alpha, power=power)


def read_plan(path: Path) -> DecisionPlan:
    """Read a plan file.

    Raises:
        UserError: It can't be read or is no plan.
    """
    return read_record(path, DecisionPlan)
