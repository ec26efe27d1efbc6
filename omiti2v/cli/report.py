"""`omiti2v report`: one HTML file for one run or several."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omiti2v.cli.console import note


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders, of one edition.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path(
        "report.html"
    ),
) -> None:
    """Write one self-contained HTML file: scores, categories, and every sample with its frames."""
    from leaderboard.report import write_report
    from omiti2v.runs import read_run

    write_report([read_run(folder) for folder in runs], output)
    note(f"report: {output}")
