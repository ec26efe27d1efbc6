"""Ranks that claim no more than the data do: groups of entries that can't be told apart.

The rule: rows stand in the order of the score. The first leads the first group. Each row after it
joins the group while the 95 % interval of its paired difference from the group's leader includes
0; the first row whose interval does not leads the next group. All rows of a group have one rank:
one more than the number of rows in the groups before.

The differences are a bootstrap over samples in which all rows share the resamples, so that they
are paired: a sample that is hard for all moves no difference. The intervals are not adjusted for
the number of rows. Rows of neighboring groups may be as alike as rows of one; only a leader and
the rows that stand below its group are told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from leaderboard.entries.entry_info import SampleResults
from leaderboard.entries.entry_scores import SEED
from omiti2v.bootstrap import Ratio, Vector, bootstrap_ratios, percentile_interval
from omiti2v.samples import CATEGORIES, Sample

RESAMPLES = 2_000
"""Enough to tell whether an interval includes 0; the intervals shown beside scores have 10,000."""

RankedBy = Literal["success", "accuracy", "semantic_average", "negligence"]
RANKED_BY: dict[RankedBy, bool] = {
    "success": True,
    "accuracy": True,
    "semantic_average": True,
    "negligence": False,
}
"""The scores that rows can be ranked by, and whether more is better."""


@dataclass(frozen=True)
class RowRank:
    """Where a row stands.

    Attributes:
        rank: From 1; shared by the rows of a group.
        group: Number of the group, from 0.
        tied: Whether another row has the same rank.
    """

    rank: int
    group: int
    tied: bool


def score_parts(
    marks: SampleResults, samples: Sequence[Sample], by: RankedBy
) -> tuple[Ratio, ...] | None:
    """A score of one entry as ratios whose mean it is; None where it is not available.

    Args:
        marks: Of the entry.
        samples: All of the edition, in the order of the marks.
        by: Which score.
    """
    ones: Vector = np.ones(len(samples))
    if by == "success" or by == "negligence":
        shares = marks.outcome_shares("success" if by == "success" else "negligent")
        return None if shares is None else (Ratio(np.array(shares, dtype=float), ones),)
    right = marks.right_means()
    if right is None:
        return None
    asked = np.array([len(sample.questions) for sample in samples], dtype=float)
    accuracy: Vector = np.array(right, dtype=float) / asked
    if by == "accuracy":
        return (Ratio(accuracy, ones),)
    members = [np.array([s.category == name for s in samples], dtype=float) for name in CATEGORIES]
    if not all(row.any() for row in members):
        return None
    return tuple(Ratio(accuracy * row, row) for row in members)


def rank_rows(rows: Sequence[tuple[Ratio, ...]], *, higher_is_better: bool) -> list[RowRank]:
    """Where each row stands, by the rule above.

    Args:
        rows: A score of each row, as `score_parts` gives it, all over the same samples.
        higher_is_better: Whether the largest value comes first.
    """
    if not rows:
        return []
    sign = 1.0 if higher_is_better else -1.0
    values = [sign * sum(part.value for part in row) / len(row) for row in rows]
    drawn = bootstrap_ratios(
        [part for row in rows for part in row], resamples=RESAMPLES, seed=SEED
    ).reshape(RESAMPLES, len(rows), -1)
    means = np.ascontiguousarray(sign * drawn.mean(axis=2).T)
    order = sorted(range(len(rows)), key=lambda i: -values[i])
    groups: list[list[int]] = []
    for i in order:
        if groups and not _differs(means[groups[-1][0]] - means[i]):
            groups[-1].append(i)
        else:
            groups.append([i])
    standings: dict[int, RowRank] = {}
    for number, group in enumerate(groups):
        rank = len(standings) + 1
        standings |= {i: RowRank(rank, number, len(group) > 1) for i in group}
    return [standings[i] for i in range(len(rows))]


def _differs(differences: Vector) -> bool:
    low, _ = percentile_interval(differences)
    return bool(low > 0)
