"""What is registered, as a table or as JSON: judges, metrics, backbones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import typer
from rich.padding import Padding

from omiti2v.cli.console import STDOUT, plain
from omiti2v.plugins import OURS


@dataclass(frozen=True)
class PluginRow:
    """One of the things that can be named on the command line.

    Attributes:
        name: What to type.
        summary: What it is, in one line.
        needs: What must be there, as "the vlm extra"; empty for nothing.
        installed: Whether that is there; weights that are on the hub are not looked for.
        maker: The distribution that registers it.
    """

    name: str
    summary: str
    needs: str
    installed: bool
    maker: str


def print_plugins(rows: Sequence[PluginRow], *, as_json: bool) -> None:
    """Print one line for each row on standard output, or all of them as one JSON list.

    A terminal that is too narrow gets a second line for each, so that names stay whole.
    """
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        head = f"{row.name:{width}}  {'usable' if row.installed else 'missing':7}"
        said = [row.summary.rstrip(".") + "."]
        said += [f"Needs {row.needs}."] if row.needs else []
        said += [f"From {row.maker}."] if row.maker != OURS else []
        line = f"{head}  {' '.join(said)}"
        if STDOUT.is_terminal and len(line) > STDOUT.width:
            STDOUT.print(plain(head.rstrip(), "bold"))
            STDOUT.print(Padding(plain(" ".join(said)), (0, 0, 0, 4)))
        else:
            STDOUT.print(plain(line), soft_wrap=True)
