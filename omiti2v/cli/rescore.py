"""`omiti2v rescore`: the scores again, from the log alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import note, print_json
from omiti2v.cli.score import MissingOption, ResamplesOption, SeedOption


def rescore(
    run: Annotated[Path, typer.Argument(help="Run folder that `omiti2v score` wrote.")],
    missing: MissingOption = "zero",
    resamples: ResamplesOption = 10_000,
    seed: SeedOption = 0,
    write: Annotated[
        bool, typer.Option("--write", help="Put the scores into the run folder, report included.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the scores of a run again: no video, no model, no network.

    Without --write nothing is changed, and scores.json is held against what comes out: exits with 1
    where it differs.
    """
    from leaderboard.report import write_report
    from omiti2v.cli.tables import print_scores
    from omiti2v.records import read_record, write_atomically
    from omiti2v.runs import read_run
    from omiti2v.scores import Scores

    read = read_run(run)
    scores = read.compute_scores(missing=missing, resamples=resamples, seed=seed)
    if as_json:
        print_json(scores)
    else:
        print_scores(read, scores)
    if write:
        write_atomically(read.paths.scores, scores.model_dump_json(indent=2) + "\n")
        write_report([read], read.paths.report, missing=missing, resamples=resamples, seed=seed)
    elif read.paths.scores.is_file():
        recorded = read_record(read.paths.scores, Scores)
        same_settings = (recorded.missing, recorded.resamples, recorded.seed) == (
            missing,
            resamples,
            seed,
        )
        if same_settings and recorded != scores:
            note(
                f"{read.paths.scores}: differs from what its log gives; write it anew with --write"
            )
            raise typer.Exit(1)
