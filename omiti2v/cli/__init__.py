"""The `omiti2v` command. Commands import what they need when they run, so that help is instant."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from omiti2v.cli.agree import agree
from omiti2v.cli.backbone import backbone
from omiti2v.cli.calibrate import calibrate
from omiti2v.cli.check import check
from omiti2v.cli.compare import compare
from omiti2v.cli.console import note, open_output, output_failed
from omiti2v.cli.data import data
from omiti2v.cli.demo import demo
from omiti2v.cli.generate import generate
from omiti2v.cli.interrupts import end_when_interrupted, interrupted_by, leave
from omiti2v.cli.judge import judge
from omiti2v.cli.leaderboard import leaderboard
from omiti2v.cli.metric import metric
from omiti2v.cli.plan import plan
from omiti2v.cli.report import report
from omiti2v.cli.rescore import rescore
from omiti2v.cli.score import score
from omiti2v.errors import UserError, remedy_of
from omiti2v.import_path import require_own_packages

app = typer.Typer(
    name="omiti2v",
    help="Ask whether a video did what the prompt asked of its first image, and prove the answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(check)
app.command()(plan)
app.command()(generate)
app.command()(score)
app.command()(rescore)
app.command()(compare)
app.command()(agree)
app.command()(calibrate)
app.command()(report)
app.command()(demo)
app.add_typer(backbone)
app.add_typer(data)
app.add_typer(metric)
app.add_typer(judge)
app.add_typer(leaderboard)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(metadata.version("omiti2v"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log details, with tracebacks of failures, to stderr.")
    ] = False,
) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.CRITICAL)


def main() -> None:
    """Run the command line.

    Exits with 0 where everything asked for was done, 1 where it was not, 2 on bad usage, 130 when
    interrupted and 143 on SIGTERM.
    """
    open_output()
    end_when_interrupted()
    try:
        _run()
    finally:
        if number := interrupted_by():  # whatever came of it on the way out
            leave(number)


def _run() -> None:
    try:
        require_own_packages()
        app()
    except UserError as error:
        _fail(str(error))
    except OSError as error:
        # Files are named where they are written; what is printed has no name.
        place = error.filename or ("standard output" if output_failed() else None)
        message = f"{place}: {error.strerror}" if place else f"{error.strerror or error}"
        remedy = remedy_of(error)
        _fail(f"{message}; {remedy}" if remedy else message)


def _fail(message: str) -> None:
    if not interrupted_by():
        note(f"error: {message}")
    sys.exit(1)
