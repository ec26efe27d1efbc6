"""`python -m lab.annotation_linter.agreement`: the review numbers from the raw answers.

Prints a table for every round, one for the questions as they now stand, and what the adversaries
found. The headline is round one: what the annotation was worth before anything was repaired.
Only the reviews of the edition's present version count; those of older ones stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from lab.annotation_linter.adversary import MAX_WRONG, WrongVideo, read_adversaries, shares
from lab.annotation_linter.lint import read_samples
from omiti2v.errors import UserError
from omiti2v.reviews.rounds import (
    FORMS,
    Agreement,
    Reviewed,
    latest_of_current,
    measure,
    read_rounds,
    rounds_folder,
)
from omiti2v.samples import CATEGORIES

FIRST_AGREEMENT = 0.97
"""The least share of agreeing answers in round one."""
FINAL_AGREEMENT = 0.99
"""The least share of current questions whose latest blind answer agrees."""


def main(
    annotations: Annotated[
        Path, typer.Argument(help="The edition's folder, with reviews/ in it.")
    ] = Path("annotations"),
) -> None:
    """Print agreement and Cohen's kappa per round, form, category and dimension."""
    try:
        reviews = rounds_folder(annotations)
        rounds = read_rounds(reviews)
        adversaries = read_adversaries(reviews)
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
    for least, answers in ((FIRST_AGREEMENT, rounds[1]), (FINAL_AGREEMENT, current)):
        for form in FORMS:
            share = measure([one for one in answers if one.form == form]).share
            if share < least:
                typer.echo(f"{form}: {share:.2%} agree, expected at least {least:.0%}")
                failed = True
    failed |= _print_adversaries(adversaries)
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


def _print_adversaries(rounds: Mapping[int, Sequence[WrongVideo]]) -> bool:
    """Print what adversaries found, by round; whether the last one let too much pass."""
    typer.echo("\nThe likeliest wrong video that passes, by the adversary's own judgment\n")
    typer.echo("| round | samples | none | a slip | wrong |")
    typer.echo("|---|---:|---:|---:|---:|")
    for number, rows in rounds.items():
        cells = [f"{share:.1%}" for share in shares(rows).values()]
        typer.echo("| " + " | ".join([str(number), str(len(rows)), *cells]) + " |")
    last = shares(list(rounds.values())[-1]) if rounds else {}
    return last.get("wrong", 0) > MAX_WRONG


if __name__ == "__main__":
    typer.run(main)
