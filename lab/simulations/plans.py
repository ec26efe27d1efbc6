"""What plans do, by simulation: `python -m lab.simulations.plans --out docs/statistics`.

Two runs are drawn sample by sample, and the rule of `omiti2v.plan` is applied to them as `compare
--plan` applies it. The page's tables are made from the results.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import bdtr, ndtri

from lab.tables import fill, markdown
from omiti2v.bootstrap import Vector
from omiti2v.comparison.paired import PairedRatio, PairedScore
from omiti2v.plan.bounds import course, fixed_drift, make_design
from omiti2v.plan.record import PlannedLook, planned_looks
from omiti2v.plan.rule import Look, take_look
from omiti2v.plan.sizes import Assumption, PlannedScore, samples_needed
from omiti2v.records import Record, read_record, write_atomically

logger = logging.getLogger(__name__)

ALPHA, POWER, LOOKS, EFFECT = 0.05, 0.8, 4, 0.06
SEED = 17
PERMUTATIONS = 11_000
GROUP = 100
"""Runs that share the random signs of the test."""

Rng = np.random.Generator
Draw = Callable[[Rng, int, float], Vector]
"""From a generator, a number of samples and a true difference to the samples' differences."""


def paired_success(discordance: float) -> Draw:
    """Success of one take, 0 or 1, that differs on a share of the samples."""

    def draw(rng: Rng, n: int, effect: float) -> Vector:
        # A large difference takes more samples that differ.
        differing = max(discordance, 1.1 * effect)
        up, down = (differing + effect) / 2, (differing - effect) / 2
        u = rng.random(n)
        return np.where(u < up, 1.0, np.where(u >= 1 - down, -1.0, 0.0))

    return draw


def clustered_takes(discordance: float, takes: int, shared: float) -> Draw:
    """Mean success of several takes; on a share of the samples all takes come out alike."""
    one = paired_success(discordance)

    def draw(rng: Rng, n: int, effect: float) -> Vector:
        each = np.stack([one(rng, n, effect) for _ in range(takes)])
        alike = rng.random(n) < shared
        differences: Vector = np.where(alike, each[0], each.mean(axis=0))
        return differences

    return draw


def clustered_questions(rate: float, sample: float, pair: float) -> Draw:
    """The share of 3 to 6 questions answered rightly, which a sample makes easy or hard.

    Of the variance of what decides an answer, `sample` is the sample's in its own run, and `pair`
    is the sample's in both runs.
    """

    def draw(rng: Rng, n: int, effect: float) -> Vector:
        questions = rng.integers(3, 7, n)
        both = rng.standard_normal(n) * np.sqrt(pair)
        rows = []
        for wanted in (rate, rate + effect):
            own = both + rng.standard_normal(n) * np.sqrt(sample)
            noise = rng.standard_normal((6, n)) * np.sqrt(1 - pair - sample)
            right = own + noise < ndtri(wanted)
            asked = np.arange(6)[:, None] < questions
            rows.append((right & asked).sum(axis=0) / questions)
        differences: Vector = rows[1] - rows[0]
        return differences

    return draw


def skewed(share: float) -> Draw:
    """B a little better on most samples, far worse on a few: no difference on average.

    The test of signs supposes the same chance for either sign of each difference; here it has not.
    """

    def draw(rng: Rng, n: int, effect: float) -> Vector:
        gain = share / (1 - share) / 2
        return np.where(rng.random(n) < share, -0.5, gain) + effect

    return draw


@dataclass(frozen=True)
class World:
    """A way in which samples differ, and what was assumed of it when the plan was made.

    Attributes:
        name: For the table.
        draw: The differences.
        score: Whose steps the number of samples allows for.
        takes: Of each sample.
        assumed: None for the true spread.
    """

    name: str
    draw: Draw
    score: PlannedScore = "success"
    takes: int = 1
    assumed: float | None = None

    def spread(self) -> float:
        """The spread that the plan assumes, at the takes it has."""
        return self.spread_at(1) if self.assumed is None else self.assumed

    def spread_at(self, times: float) -> float:
        """The true spread where the difference is so many planned effects."""
        rng = np.random.default_rng([SEED, 1])
        return float(self.draw(rng, 1_000_000, times * EFFECT).std())


WORLDS = (
    World("success, 12 % of samples differ, as assumed", paired_success(0.1225)),
    World("success, 6.5 % differ (runs much alike)", paired_success(0.065)),
    World(
        "success of 3 takes, half of the samples alike in all",
        clustered_takes(0.2, 3, 0.5),
        takes=3,
    ),
    World(
        "accuracy, questions clustered in samples", clustered_questions(0.6, 0.1, 0.6), "accuracy"
    ),
)
"""Where power and the number of videos are looked at."""

