"""`omiti2v compare`: is one run better than another, and how surely?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import STDOUT, note, number_table, plain, print_json, say, text_table
from omiti2v.cli.estimates import print_estimates
from omiti2v.cli.plan_options import PlanOption
from omiti2v.cli.score import ResamplesOption
from omiti2v.edition_versions import versioned_name
from omiti2v.number_format import (
    MINUS,
    interval,
    p_equation,
    p_text,
    percent,
    plain_number,
    signed_number,
    signed_percent,
)
from omiti2v.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from omiti2v.calibration import Calibration
    from omiti2v.comparison import Comparison, Difference
    from omiti2v.estimation.anchored_scores import Anchors
    from omiti2v.runs import Run

    Row = tuple[str, Difference | None]

CommonOption = Annotated[
    bool,
    typer.Option("--common", help="Take the samples that all runs cover, where one was limited."),
]

_LOWER_IS_BETTER = ("negligence", "broken", "unscored", "unknown", "error", "missing")
_DOWN = " ↓"


def compare(
    run_a: Annotated[Path, typer.Argument(help="Run folder.")],
    run_b: Annotated[Path, typer.Argument(help="Other run folder; differences are B - A.")],
    missing: Annotated[
        Literal["zero", "drop"] | None,
        typer.Option(
            help="A sample without a video counts zero for its run, or is dropped from both; "
            "as in run.json if not given."
        ),
    ] = None,
    common: CommonOption = False,
    allow_different_judge: Annotated[
        bool,
        typer.Option(
            "--allow-different-judge", help="Compare though different judges gave the answers."
        ),
    ] = False,
    calibration: Annotated[
        Path | None,
        typer.Option(
            help="The judge's calibration.json, to correct differences for its errors; else the "
            "one kept with RUN_A or RUN_B."
        ),
    ] = None,
    plan: PlanOption = None,
    flips: Annotated[
        int, typer.Option(min=0, help="Show so many of the samples whose success flipped.")
    ] = 20,
    resamples: ResamplesOption = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the tests.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs on the same samples: no video, no model, no network.

    Every score with its difference, a paired interval and a permutation test; McNemar's
    test on success; the smallest difference that could have been seen; the samples that flipped.
    Runs of different editions are never compared. With --plan, what its looks say so far, and
    whether to stop. Exits with 1 where the judge of a run answered
    fewer than half of the questions put to it.
    """
    from omiti2v.comparison import compare_runs
    from omiti2v.runs import read_run

    a, b = read_run(run_a), read_run(run_b)
    if plan:
        if common or allow_different_judge or calibration or missing == "drop":
            raise typer.BadParameter(
                "--common, --allow-different-judge, --calibration and --missing drop don't go with "
                "--plan"
            )
        from omiti2v.cli.plan_looks import compare_by_plan

        compare_by_plan(plan, a, b, count_missing=missing == "zero", as_json=as_json)
        return
    result = compare_runs(
        a,
        b,
        missing=missing,
        common=common,
        allow_different_judge=allow_different_judge,
        calibration=_calibration(calibration, a, b),
        anchors=_anchors(a, b),
        resamples=resamples,
        seed=seed,
    )
    if as_json:
        print_json(result)
    else:
        _print(result, flips=flips)
    for line in result.notes:
        note(line)
    if result.judge_unavailable:
        raise typer.Exit(1)


def _anchors(a: Run, b: Run) -> tuple[Anchors, Anchors] | None:
    """What people have said of both runs, in their folders."""
    from omiti2v.estimation.anchored_scores import read_anchors
    from omiti2v.reviews.confirmed import REVIEWS

    one, other = (read_anchors(run.paths.folder / REVIEWS) for run in (a, b))
    return (one, other) if one.people and other.people else None


def _calibration(given: Path | None, a: Run, b: Run) -> Calibration | None:
    """The calibration that is given, or the one that is kept with a run of the same judge."""
    from omiti2v.calibration import Calibration
    from omiti2v.estimation.run_estimates import kept_calibration
    from omiti2v.records import read_record

    return read_record(given, Calibration) if given else kept_calibration(a, b)


