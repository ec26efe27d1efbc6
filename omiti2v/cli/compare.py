"""`omiti2v compare`: is one run better than another, and how surely?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import STDOUT, note, number_table, plain, print_json, say, text_table
from omiti2v.cli.estimates import print_estimated_differences
from omiti2v.cli.score import ResamplesOption

if TYPE_CHECKING:
    from collections.abc import Iterable

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
            help="The judge's calibration.json, to tell which differences its errors could make; "
            "else the one kept with RUN_A or RUN_B."
        ),
    ] = None,
    flips: Annotated[
        int, typer.Option(min=0, help="Show so many of the samples whose success flipped.")
    ] = 20,
    resamples: ResamplesOption = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap and the tests.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs on the same samples: no video, no model, no network.

    Every score with its difference, a paired bootstrap interval and a permutation test; McNemar's
    test on success; the smallest difference that could have been seen; the samples that flipped.
    Runs of different editions are never compared. Exits with 1 where the judge of a run answered
    fewer than half of the questions put to it.
    """
    from omiti2v.comparison import compare_runs
    from omiti2v.runs import read_run

    a, b = read_run(run_a), read_run(run_b)
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
    from omiti2v.calibration import Calibration, read_calibration
    from omiti2v.records import read_record

    if given:
        return read_record(given, Calibration)
    judges = {run.info.judge.fingerprint for run in (a, b) if run.info.judge}
    kept = [run.paths.calibration for run in (a, b) if run.paths.calibration.is_file()]
    if len(judges) != 1 or not kept:
        return None
    return read_calibration(kept[0], fingerprint=judges.pop())


def _print(result: Comparison, *, flips: int) -> None:
    from omiti2v.definitions import NEGLIGENCE, OUTCOMES, SCORES, SUCCESS

    say(f"A  {result.a.name}", "bold")
    say(f"B  {result.b.name}", "bold")
    judge = result.a.judge if result.scores["accuracy"] else None
    say(
        f"{result.samples} samples of edition {result.edition.name}"
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
        STDOUT.print(_table("score (%)", rows, holm=True))
        _print_family(result)
        _print_judge_error(result)
        say()
        print_estimated_differences(result)
        for kind, title in (("category", "by category (%)"), ("dimension", "by dimension (%)")):
            STDOUT.print(_table(title, _grouped(result, kind)))
            say()
        rows = [(name + _arrow(name), row) for name, row in result.coverage.items()]
        STDOUT.print(_table("share of questions (%)", rows))
        say()
    if result.metrics:
        STDOUT.print(_table("metric", result.metrics.items(), scale=1, digits=3))
        say()
    if result.success:
        _print_success(result, shown=flips)
    say(
        "p: paired permutation test. detectable: the true difference that would be found "
        "significant (5 %) in 80 % of comparisons like this one."
        + (" ↓ lower is better." if result.scores["accuracy"] else "")
    )


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
    first: str, rows: Iterable[Row], *, holm: bool = False, scale: float = 100, digits: int = 1
) -> Table:
    columns = ["A", "B", "B - A", "95 % interval", "p", *(["Holm p"] if holm else []), "detectable"]
    table = number_table(first, *columns)
    for label, row in rows:
        if row is None:
            table.add_row(plain(label), "not available")
            continue
        low, high, least = row.low, row.high, row.minimum_detectable
        cells = [
            f"{scale * row.a:.{digits}f}",
            f"{scale * row.b:.{digits}f}",
            _signed(scale * row.difference, digits),
            ""
            if low is None or high is None
            else f"{_signed(scale * low, digits)} to {_signed(scale * high, digits)}",
            _p_value(row.p_value),
        ]
        if holm:
            cells.append("" if row.p_holm is None else _p_value(row.p_holm))
        cells.append("" if least is None else f"{scale * least:.{digits}f}")
        table.add_row(plain(label), *cells)
    return table


def _signed(value: float, digits: int) -> str:
    text = f"{value:+.{digits}f}"
    return text if float(text) else text[1:]


def _p_value(value: float) -> str:
    if value < 0.0001:
        return "<0.0001"
    return f"{value:.3f}" if value >= 0.01 else f"{value:.4f}"


def _print_family(result: Comparison) -> None:
    names = ", ".join(name.replace("_", " ") for name in result.family)
    say(
        f"Holm p: adjusted over {names}, chosen before any number was seen; every other p is "
        "unadjusted, to explore with, not to conclude from."
    )


def _print_judge_error(result: Comparison) -> None:
    error = result.judge_error
    if error is None:
        return
    verdicts = [
        f"{name.replace('_', ' ')}: {'beyond it' if resolved else 'not beyond it'}"
        for name, resolved in error.resolved.items()
    ]
    say(
        f"The judge's errors alone could make a lead of up to {100 * error.limit:.1f} (false "
        f"yes up to {100 * error.false_yes:.1f} %, false no up to {100 * error.false_no:.1f} "
        f"%, unanswered {100 * error.unanswered:.1f} %). {'; '.join(verdicts)}."
    )


def _print_success(result: Comparison, *, shown: int) -> None:
    table = result.success
    if table is None:
        return
    say(
        f"success: {table.both} samples in both, {table.neither} in neither, {table.only_a} "
        f"in A alone, {table.only_b} in B alone; McNemar's exact test p = "
        f"{_p_value(table.p_value)}".replace("= <", "< ")
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
