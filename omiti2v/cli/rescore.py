"""`omiti2v rescore`: the scores again, from the log alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import note, print_json
from omiti2v.errors import UserError
from omiti2v.plurals import counted


def rescore(
    run: Annotated[Path, typer.Argument(help="Run folder that `omiti2v score` wrote.")],
    missing: Annotated[
        Literal["zero", "drop"] | None,
        typer.Option(help="What a sample without a video counts; by default as in run.json."),
    ] = None,
    resamples: Annotated[
        int | None,
        typer.Option(
            min=100, max=1_000_000, help="Draws of a comparison's tests; by default the run's."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of a comparison's tests; by default the run's.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the scores into the run folder, report included.")
    ] = False,
    people: Annotated[
        Path | None,
        typer.Option(help="Folder of people's answers; by default the run's own reviews."),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(help="The judge's calibration.json; by default the one kept with the run."),
    ] = None,
    drop_bad_rows: Annotated[
        Path | None,
        typer.Option(
            help="New folder: a copy of the run without the rows that can't be read goes there."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compute the scores of a run again: no video, no model, no network.

    Where people have answered questions about it (`omiti2v data review --run`), or its judge was
    calibrated, scores anchored in people and corrected for the judge stand beside its own.

    Without --write nothing is changed. With the settings of run.json, scores.json is compared with
    what comes out: exits with 1 where it differs, and where the judge answered fewer than half of
    the questions put to it.

    With --drop-bad-rows nothing is computed: what can be read of a damaged run is copied, and
    `score` on the copy asks what is missing. The run itself stays as it is.
    """
    from leaderboard.report import write_report
    from omiti2v.cli.estimates import print_estimates
    from omiti2v.cli.tables import print_scores
    from omiti2v.edition_versions import old_version_note
    from omiti2v.estimation.run_estimates import Rescored, run_estimates
    from omiti2v.records import read_record, write_atomically
    from omiti2v.runs import read_run
    from omiti2v.scores import Scores, same_scores

    if drop_bad_rows:
        if write or as_json:
            raise UserError(
                "--drop-bad-rows: only copies; leave out --write and --json, and rescore the copy"
            )
        _drop_bad_rows(run, drop_bad_rows)
        return
    read = read_run(run)
    info = read.info
    given = (missing or info.missing, resamples or info.resamples, _or(seed, info.seed))
    scores = read.compute_scores(missing=given[0], resamples=given[1], seed=given[2])
    estimates = run_estimates(read, people=people, calibration=calibration)
    if as_json:
        print_json(Rescored(**dict(scores), people=estimates.people, corrected=estimates.corrected))
    else:
        print_scores(read, scores)
        print_estimates(estimates.people, estimates.corrected)
    for line in estimates.notes:
        note(line)
    if old := old_version_note(info.edition.fingerprint):
        note(f"{run}: {old}")
    path = read.paths.scores
    if write:
        write_atomically(path, scores.model_dump_json(indent=2) + "\n")
        write_report([read], read.paths.report, missing=given[0])
    elif given != (info.missing, info.resamples, info.seed):
        note(f"{path}: not compared: other settings than in run.json")
    elif not os.path.lexists(path):
        note(f"{path}: not there; write it with --write")
        raise typer.Exit(1)
    elif not same_scores(stated := read_record(path, Scores), scores):
        note(f"{path}: differs from what the log gives; write it anew with --write")
        raise typer.Exit(1)
    elif stated.intervals != scores.intervals:
        note(f"{path}: has the intervals of before, not these; write it anew with --write")
    if scores.judge_unavailable:
        raise typer.Exit(1)


def _drop_bad_rows(run: Path, target: Path) -> None:
    from omiti2v.runs import copy_without_bad_rows

    bad = copy_without_bad_rows(run, target)
    for row in bad:
        note(f"left out: {row}")
    if bad:
        note(
            f"{target}: the run without {counted(len(bad), 'row')}; complete it by `omiti2v score`"
        )
    else:
        note(f"{run}: has no bad row; nothing was written")


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
