"""What is registered, as a table or as JSON: judges, metrics, backbones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import typer
from rich.padding import Padding

from omiti2v.cli.console import STDOUT, plain, say
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
        on_hub: Whether it is weights on the hub, of which `installed` says nothing; not in JSON.
    """

    name: str
    summary: str
    needs: str
    installed: bool
    maker: str
    on_hub: bool = False


def print_plugins(*groups: Sequence[PluginRow], as_json: bool) -> None:
    """Print one line for each row on standard output, or all of them as one JSON list.

    Lines apart from JSON are in groups, with an empty line between two. In a terminal that is too
    narrow for a group, each of its rows has a second line, so that names stay whole.
    """
    if as_json:
        rows = [asdict(row) for group in groups for row in group]
        for row in rows:
            del row["on_hub"]
        typer.echo(json.dumps(rows, indent=2))
        return
    for number, group in enumerate(groups):
        if number:
            say()
        width = max((len(one.name) for one in group), default=0)
        lines = [(f"{one.name:{width}}  {_state(one):7}", _said(one)) for one in group]
        longest = max((len(head) + 2 + len(said) for head, said in lines), default=0)
        for head, said in lines:
            if STDOUT.is_terminal and longest > STDOUT.width:
                STDOUT.print(plain(head.rstrip(), "bold"))
                STDOUT.print(Padding(plain(said), (0, 0, 0, 4)))
            else:
                STDOUT.print(plain(f"{head}  {said}"), soft_wrap=True)


def _state(row: PluginRow) -> str:
    if not row.installed:
        return "missing"
    return "on hub" if row.on_hub else "usable"


def _said(row: PluginRow) -> str:
    said = [row.summary.rstrip(".") + "."]
    said += [f"Needs {row.needs}."] if row.needs else []
    said += [f"From {row.maker}."] if row.maker != OURS else []
    return " ".join(said)
