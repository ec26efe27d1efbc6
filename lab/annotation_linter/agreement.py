"""`python -m lab.annotation_linter.agreement`: the review numbers from the raw answers.

Prints a table for every round, and one for the questions as they now stand. The headline is round
one: what the annotation was worth before anything was repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from lab.annotation_linter.lint import read_samples
from omiti2v.errors import UserError
from omiti2v.reviews.rounds import (
    FORMS,
    Agreement,
    Form,
    Reviewed,
    latest_of_current,
    measure,
    read_rounds,
)
from omiti2v.samples import CATEGORIES

FINAL_AGREEMENT: Mapping[Form, float] = {"reference": 0.98, "edit": 0.97}
"""The least share of current questions whose latest blind answer agrees."""


def main(
    annotations: Annotated[
        Path, typer.Argument(help="The edition's folder, with reviews/ in it.")
    ] = Path("annotations"),
) -> None:
    """Print agreement and Cohen's kappa per round, form, category and dimension."""
    try:
        rounds = read_rounds(annotations / "reviews")
        samples, problems = read_samples([annotations / f"{name}.jsonl" for name in CATEGORIES])
        if problems:
            raise UserError(str(problems[0]))
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    for number, reviewed in rounds.items():
        _print_table(f"Round {number}", reviewed)
    current, missing = latest_of_current(rounds, samples)
    _print_table("The questions as they now stand, latest answers", current)
    failed = bool(missing)
    if missing:
        typer.echo(f"{len(missing)} answers missing, first {missing[0]}")
    for form, least in FINAL_AGREEMENT.items():
        answers = [one for one in current if one.form == form]
        if answers and measure(answers).share < least:
            typer.echo(f"{form}: {measure(answers).share:.2%} agree, expected at least {least:.0%}")
            failed = True
    raise typer.Exit(1 if failed else 0)


def measure_by(
    reviewed: Sequence[Reviewed], key: Callable[[Reviewed], str]
) -> dict[str, Agreement]:
    """The agreement in each group, ordered by the group's name."""
    groups: dict[str, list[Reviewed]] = {}
    for one in reviewed:
        groups.setdefault(key(one), []).append(one)
    return {name: measure(groups[name]) for name in sorted(groups)}


def _print_table(title: str, reviewed: Sequence[Reviewed]) -> None:
    rows = []
    for form in FORMS:
        of_form = [one for one in reviewed if one.form == form]
        groups = {"all": measure(of_form)} if of_form else {}
        groups |= measure_by(of_form, lambda one: one.asked.category)
        groups |= measure_by(of_form, lambda one: one.asked.dimension)
        for name, found in groups.items():
            kappa = "-" if found.kappa is None else f"{found.kappa:.3f}"
            rows.append([form, name, found.questions, f"{found.share:.1%}", found.unclear, kappa])
    typer.echo(f"\n{title}\n")
    typer.echo("| form | group | questions | agree | unclear | kappa |")
    typer.echo("|---|---|---:|---:|---:|---:|")
    for row in rows:
        typer.echo("| " + " | ".join(map(str, row)) + " |")


if __name__ == "__main__":
    typer.run(main)
