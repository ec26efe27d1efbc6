"""Making a plan: from what is worth finding to an order, looks and bounds."""

from __future__ import annotations

from importlib import metadata
from math import ceil

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plan.bounds import fixed_drift, make_design
from omiti2v.plan.order import stratified_order
from omiti2v.plan.record import DecisionPlan, planned_looks
from omiti2v.plan.sizes import Assumption, PlannedScore, samples_needed, smallest_effect
from omiti2v.runs import EditionStamp

FEWEST = 10
"""Samples that a look must add: with fewer the normal theory of the bounds says nothing."""


def make_plan(
    edition: Edition,
    *,
    effect: float,
    power: float,
    looks: int,
    alpha: float,
    takes: int,
    score: PlannedScore,
    assumption: Assumption,
    seed: int,
) -> DecisionPlan:
    """A plan for one comparison on an edition.

    Raises:
        UserError: The edition is too small for the effect: the message says which effect it can
            show; or the effect is so large that the looks would be too small.
    """
    drift = make_design([(k + 1) / looks for k in range(looks)], alpha=alpha, power=power).drift
    total = len(edition.samples)
    needed = samples_needed(effect, assumption=assumption, takes=takes, drift=drift, score=score)
    if needed > total:
        least = smallest_effect(total, assumption=assumption, takes=takes, drift=drift, score=score)
        can = f"can find one of {100 * least:.1f} points" if least else "can find none"
        raise UserError(
            f"--effect {100 * effect:g}: takes {needed} samples with {takes} take"
            f"{'' if takes == 1 else 's'}, edition {edition.name} has {total}, which {can} "
            f"with power {power:g}; plan for a larger effect, more --takes or a lower --power"
        )
    if needed < FEWEST * looks:
        raise UserError(
            f"--effect {100 * effect:g}: takes {needed} samples, fewer than {FEWEST} for each of "
            f"{looks} looks; take fewer --looks, or plan for a smaller effect"
        )
    counts = [ceil(needed * (k + 1) / looks) for k in range(looks)]
    draft = DecisionPlan.model_construct(
        format=1,
        version=metadata.version("omiti2v"),
        edition=EditionStamp(name=edition.name, fingerprint=edition.fingerprint, samples=total),
        seed=seed,
        score=score,
        effect=effect,
        alpha=alpha,
        power=power,
        takes=takes,
        assumption=assumption,
        looks=planned_looks(counts, alpha=alpha, power=power),
        order=stratified_order(edition, seed=seed)[:needed],
        digest="",
    )
    return DecisionPlan.model_validate({**dict(draft), "digest": draft.own_digest})


def fixed_samples(plan: DecisionPlan) -> int:
    """The number of samples of a single look with the plan's error and power."""
    return samples_needed(
        plan.effect,
        assumption=plan.assumption,
        takes=plan.takes,
        drift=fixed_drift(alpha=plan.alpha, power=plan.power),
        score=plan.score,
    )
