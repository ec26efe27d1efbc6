"""`omiti2v compare --plan`: what the looks say so far, and whether to stop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from omiti2v.cli.console import STDOUT, note, number_table, print_json, say
from omiti2v.number_format import (
    interval,
    level_text,
    p_text,
    percent,
    short_digest,
    signed_percent,
)

if TYPE_CHECKING:
    from omiti2v.plan.rule import Decision
    from omiti2v.plan.taken import PlanResult
    from omiti2v.runs import Run

WORDS: Mapping[Decision, str] = {
    "b_better": "B is better",
    "a_better": "A is better",
    "not_worth_it": "B is not better by what would be worth it",
    "go_on": "go on",
    "undecided": "not told apart",
}


def compare_by_plan(path: Path, a: Run, b: Run, *, count_missing: bool, as_json: bool) -> None:
    """Take the look that two runs have come to, and print it.

    Raises:
        UserError: The plan or the runs don't allow it.
    """
    from omiti2v.edition_versions import old_version_note
    from omiti2v.plan.record import read_plan
    from omiti2v.plan.taken import take_looks

    result = take_looks(read_plan(path), a, b, count_missing=count_missing)
    if as_json:
        print_json(result)
    else:
        _print(result, path, a.paths.folder, b.paths.folder)
    if old := old_version_note(a.info.edition.fingerprint):
        note(f"both runs are {old}")


def _print(result: PlanResult, plan: Path, run_a: Path, run_b: Path) -> None:
    say(f"A  {result.a}", "bold")
    say(f"B  {result.b}", "bold")
    say(
        f"{result.score.replace('_', ' ')} on edition {result.edition} by plan "
        f"{short_digest(result.plan)}, {result.planned} looks, worth it from "
        f"{100 * result.effect:g} points"
    )
    say()
    sequential = f"sequential {100 * (1 - result.alpha):g} %"
    columns = ("samples", "A", "B", "B \N{MINUS SIGN} A", sequential, "p", "needed")
    table = number_table("look", *columns)
    for look in result.looks:
        table.add_row(
            str(look.look),
            str(look.samples),
            percent(look.a),
            percent(look.b),
            signed_percent(look.difference),
            interval(look.low, look.high, signed_percent),
            p_text(look.p_value),
            level_text(look.level),
        )
    STDOUT.print(table)
    say(
        "sequential: the intervals hold at all looks together (repeated confidence intervals). p: "
        "exact paired test at this look, for which it needs a smaller one than 0.05."
    )
    say()
    say(_verdict(result, plan, run_a, run_b), "bold")


def _verdict(result: PlanResult, plan: Path, run_a: Path, run_b: Path) -> str:
    decision, now = result.decision, len(result.looks)
    if decision == "go_on":
        options = f"--plan {plan} --look {now + 1}"
        return (
            f"go on: omiti2v generate {options} and omiti2v score {options}, for A and for B into "
            f"the same folders; then omiti2v compare {run_a} {run_b} --plan {plan}"
        )
    at = f" (look {result.decided_at} of {result.planned})"
    if decision == "not_worth_it":
        return (
            f"stop: {WORDS[decision]}, {100 * result.effect:g} points: B \N{MINUS SIGN} A "
            f"is at most {signed_percent(result.looks[-1].upper)}{at}"
        )
    if decision == "undecided":
        return (
            f"stop: {WORDS[decision]} by all samples of the plan, nor is a difference of "
            f"{100 * result.effect:g} points excluded: they scatter more than was assumed{at}"
        )
    return f"stop: {WORDS[decision]}{at}"
