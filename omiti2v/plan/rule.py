"""What one look says: its statistic, its interval, and whether it ends the comparison."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import stdtrit

from omiti2v.bootstrap import Vector
from omiti2v.comparison.paired import PairedScore
from omiti2v.comparison.significance import mcnemar_exact, sign_flip_p_values
from omiti2v.intervals import difference_interval
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

    One run is better where two tests say so, at the tail area of the normal bound (the
    significance level approach: Jennison and Turnbull 2000, sections 3.3 and 4.4). The exact paired
    test of signs holds with any number of samples that differ, so long as either sign is as likely
    where no difference is true. Student's test does not ask for that; its error is taken as if two
    more samples had been seen that differ by half, one either way, since no spread seen in a few
    samples is not no spread (Agresti and Min 2005, "Simple improved confidence intervals for
    comparing matched proportions", Statistics in Medicine 24(5), 729-740). The same error says
    whether the planned effect is still possible.

    The interval is the repeated confidence interval, at the confidence that the look's level
    leaves. It covers the true difference at all looks together, however they are stopped (Jennison
    and Turnbull 1989, "Interim analyses: the repeated confidence interval approach", JRSS B 51(3),
    305-361). Where the tests tell the runs apart it ends at 0 at the latest, where they don't it
    holds 0.

    Args:
        score: In both runs, over the look's samples.
        planned: The look's bounds.
        number: From 1.
        effect: That the plan is for.
        is_last: Whether there is no look after it.
        seed: Of the test's random signs.
        permutations: Number of those.
    """
    p_value = _p_value(score.contributions, permutations=permutations, seed=seed)
    n = score.n
    drawn_in = n / (n + 2)
    centre = score.difference * drawn_in
    error = float(np.hypot(score.standard_error or 0.0, 1 / n)) * drawn_in
    errors_away = float(stdtrit(max(1, n - 1), 1 - planned.level / 2))
    is_apart = p_value <= planned.level and abs(centre) >= errors_away * error
    low, high = difference_interval(
        [part.difference for part in score.parts], confidence=1 - planned.level
    )
    if not is_apart:
        low, high = min(low, 0.0), max(high, 0.0)
    elif score.difference > 0:
        low = max(low, 0.0)
    else:
        high = min(high, 0.0)
    upper = min(1.0, centre + planned.margin * error)
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
