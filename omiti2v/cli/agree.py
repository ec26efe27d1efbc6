"""`omiti2v agree`: do several judges say the same of the same videos?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from omiti2v import number_format
from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import STDOUT, note, number_table, plain, print_json, say, text_table
from omiti2v.edition_versions import versioned_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omiti2v.comparison.judge_agreement import JudgeAgreement, JudgeSummary
    from omiti2v.runs import Run
    from omiti2v.votes import Weights


def agree(
    runs: Annotated[
        list[Path], typer.Argument(help="Two or more run folders: the same videos, other judges.")
    ],
    missing: Annotated[
        Literal["zero", "drop"] | None,
        typer.Option(help="What a sample without a video counts; else as in the first run.json."),
    ] = None,
    disagreements: Annotated[
        int, typer.Option(min=0, help="Show so many of the questions on which judges differ.")
    ] = 20,
    # Of the bootstrap that intervals had; accepted, since scripts may give them.
    resamples: Annotated[int, typer.Option(hidden=True)] = 0,
    seed: Annotated[int, typer.Option(hidden=True)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare judges of the same videos: agreement, kappa, majority, and where they differ.

    Where every run has its judge's calibration beside it, judges are also weighted by their
    measured false yes and false no. Exits with 1 where a judge answered fewer than half of the
    questions put to it.
    """
    from omiti2v.comparison.judge_agreement import judge_agreement
    from omiti2v.edition_versions import old_version_note
    from omiti2v.runs import read_run

    read = [read_run(folder) for folder in runs]
    result = judge_agreement(read, weights=_weights(read), missing=missing)
    if as_json:
        print_json(result)
    else:
        _print(result, shown=disagreements)
    if old := old_version_note(result.edition.fingerprint):
        note(f"these runs are {old}")
    for number, judge in enumerate(result.judges, start=1):
        if judge.unavailable:
            note(f"{number}: {judge.unavailable}")
    if any(judge.unavailable for judge in result.judges):
        raise typer.Exit(1)


def _weights(runs: Sequence[Run]) -> list[Weights] | None:
    """What the judges' answers are worth; None where a run has no calibration."""
    from omiti2v.calibration import read_calibration
    from omiti2v.votes import answer_weights

    found = [
        answer_weights(
            read_calibration(run.paths.calibration, fingerprint=run.info.judge.fingerprint)
        )
        for run in runs
        if run.info.judge and os.path.lexists(run.paths.calibration)
    ]
    known = [weights for weights in found if weights]
    return known if len(known) == len(runs) else None


def _print(result: JudgeAgreement, *, shown: int) -> None:
    from omiti2v.cli.tables import explain_few

    edition = versioned_name(result.edition.name, result.edition.fingerprint)
    say(f"{result.submission} on edition {edition}", "bold")
    for number, judge in enumerate(result.judges, start=1):
        manner = f" ({judge.manner})" if judge.manner else ""
        say(f"{number}  {judge.name}{manner} {(judge.fingerprint or '')[:12]}")
    say()
    STDOUT.print(_judges(result))
    explain_few(
        score
        for judge in (*result.judges, result.majority)
        for score in (judge.accuracy, judge.success)
    )
    say()
    STDOUT.print(_pairs(result))
    say()
    line = f"{result.complete} of {len(result.votes)} questions were judged by all"
    if result.complete:
        line += f", {result.unanimous} of them alike ({result.unanimous / result.complete:.1%})"
    if len(result.judges) > 2:
        line += f"; Fleiss' kappa {_kappa(result.fleiss_kappa)}"
    say(line)
    _print_disagreements(result, shown)
    say(
        "Agreement is over yes, no and unknown; errors are no judgement. The majority is more "
        "than half of the judgements; a tie is unknown, and unknown counts as wrong."
        + (
            " Weighted: each judge by the false yes and false no of its calibration, as if they "
            "erred independently."
            if result.weighted
            else ""
        )
    )


def _judges(result: JudgeAgreement) -> Table:
    from omiti2v.cli.tables import percent, percent_interval

    kinds = list(result.majority.answers)
    table = number_table("judge", *kinds, "accuracy", "95 % interval", "success")
    rows: list[tuple[str, JudgeSummary]] = [
        *((str(number), judge) for number, judge in enumerate(result.judges, start=1)),
        ("majority", result.majority),
        *([("weighted", result.weighted)] if result.weighted else []),
    ]
    for name, judge in rows:
        table.add_row(
            name,
            *(str(judge.answers[kind]) for kind in kinds),
            percent(judge.accuracy, absent=""),
            percent_interval(judge.accuracy),
            percent(judge.success, absent=""),
        )
    return table


def _pairs(result: JudgeAgreement) -> Table:
    table = number_table("judges", "questions", "agree (%)", "Cohen's kappa")
    for pair in result.pairs:
        table.add_row(
            f"{pair.one} and {pair.other}",
            str(pair.questions),
            "" if pair.share is None else number_format.percent(pair.share),
            _kappa(pair.kappa),
        )
    return table


def _print_disagreements(result: JudgeAgreement, shown: int) -> None:
    split = [row for row in result.votes if row.split]
    if split and shown:
        say()
        judges = (str(number) for number in range(1, len(result.judges) + 1))
        table = text_table("sample", *judges, "majority", "P(yes)", "question")
        for row in split[:shown]:
            table.add_row(
                plain(f"{row.video_id}.{row.question_id}"),
                *(answer or "" for answer in row.answers),
                row.majority,
                "" if row.p_yes is None else number_format.fixed(row.p_yes, 2),
                plain(row.question),
            )
        STDOUT.print(table)
        if len(split) > shown:
            say(f"and {len(split) - shown} more; all with --disagreements {len(split)}")
    say()


def _kappa(kappa: float | None) -> str:
    return "not defined" if kappa is None else number_format.plain_number(kappa)
