"""`omiti2v demo`: the whole path, on rendered videos, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omiti2v.cli.console import STDOUT, note, number_table, plain, progress_bar, say

if TYPE_CHECKING:
    from evaluators.demo import Demo
    from omiti2v.scores import Scores


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to put videos, runs and the report.")
    ] = Path("demo-out"),
) -> None:
    """Render samples and seven submissions to them, judge and score them, and write a report.

    Then a tiny video model generates clips of its own, with and without AlignVid, which a second
    page shows side by side. Offline, in under three minutes. Judge and model come with the package;
    they know the rendered world only.
    """
    from evaluators.demo import render_demo
    from evaluators.judges import load_judge
    from evaluators.scoring import ScoringOptions, score_submission
    from leaderboard.report import write_report
    from omiti2v.cli.demo_generation import generate_and_score
    from omiti2v.extras import require_extra
    from omiti2v.runs import read_run
    from omiti2v.submissions import read_submission

    require_extra("omiti2v demo", "vlm", "torch")
    import torch
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # small models are there at once
    # Its layers are so small that a second thread costs more than it gives.
    torch.set_num_threads(1)
    judge = load_judge("tiny")
    note(f"rendering a known-answer edition and seven submissions to it into {output}")
    rendered = render_demo(output)
    scores = {}
    total = len(rendered.submissions) * len(rendered.edition.samples)
    with progress_bar(total, "Scoring") as advance:
        for name, folder in rendered.submissions.items():
            scores[name] = score_submission(
                read_submission(folder, rendered.edition),
                rendered.edition,
                rendered.run_folder(name),
                judge=judge,
                cache=None,
                options=ScoringOptions(),
                progress=lambda sample_id: advance(),
            )
    runs = [read_run(rendered.run_folder(name)) for name in rendered.submissions]
    write_report(runs, output / "report.html")
    judged = f"{len(rendered.edition.samples)} samples a submission, judged by {judge.name}"
    say(f"{judged}; per cent:")
    STDOUT.print(_table(scores))
    _print_floor(scores["still"])
    say(f"report: {output / 'report.html'}")
    say()
    note("generating clips with tiny-wan, alone and with AlignVid")
    generated = generate_and_score(output / "tiny-wan", judge)
    if generated:
        say("a tiny model's own clips, too few to tell the two apart; per cent:")
        STDOUT.print(_table(generated))
        say(f"side by side: {output / 'tiny-wan' / 'report.html'}")
        say()
    _print_next(rendered)


def _table(scores: dict[str, Scores]) -> Table:
    from omiti2v.cli.tables import percent
    from omiti2v.outcomes import OUTCOMES

    table = number_table("submission", "accuracy", "lift", *OUTCOMES)
    table.padding = (0, 1, 0, 0)
    for submission, row in scores.items():
        outcomes = row.outcomes or {}
        cells = [row.scores.get("accuracy"), row.scores.get("lift")]
        cells += [outcomes.get(name) for name in OUTCOMES]
        table.add_row(plain(submission), *[percent(cell) for cell in cells])
    return table


def _print_floor(scores: Scores) -> None:
    from omiti2v.cli.tables import percent

    floor = percent(scores.scores["still_floor"])
    say()
    say(
        f"still floor: {floor} % accuracy for a frozen copy of the reference image; exact, no "
        "judge needed. Lift is the share of the way from there to 100 %."
    )


def _print_next(rendered: Demo) -> None:
    folder = rendered.folder
    say("Next, with videos of your own for the samples of OmitI2V-Open:")
    for command in (
        "omiti2v check VIDEOS",
        "omiti2v score VIDEOS -o RUN --judge Qwen/Qwen2.5-VL-7B-Instruct@REVISION",
    ):
        STDOUT.print(plain(f"  {command}"), soft_wrap=True)
    done = next(iter(rendered.submissions.values()))
    say("The same on this demo's files:")
    STDOUT.print(
        plain(f"  omiti2v score {done} --edition {folder / 'edition'} -o RUN --judge tiny"),
        soft_wrap=True,
    )