NULLS = (
    *WORLDS,
    World(
        "success, 32 % differ where 12 % were assumed (rates of 20 %, unrelated pairs)",
        paired_success(0.32),
        assumed=0.35,
    ),
    World("success, 50 % differ where 12 % were assumed", paired_success(0.5), assumed=0.35),
    World("success, 2 % differ (rates of 1 %)", paired_success(0.02), assumed=0.35),
    World("success, 0.5 % differ", paired_success(0.005), assumed=0.35),
    World(
        "success of 3 takes, all alike (takes say nothing new)",
        clustered_takes(0.2, 3, 1.0),
        takes=3,
    ),
    World(
        "accuracy near 97 %, clustered",
        clustered_questions(0.97, 0.1, 0.6),
        "accuracy",
        assumed=0.25,
    ),
    World(
        "B a little better on 90 % of samples, far worse on 10 %",
        skewed(0.1),
        "accuracy",
        assumed=0.25,
    ),
)


class Outcomes(Record):
    """What simulated comparisons by plan came to.

    Attributes:
        world: Name.
        effect: Times the planned one.
        runs: Number of comparisons.
        samples: Of the plan.
        fixed: Samples of the single look with the same power.
        b_better, a_better, not_worth_it, undecided: Shares of the comparisons that end so.
        better_going_on: Share that end in "better" where nobody stops at "not worth it".
        used: Mean number of samples, as a share of `fixed`.
        covered: Share whose interval holds the truth at every look.
        fixed_better: Share in which the single look finds B better.
    """

    world: str
    effect: float
    runs: int
    samples: int
    fixed: int
    b_better: float
    a_better: float
    not_worth_it: float
    undecided: float
    better_going_on: float
    used: float
    covered: float
    fixed_better: float


class Peeking(Record):
    """How often some look at 5 % finds a difference where there is none."""

    looks: int
    runs: int
    found: float


class Theory(Record):
    """Normal theory: share of the samples of a single look, by true effect over the planned one."""

    at_most: float
    used: dict[str, float]


class Results(Record):
    """The contents of `plans.json`."""

    seed: int
    theory: Theory
    outcomes: tuple[Outcomes, ...]
    peeking: tuple[Peeking, ...]


def score_of(differences: Vector) -> PairedScore:
    """A score whose samples differ so."""
    ones = np.ones(len(differences))
    return PairedScore((PairedRatio(np.zeros(len(differences)), differences, ones),))


def look_at(differences: Vector, planned: PlannedLook, number: int, last: bool, seed: int) -> Look:
    """The product's rule on some samples' differences."""
    return take_look(
        score_of(differences[: planned.samples]),
        planned,
        number=number,
        effect=EFFECT,
        is_last=last,
        seed=seed,
        permutations=PERMUTATIONS,
    )


