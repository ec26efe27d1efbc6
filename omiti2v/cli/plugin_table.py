"""What is registered, as a table or as JSON: judges, metrics, backbones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import typer

from omiti2v.cli.console import STDOUT, plain, text_table


@dataclass(frozen=True)
class PluginRow:
    """One of the things that can be named on the command line.

    Attributes:
        name: What to type.
        summary: What it is, in one line.
        needs: What must be there, as "the vlm extra"; empty for nothing.
        installed: Whether that is there.
        maker: The distribution that registers it.
    """

    name: str
    summary: str
    needs: str
    installed: bool
    maker: str


def print_plugins(rows: Sequence[PluginRow], *, as_json: bool) -> None:
    """Print one line for each row on standard output, or all of them as one JSON list."""
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    table = text_table("name", "what it is", "needs", "installed", "from")
    table.columns[0].no_wrap = True  # what is to be typed stays in one piece
    for row in rows:
        installed = "yes" if row.installed else "no"
        needs = row.needs or "nothing"
        table.add_row(*map(plain, (row.name, row.summary, needs, installed, row.maker)))
    STDOUT.print(table)
