"""Scores as tables for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from omiti2v import number_format
from omiti2v.cli.console import STDOUT, number_table, plain, say
from omiti2v.definitions import (
    FACET_TITLE,
    FEW_MARK,
    FEW_NOTE,
    NEGLIGENCE,
    SCORES,
    SOFT,
    SUCCESS,
    TAKES,
    Definition,
)
from omiti2v.edition_versions import versioned_name
from omiti2v.number_format import interval, plain_number
from omiti2v.plurals import counted
from omiti2v.runs import Run
from omiti2v.scores import Estimate, Scores, Takes
from omiti2v.take_scores import spread_lines

if TYPE_CHECKING:
    from evaluators.controls import Control
    from omiti2v.calibration import Calibration


def print_scores(run: Run, scores: Scores) -> None:
    """Print the scores of one run: headline, outcomes, groups, coverage, metrics."""
    judge = run.info.judge
    edition = versioned_name(run.info.edition.name, run.info.edition.fingerprint)
    title = f"{run.info.submission.name} on edition {edition}"
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
        _print_facets(scores)
    if scores.takes:
        _print_takes(scores.takes)
    _print_coverage(scores)
    if scores.metrics:
        _print_metrics(scores)
    explain_few(_shown(scores, judged=bool(judge)))


def _shown(scores: Scores, *, judged: bool) -> Iterator[Estimate | None]:
    """Every estimate that `print_scores` prints."""
    yield from scores.coverage.values()
    yield from scores.metrics.values()
    if judged:
        yield from scores.scores.values()
        yield from (scores.outcomes or {}).values()
        for kind in ("category", "facet"):
            for row in scores.breakdowns.get(kind, {}).values():
                yield from row.values()


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
    explain_few(scores.scores.get("accuracy") for scores in controls.values())
    for name, scores in controls.items():
        if scores.judge_unavailable:
            say(f"{name}: {scores.judge_unavailable}", "bold")
    for name, meaning in CONTROLS.items():
        say(f"{name}: {meaning}")
    say()


def print_judge_error(calibration: Calibration) -> None:
    """Print how often the judge was wrong where every answer is known."""
    from omiti2v.calibration import SHARES

    where, shares = calibration.by_ground[0]
    if calibration.judge_unavailable:
        say(f"on {where}, {calibration.judge_unavailable}")
        return
    parts = [
        f"{SHARES[name].label} {percent(shares.get(name))} %"
        for name in ("accuracy", "false_positives", "false_negatives")
    ]
    clips = f"{calibration.size}, {calibration.questions} questions"
    if calibration.contrast:
        clips = counted(calibration.contrast.samples, "sample")
    say(f"the judge on {where} ({clips}): {', '.join(parts)}")
    explain_few(shares.values())
    say()


def percent(estimate: Estimate | None, *, absent: str = "not available") -> str:
    """A fraction as a percentage, as "61.3", with the mark of few samples."""
    return f"{number_format.percent(estimate.value)}{few_mark(estimate)}" if estimate else absent


def percent_interval(estimate: Estimate | None) -> str:
    """Its 95 % interval, as "55.9 to 66.4"; "exact" where there is none to give."""
    return _interval(estimate, number_format.percent) if estimate else ""


def few_mark(estimate: Estimate | None) -> str:
    """The mark of an estimate of few samples; empty where there are enough."""
    return FEW_MARK if estimate and estimate.is_of_few else ""


def explain_few(estimates: Iterable[Estimate | None]) -> None:
    """Print what the mark means where one of these has it."""
    if any(few_mark(estimate) for estimate in estimates):
        say(FEW_NOTE)


def _interval(estimate: Estimate, text: Callable[[float], str]) -> str:
    if estimate.exact:
        return "exact"
    return interval(estimate.low, estimate.high, text) or "not known"


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


def _print_facets(scores: Scores) -> None:
    kinds = scores.breakdowns.get("facet", {})
    if not kinds:
        return
    say()
    say(FACET_TITLE, "bold")
    table = number_table("kind", "samples", "accuracy")
    for kind, row in kinds.items():
        table.add_row(kind, str(row["accuracy"].n), percent(row["accuracy"]))
    STDOUT.print(table)
    say()


def _print_takes(takes: Takes) -> None:
    for line in spread_lines(takes):
        say(line)
    table = number_table("share of samples", "%", "95 % interval")
    for name, estimate in (("any", takes.any), ("all", takes.all)):
        if estimate:
            label = TAKES[name].label
            table.add_row(label, percent(estimate), percent_interval(estimate))
    if table.rows:
        STDOUT.print(table)
    say()


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
            value = f"{plain_number(estimate.value)}{few_mark(estimate)}"
            span = _interval(estimate, plain_number)
            table.add_row(plain(name), value, span, str(estimate.n))
    STDOUT.print(table)
