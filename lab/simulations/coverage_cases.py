"""The cases of `lab.simulations.coverage`: every interval of scores and differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lab.simulations.sampled_scores import (
    LIKENESSES,
    RATES,
    Generator,
    categories,
    category_sizes,
    fraction_pairs,
    fractions,
    pair_rates,
    pooled,
    share_pairs,
    shares,
)
from omiti2v.bootstrap import Ratio
from omiti2v.comparison.paired import PairedRatio, PairedScore, paired_interval
from omiti2v.intervals import Interval, average_interval, ratio_interval
from omiti2v.scores import Estimate, lift

FLOOR = 0.55
"""The still floor of the simulated lifts, about that of OmitI2V-Open."""

Drawn = tuple[float, Interval | None]
Draw = Callable[[Generator], Drawn]


@dataclass(frozen=True)
class Case:
    """A made-up run, of which an interval is drawn again and again.

    Attributes:
        kind: Of the interval, as the page calls it.
        setting: What else the case is.
        n: Number of samples.
        truth: What is to be covered.
        draw: The estimate and its interval, of a new run.
    """

    kind: str
    setting: str
    n: int
    truth: float
    draw: Draw


def share_cases(sizes: Sequence[int]) -> Iterator[Case]:
    """Outcomes, success and coverage of videos: a sample is 0 or 1, or so is each of its takes."""
    for n in sizes:
        for rate in RATES:
            yield _ratio_case("share of samples", "one take", n, rate, shares, likeness=0.0)
            for takes in ("3", "1 to 4"):
                for likeness in LIKENESSES:
                    setting = f"{takes} takes, likeness {likeness:g}"
                    yield _ratio_case(
                        "share of takes", setting, n, rate, shares, likeness=likeness, takes=takes
                    )


def mean_cases(sizes: Sequence[int]) -> Iterator[Case]:
    """Accuracy and its kin; ratios over questions; the semantic average; lift."""
    for n in sizes:
        for rate in RATES:
            for likeness in LIKENESSES:
                alike = f"likeness {likeness:g}"
                for takes in ("1", "3", "1 to 4"):
                    yield _ratio_case(
                        "mean over samples",
                        f"{takes} takes, {alike}",
                        n,
                        rate,
                        fractions,
                        likeness=likeness,
                        takes=takes,
                    )
                for most in (3, 8):
                    yield _ratio_case(
                        "ratio over questions",
                        f"0 to {most} questions, {alike}",
                        n,
                        rate,
                        pooled,
                        likeness=likeness,
                        most=most,
                    )
                yield _average_case(n, (rate, rate, rate), alike, likeness)
    for n in sizes:
        for rate in RATES:
            yield _lift_case(n, rate, 0.3)
        for rates in ((0.0, 0.0, 0.3), (0.9, 0.5, 0.1), (1.0, 0.98, 0.9)):
            yield _average_case(n, rates, "categories differ, likeness 0.3", 0.3)


def difference_cases(sizes: Sequence[int]) -> Iterator[Case]:
    """Paired differences of shares, of means and of semantic averages."""
    for n in sizes:
        for differing in (0.0, 0.005, 0.02, 0.1, 0.3, 0.8):
            for part in (0.5, 0.75, 1.0):
                yield _share_pair_case(n, differing, part)
        for a, b in pair_rates():
            for likeness in (0.3, 0.9):
                for correlation in (0.0, 0.8):
                    yield _pair_case(
                        "difference of means", _one_pair, a, b, n, likeness, correlation
                    )
            yield _pair_case("difference of semantic averages", _average_pairs, a, b, n, 0.3, 0.8)
            yield _pair_case("difference over questions", _pooled_pair, a, b, n, 0.3, 0.8)


def _ratio_case(
    kind: str,
    setting: str,
    n: int,
    rate: float,
    sample: Callable[..., Ratio],
    **options: object,
) -> Case:
    def draw(rng: Generator) -> Drawn:
        ratio = sample(rng, rate, n, **options)
        return ratio.value, ratio_interval(ratio)

    return Case(kind, setting, n, rate, draw)


def _lift_case(n: int, rate: float, likeness: float) -> Case:
    floor = Estimate(value=FLOOR, low=None, high=None, n=n, exact=True)

    def draw(rng: Generator) -> Drawn:
        ratio = fractions(rng, rate, n, likeness=likeness)
        low, high = ratio_interval(ratio)
        found = lift(Estimate(value=ratio.value, low=low, high=high, n=n), floor)
        assert found is not None and found.low is not None and found.high is not None
        return found.value, (found.low, found.high)

    setting = f"likeness {likeness:g}"
    return Case("lift", setting, n, (rate - FLOOR) / (1 - FLOOR), draw)


def _average_case(n: int, rates: tuple[float, ...], setting: str, likeness: float) -> Case:
    def draw(rng: Generator) -> Drawn:
        parts = categories(rng, rates, n, likeness=likeness)
        return float(np.mean([part.value for part in parts])), average_interval(parts)

    return Case("semantic average", setting, n, sum(rates) / 3, draw)


def _share_pair_case(n: int, differing: float, for_b: float) -> Case:
    gained, lost = differing * for_b, differing * (1 - for_b)
    return Case(
        "difference of shares",
        f"{100 * differing:g} % differ, {100 * for_b:g} % of them for B",
        n,
        gained - lost,
        lambda rng: _difference([share_pairs(rng, lost, gained, n)]),
    )


def _pair_case(
    kind: str,
    sample: Callable[..., list[Ratio]],
    a: float,
    b: float,
    n: int,
    likeness: float,
    correlation: float,
) -> Case:
    return Case(
        kind,
        f"{100 * a:g} and {100 * b:g} %, likeness {likeness:g}, correlation {correlation:g}",
        n,
        b - a,
        lambda rng: _difference(sample(rng, a, b, n, likeness=likeness, correlation=correlation)),
    )


def _difference(parts: Sequence[Ratio]) -> Drawn:
    # One run of nothing and one of the differences: only what lies between them counts.
    score = PairedScore(
        tuple(
            PairedRatio(np.zeros(len(row.numerator)), row.numerator, row.denominator)
            for row in parts
        )
    )
    return score.difference, paired_interval(score)


def _one_pair(
    rng: Generator, a: float, b: float, n: int, *, likeness: float, correlation: float
) -> list[Ratio]:
    return [fraction_pairs(rng, a, b, n, likeness=likeness, correlation=correlation)]


def _pooled_pair(
    rng: Generator, a: float, b: float, n: int, *, likeness: float, correlation: float
) -> list[Ratio]:
    found = fraction_pairs(rng, a, b, n, likeness=likeness, correlation=correlation, least=0)
    return [found]


def _average_pairs(
    rng: Generator, a: float, b: float, n: int, *, likeness: float, correlation: float
) -> list[Ratio]:
    found = fraction_pairs(rng, a, b, n, likeness=likeness, correlation=correlation)
    kinds = np.repeat(np.arange(3), category_sizes(n))
    return [
        Ratio(found.numerator * (kinds == kind), (kinds == kind).astype(np.float64))
        for kind in range(3)
    ]
