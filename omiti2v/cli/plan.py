"""`omiti2v plan`: how many videos a decision needs, and when it may stop earlier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from omiti2v.cli.check import EditionOption, JsonOption
from omiti2v.cli.console import STDOUT, number_table, print_json, say
from omiti2v.number_format import fixed, level_text, percent

if TYPE_CHECKING:
    from omiti2v.plan.record import DecisionPlan
    from omiti2v.plan.sizes import Assumption, PlannedScore

POINTS = 100


def plan(
    output: Annotated[Path, typer.Option("--output", "-o", help="The plan, a new JSON file.")],
    effect: Annotated[
        float,
        typer.Option(min=0.1, max=99, help="Points by which B has to be above A to be worth it."),
    ],
    power: Annotated[
        float, typer.Option(min=0.5, max=0.99, help="Chance to find such an effect.")
    ] = 0.8,
    looks: Annotated[int, typer.Option(min=1, max=10, help="Looks at the results.")] = 4,
    edition: EditionOption = "open",
    score: Annotated[
        Literal["success", "semantic_average", "accuracy", "edit_success"],
        typer.Option(help="The one score that decides."),
    ] = "success",
    alpha: Annotated[
        float,
        typer.Option(min=0.001, max=0.2, help="Error of all looks together, two-sided."),
    ] = 0.05,
    takes: Annotated[int, typer.Option(min=1, max=100, help="Videos of each sample.")] = 1,
    spread: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=100,
            help="Standard deviation of a sample's difference in points; 35 if neither this nor "
            "--from is given: of success, where about 12 % of samples differ.",
        ),
    ] = None,
    pilot: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--from",
            metavar="RUN_A RUN_B",
            help="Take the spread from two runs that were scored before.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the order of the samples.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Plan a comparison that may stop early: an order of the samples, looks, and bounds.

    Make it before any video: then generate and score a look at a time, with --plan and --look, and
    compare with --plan. B is the run that has to be better. Exits with 1, and says which effect
    could be found, where the edition has too few samples.
    """
    from omiti2v import load_edition
    from omiti2v.errors import UserError
    from omiti2v.plan.make import make_plan
    from omiti2v.plan.sizes import Assumption
    from omiti2v.records import write_atomically

    if output.exists():
        raise UserError(f"{output}: is there already; a plan is made once, give a new file to -o")
    if pilot and spread is not None:
        raise typer.BadParameter("--spread and --from exclude each other")
    if pilot:
        assumption = _measured(*pilot, score)
    else:
        assumption = Assumption() if spread is None else Assumption(spread=spread / POINTS)
    made = make_plan(
        load_edition(edition),
        effect=effect / POINTS,
        power=power,
        looks=looks,
        alpha=alpha,
        takes=takes,
        score=score,
        assumption=assumption,
        seed=seed,
    )
    write_atomically(output, made.model_dump_json(indent=2) + "\n")
    if as_json:
        print_json(made)
    else:
        _print(made, output)


def _measured(run_a: Path, run_b: Path, score: PlannedScore) -> Assumption:
    from collections import Counter

    from omiti2v.comparison.match import matched_samples, require_same_judge
    from omiti2v.plan.sizes import measured_spread
    from omiti2v.plan.taken import score_pair
    from omiti2v.runs import read_run

    a, b = read_run(run_a), read_run(run_b)
    require_same_judge(a, b)
    samples = matched_samples([a, b], common=True)
    takes = min(max(Counter(v.sample_id for v in run.videos).values(), default=1) for run in (a, b))
    names = f"{a.info.submission.name} and {b.info.submission.name}"
    return measured_spread(score_pair(a, b, samples, score), takes=takes, source=names)


def _print(made: DecisionPlan, path: Path) -> None:
    from omiti2v.plan.bounds import course
    from omiti2v.plan.make import fixed_samples

    say(f"plan {made.digest[:12]}: {made.score.replace('_', ' ')}, edition {made.edition.name}")
    table = number_table(
        "look", "samples", "videos of each run", "better if p is at most", "margin"
    )
    for number, look in enumerate(made.looks, start=1):
        videos = look.samples * made.takes
        row = (look.samples, videos, level_text(look.level), fixed(look.margin, 2))
        table.add_row(str(number), *map(str, row))
    STDOUT.print(table)
    say(
        f"not worth it: where B \N{MINUS SIGN} A is below {_points(made)} points by at least the "
        f"margin, in standard errors. Error {made.alpha:g}, power {made.power:g} for "
        f"B \N{MINUS SIGN} A = {_points(made)} points."
    )
    single, last = fixed_samples(made), len(made.order)
    shares = [last * course(made.design, times).samples / single for times in (0, 1, 2)]
    say(
        f"a single look with this power would take {single} samples; this plan takes, of that, on "
        f"average {_percent(shares[1])} where B is better by {_points(made)} points, "
        f"{_percent(shares[2])} by twice that, {_percent(shares[0])} where nothing differs, and at "
        f"most {_percent(last / single)}"
    )
    assumption = made.assumption
    source = "assumed" if assumption.source == "assumed" else f"as measured on {assumption.source}"
    say(
        f"{source}: a sample's difference scatters by {percent(assumption.spread)} points at "
        "one take"
        + (
            f", half of its variance between takes: {percent(assumption.at(made.takes))} with "
            f"{made.takes}"
            if made.takes > 1
            else ""
        )
        + ". Where it scatters more, the power is less; the error stays."
    )
    say(f"next: omiti2v generate --plan {path} --look 1, for A and for B")


def _points(made: DecisionPlan) -> str:
    return f"{POINTS * made.effect:g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
