"""`omiti2v demo`: the whole path, on rendered videos, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omiti2v.cli.console import STDOUT, note, plain, progress_bar

if TYPE_CHECKING:
    from evaluators.demo import Demo
    from omiti2v.scores import Scores

_SHOWN = (
    "motion_magnitude_dis",
    "dynamic_degree_dis",
    "first_frame_agreement",
    "frozen_frame_share",
    "black_frame_share",
)


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to put videos, runs and the report.")
    ] = Path("demo-out"),
) -> None:
    """Render a few samples and control submissions, score them, and write a report.

    Offline, in under a minute. No judge is at hand yet, so it shows the metrics that need no model.
    """
    from evaluators.demo import render_demo
    from evaluators.scoring import ScoringOptions, score_submission
    from leaderboard.report import write_report
    from omiti2v.runs import read_run
    from omiti2v.submissions import read_submission

    note(f"rendering a known-answer edition and its control submissions into {output}")
    rendered = render_demo(output)
    scores = {}
    total = len(rendered.submissions) * len(rendered.edition.samples)
    with progress_bar(total, "Scoring") as advance:
        for name, folder in rendered.submissions.items():
            scores[name] = score_submission(
                read_submission(folder, rendered.edition),
                rendered.edition,
                rendered.run_folder(name),
                judge=None,
                cache=None,
                options=ScoringOptions(),
                progress=lambda sample_id: advance(),
            )
    runs = [read_run(rendered.run_folder(name)) for name in rendered.submissions]
    write_report(runs, output / "report.html")
    STDOUT.print(_table(scores))
    _print_floor(scores["still"])
    _print_next(rendered)


def _table(scores: dict[str, Scores]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("submission")
    for name in _SHOWN:
        table.add_column(name.replace("_", " "), justify="right")
    for submission, row in scores.items():
        metrics = [row.metrics.get(name) for name in _SHOWN]
        cells = [f"{metric.value:.2f}" if metric else "" for metric in metrics]
        table.add_row(plain(submission), *cells)
    return table


def _print_floor(scores: Scores) -> None:
    from omiti2v.cli.tables import percent, percent_interval

    floor = scores.scores["still_floor"]
    STDOUT.print()
    STDOUT.print(
        plain(
            f"still floor of this edition: {percent(floor)} % accuracy "
            f"({percent_interval(floor)}) for a frozen copy of the reference image; exact, no "
            "judge needed"
        )
    )


def _print_next(rendered: Demo) -> None:
    folder = rendered.folder
    STDOUT.print(plain(f"report: {folder / 'report.html'}"))
    STDOUT.print()
    STDOUT.print(plain("Next, with videos of your own:"))
    for command in (
        "omiti2v check VIDEOS --edition EDITION",
        "omiti2v score VIDEOS --edition EDITION -o RUN --judge MODEL",
    ):
        STDOUT.print(plain(f"  {command}"))
    example = folder / "videos" / "done"
    STDOUT.print(plain(f"To see them at work: VIDEOS={example} EDITION={folder / 'edition'}"))
