"""Scores as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from omiti2v.cli.console import STDOUT, number_table, plain, say
from omiti2v.definitions import NEGLIGENCE, SCORES, SOFT, SUCCESS, Definition
from omiti2v.runs import Run
from omiti2v.scores import Estimate, Scores

if TYPE_CHECKING:
    from evaluators.controls import Control
    from omiti2v.calibration import Calibration


def print_scores(run: Run, scores: Scores) -> None:
    """Print the scores of one run: headline, outcomes, categories, coverage, metrics."""
    judge = run.info.judge
    title = f"{run.info.submission.name} on edition {run.info.edition.name}"
    title += f", judged by {judge.name}" if judge else ", no judge: metrics only"
    say(title, "bold")
    if run.info.sample_ids is not None:
        total = run.info.edition.samples
        say(f"limited to {len(run.info.sample_ids)} of {total} samples")
    if scores.judge_unavailable:
        say(scores.judge_unavailable, "bold")
    if judge:
        _print_headline(scores)
    if judge and not scores.judge_unavailable:
        _print_categories(scores)
    _print_coverage(scores)
    if scores.metrics:
        _print_metrics(scores)


def print_controls(controls: Mapping[Control, Scores]) -> None:
    """Print what a judge said where nothing was done of what was asked."""
    from evaluators.controls import CONTROLS

    table = number_table("control", "accuracy", "success", "negligent", "broken", "still floor")
    for name, scores in controls.items():
        outcomes = scores.outcomes or {}
        cells = [outcomes.get(outcome) for outcome in ("success", "negligent", "broken")]
        row = [scores.scores.get("accuracy"), *cells, scores.scores.get("still_floor")]
        table.add_row(name, *[percent(cell, absent="") for cell in row])
    STDOUT.print(table)
    for name, scores in controls.items():
        if scores.judge_unavailable:
            say(f"{name}: {scores.judge_unavailable}", "bold")
    for name, meaning in CONTROLS.items():
        say(f"{name}: {meaning}")
    say()


def print_judge_error(calibration: Calibration) -> None:
    """Print how often the judge was wrong where every answer is known."""
    from omiti2v.calibration import SHARES

    if calibration.judge_unavailable:
        say(f"on rendered clips, {calibration.judge_unavailable}")
        return
    parts = [
        f"{SHARES[name].label} {percent(calibration.overall.get(name))} %"
        for name in ("accuracy", "false_positives", "false_negatives")
    ]
    clips = f"{calibration.width}x{calibration.height}, {calibration.questions} questions"
    say(f"the judge on rendered clips ({clips}): {', '.join(parts)}")
    say()


def percent(estimate: Estimate | None, *, absent: str = "not available") -> str:
    """A fraction as a percentage, as "61.3"."""
    return f"{100 * estimate.value:.1f}" if estimate else absent


def percent_interval(estimate: Estimate | None) -> str:
    """Its 95 % interval, as "55.9 to 66.4"."""
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}" if estimate else ""


def _headline(scores: Scores) -> list[tuple[Definition, Estimate | None]]:
    """The strict headline first, negligence last but for soft scores."""
    outcomes = scores.outcomes or {}
    return [
        (SUCCESS, outcomes.get("success")),
        *((SCORES[name], estimate) for name, estimate in scores.scores.items()),
        (NEGLIGENCE, outcomes.get("negligent")),
        *((SOFT[name], estimate) for name, estimate in (scores.soft or {}).items()),
    ]


def _print_headline(scores: Scores) -> None:
    table = number_table("score", "%", "95 % interval")
    for definition, estimate in _headline(scores):
        table.add_row(definition.label, percent(estimate), percent_interval(estimate))
    STDOUT.print(table)
    if scores.outcomes:
        parts = [f"{name} {percent(share)}" for name, share in scores.outcomes.items()]
        say("outcomes (%): " + ", ".join(parts))
        say()


def _print_categories(scores: Scores) -> None:
    categories = scores.breakdowns.get("category", {})
    names = ("accuracy", "success", "negligence")
    table = number_table("category", "samples", *names)
    for category, row in categories.items():
        cells = [percent(row.get(name), absent="") for name in names]
        table.add_row(category, str(row["accuracy"].n), *cells)
    STDOUT.print(table)


def _print_coverage(scores: Scores) -> None:
    parts = [f"{name} {percent(share)}" for name, share in scores.coverage.items()]
    say("coverage (%): " + ", ".join(parts))
    say()


def _print_metrics(scores: Scores) -> None:
    table = number_table("metric", "mean", "95 % interval", "videos")
    for name, estimate in scores.metrics.items():
        if estimate is None:
            table.add_row(plain(name), "not available", "", "0")
        else:
            interval = f"{estimate.low:.3f} to {estimate.high:.3f}"
            table.add_row(plain(name), f"{estimate.value:.3f}", interval, str(estimate.n))
    STDOUT.print(table)
