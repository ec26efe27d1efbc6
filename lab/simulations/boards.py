"""Boards whose truth is known: entries that answer the questions of OmitI2V-Open's samples.

Whether an answer is right depends on the entry's skill, on the sample's difficulty, which all
entries share, and on chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from leaderboard.entries.entry_info import SampleResults
from omiti2v import load_edition
from omiti2v.samples import Sample

DIFFICULTY = 1.5
"""Standard deviation of the samples' difficulties, on the scale of the logistic function."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)


@dataclass(frozen=True)
class Questions:
    """The samples that entries answer about, and their questions one after the other."""

    samples: tuple[Sample, ...]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each sample's questions begin."""
        return np.cumsum([0, *(len(sample.questions) for sample in self.samples)])[:-1]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many each sample has."""
        return np.array([len(sample.questions) for sample in self.samples])

    @cached_property
    def is_edit(self) -> NDArray[np.bool_]:
        """Which are edit questions."""
        return np.array([q.role == "edit" for sample in self.samples for q in sample.questions])

    def skill(self, rate: float) -> float:
        """The skill at which the expected success is `rate`: found by halving."""
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.success(middle) < rate else (low, middle)
        return low

    def success(self, skill: float) -> float:
        """Expected success over the difficulties."""
        right = 1 / (1 + np.exp(-(skill + DIFFICULTY * _NODES)))
        numbers, times = np.unique(self.counts, return_counts=True)
        shares = (right ** numbers[:, None]) @ _WEIGHTS / _WEIGHTS.sum()
        return float(shares @ times / times.sum())

    def difficulty(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """How easy each sample is, for all entries alike."""
        return DIFFICULTY * rng.standard_normal(len(self.samples))

    def right(
        self,
        skills: Sequence[float],
        rng: np.random.Generator,
        difficulty: NDArray[np.float64] | None = None,
    ) -> NDArray[np.bool_]:
        """Which answers of each entry are right, shape (entries, questions).

        Args:
            skills: Of the entries.
            rng: Of the answers, and of the difficulty where it is not given.
            difficulty: Of the samples.
        """
        if difficulty is None:
            difficulty = self.difficulty(rng)
        chance = np.add.outer(np.asarray(skills), np.repeat(difficulty, self.counts))
        is_right: NDArray[np.bool_] = rng.random(chance.shape) < 1 / (1 + np.exp(-chance))
        return is_right

    def marks(self, right: NDArray[np.bool_]) -> dict[str, SampleResults]:
        """What became of each sample of each entry; see `omiti2v.outcomes`."""

        def counted(of: NDArray[np.bool_]) -> NDArray[np.int64]:
            return np.add.reduceat(of.astype(np.int64), self.starts, axis=1)

        lost, edits = counted(~right & ~self.is_edit), counted(right & self.is_edit)
        total = counted(right)
        letters = np.select([lost > 0, total == self.counts, edits == 0], ["b", "s", "n"], "p")
        return {
            f"e{number:02}": SampleResults(
                outcomes="".join(letters[number]), right=tuple(total[number].tolist())
            )
            for number in range(len(right))
        }


def take_questions(samples: int) -> Questions:
    """So many samples of OmitI2V-Open, spread over all of it."""
    every = load_edition("open").samples
    return Questions(tuple(every[i] for i in np.linspace(0, len(every) - 1, samples).astype(int)))