def simulate(world: World, *, times: float, runs: int, stream: Sequence[int]) -> Outcomes:
    """Comparisons by plan in a world where the true difference is `times` the planned effect."""
    assumption = Assumption(spread=min(1.0, world.spread()), within=0)
    needed, fixed = (
        samples_needed(
            EFFECT, assumption=assumption, takes=world.takes, drift=drift, score=world.score
        )
        for drift in (
            make_design([(k + 1) / LOOKS for k in range(LOOKS)], alpha=ALPHA, power=POWER).drift,
            fixed_drift(alpha=ALPHA, power=POWER),
        )
    )
    counts = [-(-needed * (k + 1) // LOOKS) for k in range(LOOKS)]
    planned = planned_looks(counts, alpha=ALPHA, power=POWER)
    # A single look has the whole error, and no margin that would matter.
    single = PlannedLook(samples=fixed, level=ALPHA, margin=0)
    rng = np.random.default_rng([SEED, *stream])
    ends, used, covered, going_on, found = [], [], 0, 0, 0
    for start in range(0, runs, GROUP):
        size = min(GROUP, runs - start)
        drawn = [world.draw(rng, max(needed, fixed), times * EFFECT) for _ in range(size)]
        columns = [
            [look_at(row, look, k, k == LOOKS, start) for row in drawn]
            for k, look in enumerate(planned, start=1)
        ]
        found += sum(look_at(row, single, 1, True, start).decision == "b_better" for row in drawn)
        for looks in zip(*columns, strict=True):
            stop = next(look for look in looks if look.decision != "go_on")
            ends.append(stop.decision)
            used.append(stop.samples)
            covered += all(look.low <= times * EFFECT <= look.high for look in looks)
            going_on += any(look.decision in ("a_better", "b_better") for look in looks)
    return Outcomes(
        world=world.name,
        effect=times,
        runs=runs,
        samples=needed,
        fixed=fixed,
        **{
            name: ends.count(name) / runs
            for name in ("b_better", "a_better", "not_worth_it", "undecided")
        },
        better_going_on=going_on / runs,
        used=float(np.mean(used)) / fixed,
        covered=covered / runs,
        fixed_better=found / runs,
    )


def peek(looks: int, *, runs: int) -> Peeking:
    """Looks at 5 % without a plan, with the exact test, where nothing differs."""
    rng = np.random.default_rng([SEED, 900, looks])
    draw = paired_success(0.1225)
    counts = [-(-367 * (k + 1) // looks) for k in range(looks)]
    rows = np.stack([draw(rng, 367, 0.0) for _ in range(runs)])
    smallest = np.ones(runs)
    for count in counts:
        up, down = (rows[:, :count] > 0).sum(axis=1), (rows[:, :count] < 0).sum(axis=1)
        p = np.minimum(1, 2 * bdtr(np.minimum(up, down), up + down, 0.5))
        smallest = np.minimum(smallest, p)
    return Peeking(looks=looks, runs=runs, found=float(np.mean(smallest <= ALPHA)))


def theory() -> Theory:
    """What the bounds promise of a normal statistic."""
    used = {str(times): used_by_theory(times) for times in (0, 1, 2)}
    design = make_design([(k + 1) / LOOKS for k in range(LOOKS)], alpha=ALPHA, power=POWER)
    return Theory(at_most=(design.drift / fixed_drift(alpha=ALPHA, power=POWER)) ** 2, used=used)


def used_by_theory(times: float) -> float:
    """Share of the samples of a single look that a normal statistic takes, at a drift of so many
    times the planned one."""
    design = make_design([(k + 1) / LOOKS for k in range(LOOKS)], alpha=ALPHA, power=POWER)
    inflation = (design.drift / fixed_drift(alpha=ALPHA, power=POWER)) ** 2
    return inflation * course(design, times).samples


def run_all(path: Path, *, runs: int) -> Results:
    """All simulations; those whose outcomes are in the file are not made again."""
    done = read_record(path, Results) if path.exists() else None
    outcomes = list(done.outcomes if done else ())
    wanted = [(world, 0.0, (1, k)) for k, world in enumerate(NULLS)]
    wanted += [(world, t, (int(t) + 1, k)) for t in (1.0, 2.0) for k, world in enumerate(WORLDS)]
    peeking = (
        done.peeking if done else tuple(peek(looks, runs=10 * runs) for looks in (1, 4, 10, 367))
    )
    for world, times, stream in wanted:
        if any((row.world, row.effect, row.runs) == (world.name, times, runs) for row in outcomes):
            continue
        outcomes.append(simulate(world, times=times, runs=runs, stream=stream))
        results = Results(seed=SEED, theory=theory(), outcomes=tuple(outcomes), peeking=peeking)
        write_atomically(path, results.model_dump_json(indent=1) + "\n")
        logger.info("%s, %g times the effect: %s", world.name, times, outcomes[-1])
    return read_record(path, Results)


def tables(results: Results) -> Mapping[str, str]:
    """The page's tables by name."""

    def percent(value: float) -> str:
        return f"{100 * value:.1f}"

    nulls = [row for row in results.outcomes if row.effect == 0]
    errors = [
        (
            row.world,
            row.samples,
            *map(percent, (row.b_better, row.a_better, row.better_going_on, row.covered)),
        )
        for row in nulls
    ]
    expected: dict[tuple[str, float], float] = {}
    for world in WORLDS:
        # Where more samples have to differ for a larger effect, they scatter more.
        twice = 2 * world.spread() / world.spread_at(2)
        for times, drift in ((0.0, 0.0), (1.0, 1.0), (2.0, twice)):
            expected[world.name, times] = used_by_theory(drift)
    costs = [
        (
            row.world,
            f"{row.effect:g}",
            f"{row.samples} / {row.fixed}",
            *map(percent, (row.b_better, row.fixed_better, row.not_worth_it, row.undecided)),
            percent(row.used),
            percent(expected[row.world, row.effect]),
            percent(row.samples / row.fixed),
        )
        for row in results.outcomes
        if (row.world, row.effect) in expected
    ]
    peeking = [(row.looks, percent(row.found)) for row in results.peeking]
    promised = [(times, percent(used)) for times, used in results.theory.used.items()]
    return {
        "errors": markdown(
            ["samples differ", "samples", "B better", "A better", "better, going on", "covered"],
            errors,
        ),
        "costs": markdown(
            [
                "samples differ",
                "true effect",
                "samples / single look",
                "B better",
                "single look",
                "not worth it",
                "undecided",
                "videos used",
                "by theory",
                "at most",
            ],
            costs,
            left=1,
        ),
        "theory": markdown(
            ["true effect", "videos used"],
            [*promised, ("at most", percent(results.theory.at_most))],
        ),
        "peeking": markdown(["looks", "found a difference"], peeking, left=0),
    }


def main() -> None:
    """Parse the command line, simulate what is missing and fill the page."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.simulations.plans", description="What plans do, by simulation."
    )
    parser.add_argument("--out", type=Path, default=Path("docs/statistics"))
    parser.add_argument("--runs", type=int, default=2_000)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    out: Path = options.out
    results = run_all(out / "plans.json", runs=options.runs)
    page = out / "plans.md"
    if page.exists():
        write_atomically(page, fill(page.read_text(encoding="utf-8"), tables(results)))


if __name__ == "__main__":
    main()
