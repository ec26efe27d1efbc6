"""Ranks that claim no more than the data do: the places an entry may have among the ranked.

Every two entries of a table are compared sample by sample by every headline score, in one family
(`omiti2v.comparison.verdict`). By one score, an entry's rank is an interval: from one more than
the number of entries that are proven better, to the number of entries less those that are proven
worse. In at most 5 % of boards any such interval misses the place that the entry would have if
every true value were known (Mogstad, Romano, Shaikh and Wilhelm 2024, "Inference for Ranks with
Applications to Mobility across Neighbourhoods and Academic Achievement across Countries", Review
of Economic Studies 91(1), 476-518).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leaderboard.entries.entry_info import SampleResults
from leaderboard.entries.entry_scores import SEED
from omiti2v.bootstrap import Vector
from omiti2v.comparison.family import Matrix, adjusted_p_values
from omiti2v.comparison.verdict import (
    HIGHER_IS_BETTER,
    FamilyResult,
    Headline,
    proven_higher,
)
from omiti2v.samples import CATEGORIES, Sample

RankedBy = Headline
RANKED_BY = HIGHER_IS_BETTER
"""The scores that rows can be ranked by, and whether more is better."""

_FLIPS = (2_000, 10_000)
_FLIPPED_TESTS = 200_000_000
"""As many flips, within the bounds, as make so many statistics: a second or so, and 8 of them for a
thousand entries."""


@dataclass(frozen=True)
class RowRank:
    """Where a row stands.

    Attributes:
        best, worst: The places that it may have, from 1.
    """

    best: int
    worst: int

    def __str__(self) -> str:
        """As `1` or `2-5`."""
        return f"{self.best}" if self.best == self.worst else f"{self.best}-{self.worst}"


@dataclass(frozen=True)
class BoardFamily:
    """All pairs of a table, tested together.

    Attributes:
        ids: The entries, in the order of the rows.
        values: Of each headline score, shape (rows,); NaN where a row has none.
        p_values: Adjusted, shape (rows, rows).
    """

    ids: tuple[str, ...]
    values: Mapping[RankedBy, Vector]
    p_values: Mapping[RankedBy, Matrix]

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return len(self.ids) * (len(self.ids) - 1) // 2

    def pair(self, one: str, other: str) -> FamilyResult | None:
        """What the family says of two entries; None where one is not in it."""
        if one not in self.ids or other not in self.ids:
            return None
        place = self.ids.index(one), self.ids.index(other)
        found = {name: float(table[place]) for name, table in self.p_values.items()}
        known = {name: p_value for name, p_value in found.items() if not np.isnan(p_value)}
        return FamilyResult(known, pairs=self.pairs, of="board")

    def better(self, by: RankedBy, rows: Collection[str]) -> NDArray[np.bool_]:
        """Which of some rows are proven better than which by a score: [i, j] where i is."""
        places = [self.ids.index(row) for row in rows]
        sign = 1 if RANKED_BY[by] else -1
        values = sign * self.values[by][places]
        p_values = self.p_values[by][np.ix_(places, places)]
        return proven_higher(values[:, None] - values[None, :], p_values)


def board_family(marks: Mapping[str, SampleResults], samples: Sequence[Sample]) -> BoardFamily:
    """Test all pairs of a table by all headline scores.

    Args:
        marks: Of each entry, by its id.
        samples: All of the edition, in the order of the marks.
    """
    tables: dict[RankedBy, Matrix] = {}
    one_more: dict[RankedBy, float] = {}
    for by in RANKED_BY:
        rows = [contributions(row, samples, by) for row in marks.values()]
        if any(row is not None for row in rows):
            absent = np.full(len(samples), np.nan)
            tables[by] = np.stack([absent if row is None else row for row in rows])
            one_more[by] = _one_more(samples, by)
    tests = len(tables) * len(marks) * (len(marks) - 1) // 2
    p_values = adjusted_p_values(
        tables,
        pairs="all",
        one_more=one_more,
        permutations=int(np.clip(_FLIPPED_TESTS // max(tests, 1), *_FLIPS)),
        seed=SEED,
    )
    values = {by: table.sum(axis=1) for by, table in tables.items()}
    return BoardFamily(tuple(marks), values, p_values)


def _one_more(samples: Sequence[Sample], by: RankedBy) -> float:
    """The most that a sample can add to a score."""
    if by != "semantic_average":
        return 1 / len(samples)
    return 1 / (len(CATEGORIES) * min(Counter(sample.category for sample in samples).values()))


def rank_rows(family: BoardFamily, rows: Collection[str], by: RankedBy) -> dict[str, RowRank]:
    """The ranks of some rows of a family among each other; of those that have the score."""
    if by not in family.values:
        return {}
    scored = [row for row in rows if not np.isnan(family.values[by][family.ids.index(row)])]
    better = family.better(by, scored)
    best = 1 + better.sum(axis=0)
    worst = len(scored) - better.sum(axis=1)
    return {row: RowRank(int(a), int(b)) for row, a, b in zip(scored, best, worst, strict=True)}


def contributions(marks: SampleResults, samples: Sequence[Sample], by: RankedBy) -> Vector | None:
    """What each sample adds to a score, shape (samples,); None where the score is not available.

    Args:
        marks: Of the entry.
        samples: All of the edition, in the order of the marks.
        by: Which score.
    """
    if by == "success" or by == "negligence":
        shares = marks.outcome_shares("success" if by == "success" else "negligent")
        return None if shares is None else np.array(shares, dtype=float) / len(samples)
    right = marks.right_means()
    if right is None:
        return None
    accuracy: Vector = np.array(right) / [len(sample.questions) for sample in samples]
    if by == "accuracy":
        return accuracy / len(samples)
    counts = Counter(sample.category for sample in samples)
    if len(counts) < len(CATEGORIES):
        return None
    return accuracy / [len(CATEGORIES) * counts[sample.category] for sample in samples]