def _print(result: Comparison, *, flips: int) -> None:
    from omiti2v.comparison.words import family_in_words
    from omiti2v.definitions import FACET_TITLE, FEW_NOTE, NEGLIGENCE, OUTCOMES, SCORES, SUCCESS

    say(f"A  {result.a.name}", "bold")
    say(f"B  {result.b.name}", "bold")
    judge = result.a.judge if result.scores["accuracy"] else None
    edition = versioned_name(result.edition.name, result.edition.fingerprint)
    say(
        f"{counted(result.samples, 'sample')} of edition {edition}"
        + (f", judged by {judge}" if judge and _same_judge(result) else "")
    )
    if result.judge_unavailable:
        say(result.judge_unavailable, "bold")
    say()
    outcomes = result.outcomes or {}
    if result.scores["accuracy"]:
        rows: list[Row] = [(SUCCESS.label, outcomes.get("success"))]
        rows += [(SCORES[name].label, row) for name, row in result.scores.items()]
        rows.append((NEGLIGENCE.label + _DOWN, outcomes.get("negligent")))
        rows += [
            (OUTCOMES[name].label + _arrow(name), row)
            for name, row in outcomes.items()
            if name not in ("success", "negligent")
        ]
        _print_verdicts(result)
        STDOUT.print(_table("score (%)", rows, in_family=True))
        say(family_in_words(result))
        say()
        print_estimates(result.people, result.corrected)
        for kind in ("category", "dimension", "facet"):
            if rows := _grouped(result, kind):
                if kind == "facet":
                    say(FACET_TITLE, "bold")
                STDOUT.print(_table("kind (%)" if kind == "facet" else f"by {kind} (%)", rows))
                say()
        rows = [(name + _arrow(name), row) for name, row in result.coverage.items()]
        STDOUT.print(_table("share of questions (%)", rows))
        say()
    if result.metrics:
        STDOUT.print(_table("metric", result.metrics.items(), form=plain_number))
        say()
    if result.success:
        _print_success(result, shown=flips)
    if any(row and row.is_of_few for row in _shown(result)):
        say(FEW_NOTE)
    say(
        "p: paired permutation test. detectable: the true difference that would be found "
        "significant (5 %) in 80 % of comparisons like this one."
        + (" ↓ lower is better." if result.scores["accuracy"] else "")
    )


def _shown(result: Comparison) -> Iterator[Difference | None]:
    """The differences of all tables that are printed."""
    yield from result.scores.values()
    yield from (result.outcomes or {}).values()
    yield from result.coverage.values()
    yield from result.metrics.values()
    for groups in result.breakdowns.values():
        for rows in groups.values():
            yield from rows.values()


def _same_judge(result: Comparison) -> bool:
    return result.a.judge_fingerprint == result.b.judge_fingerprint


def _arrow(name: str) -> str:
    return _DOWN if name in _LOWER_IS_BETTER else ""


def _grouped(result: Comparison, kind: str) -> list[Row]:
    return [
        (f"{group} ({row.n})" if i == 0 else f"  {name}{_arrow(name)}", row)
        for group, scores in result.breakdowns.get(kind, {}).items()
        for i, (name, row) in enumerate(scores.items())
    ]


def _table(
    first: str,
    rows: Iterable[Row],
    *,
    in_family: bool = False,
    form: Callable[[float], str] = percent,
) -> Table:
    from omiti2v.definitions import FEW_MARK

    signed = signed_percent if form is percent else signed_number
    tests = ["p", "p in\nfamily"] if in_family else ["p"]
    table = number_table(first, "A", "B", f"B {MINUS} A", "95 % interval", *tests, "detectable")
    for label, row in rows:
        if row is None:
            table.add_row(plain(label), "not available")
            continue
        cells = [
            form(row.a),
            form(row.b),
            signed(row.difference) + (FEW_MARK if row.is_of_few else ""),
            interval(row.low, row.high, signed),
            p_text(row.p_value),
        ]
        if in_family:
            cells.append("" if row.p_adjusted is None else p_text(row.p_adjusted))
        cells.append("" if row.minimum_detectable is None else form(row.minimum_detectable))
        table.add_row(plain(label), *cells)
    return table


def _print_verdicts(result: Comparison) -> None:
    from omiti2v.comparison.words import verdicts_in_words
    from omiti2v.definitions import NEGLIGENCE, SCORES, SUCCESS

    labels = {"success": SUCCESS, "negligence": NEGLIGENCE, **SCORES}
    for name, words in verdicts_in_words(result).items():
        say(f"{labels[name].label}: {words}.")
    say()


def _print_success(result: Comparison, *, shown: int) -> None:
    table = result.success
    if table is None:
        return
    say(
        f"success: {counted(table.both, 'sample')} in both, {table.neither} in neither, "
        f"{table.only_a} in A alone, {table.only_b} in B alone; McNemar's exact test "
        f"{p_equation(table.p_value)}"
    )
    if not result.flips or not shown:
        say()
        return
    flipped = text_table("flipped", "sample", "in A", "in B", "prompt")
    for flip in result.flips[:shown]:
        flipped.add_row(
            flip.direction,
            plain(flip.sample_id),
            flip.outcome_a,
            flip.outcome_b,
            plain(flip.prompt),
        )
    STDOUT.print(flipped)
    if len(result.flips) > shown:
        say(f"and {len(result.flips) - shown} more; all with --flips {len(result.flips)}")
    say()
