"""What one look says: its statistic, its interval, and whether it ends the comparison."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import stdtrit

from omiti2v.bootstrap import Vector
from omiti2v.comparison.paired import PairedScore
from omiti2v.comparison.significance import mcnemar_exact, sign_flip_p_values
from omiti2v.plan.record import PlannedLook
from omiti2v.records import Record

Decision = Literal["b_better", "a_better", "not_worth_it", "go_on", "undecided"]

PERMUTATIONS = 50_000


class Look(Record):
    """What a look found; values are fractions.

    Attributes:
        look: Its number, from 1.
        samples: That it saw.
        a, b: The score of each run.
        difference: b - a.
        low, high: The repeated confidence interval.
        p_value: Of the paired sign-flip test at this look alone, two-sided.
        level: At or below which a run is better.
        upper: The largest difference that the look leaves possible: below the planned effect, B is
            not better by that.
        decision: `undecided` is a last look that neither shows a run better nor excludes the
            effect, as where the samples scatter more than was assumed.
    """

    look: int
    samples: int
    a: float
    b: float
    difference: float
    low: float
    high: float
    p_value: float
    level: float
    upper: float
    decision: Decision


def take_look(
    score: PairedScore,
    planned: PlannedLook,
    *,
    number: int,
    effect: float,
    is_last: bool,
    seed: int,
    permutations: int = PERMUTATIONS,
) -> Look:
    """What a look says by itself.

    The p-value is that of the exact paired test of signs, which holds with few samples that differ
    and whatever their distribution, so long as a difference of either sign is as likely where none
    is true; it is compared with the tail areas of the normal bounds (the significance level
    approach: Jennison and Turnbull 2000, sections 3.3 and 4.4).

    The interval is the repeated confidence interval: as many standard errors to either side as the
    look's level needs. It covers the true difference at all looks together, however they are
    stopped (Jennison and Turnbull 1989, "Interim analyses: the repeated confidence interval
    approach", JRSS B 51(3), 305-361). The standard error is widened by the weight of one sample,
    and the estimate drawn to 0 as by two samples without a difference: the adjustment of Agresti
    and Min (2005, "Simple improved confidence intervals for comparing matched proportions",
    Statistics in Medicine 24(5), 729-740), so that no spread seen is not taken for none. It holds
    0 where the test does not tell the runs apart.

    Args:
        score: In both runs, over the look's samples.
        planned: The look's bounds.
        number: From 1.
        effect: That the plan is for.
        is_last: Whether there is no look after it.
        seed: Of the test's random signs.
        permutations: Number of those.
    """
    n = score.n
    p_value = _p_value(score.contributions, permutations=permutations, seed=seed)
    centre = score.difference * n / (n + 2)
    error = float(np.hypot(score.standard_error or 0.0, 1 / n))
    # As many errors as the bound has of a normal distribution, for Student's.
    reach = float(stdtrit(max(1, n - 1), 1 - planned.level / 2)) * error
    low, high = max(-1.0, centre - reach), min(1.0, centre + reach)
    is_apart = p_value <= planned.level and not low <= 0 <= high
    if not is_apart:
        low, high = min(low, 0.0), max(high, 0.0)
    upper = centre + planned.margin * error
    decision: Decision
    if is_apart:
        decision = "b_better" if score.difference > 0 else "a_better"
    elif upper < effect:
        decision = "not_worth_it"
    else:
        decision = "undecided" if is_last else "go_on"
    return Look(
        look=number,
        samples=planned.samples,
        a=score.a,
        b=score.b,
        difference=score.difference,
        low=low,
        high=high,
        p_value=p_value,
        level=planned.level,
        upper=upper,
        decision=decision,
    )


def _p_value(contributions: Vector, *, permutations: int, seed: int) -> float:
    differing = contributions[contributions != 0]
    if len(set(np.abs(differing).tolist())) <= 1:
        # All differ as far: the signs of all assignments are counted, not drawn.
        return mcnemar_exact(int((differing < 0).sum()), int((differing > 0).sum()))
    (found,) = sign_flip_p_values([contributions], permutations=permutations, seed=seed)
    return found.value
