"""Every `omiti2v ...` that the documentation shows is one that the command line takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import typer

from alignvid_ref.generation.backbones.registry import load_backbone
from omiti2v.cli import app

ROOT = Path(__file__).parents[3]
PAGES = (
    ROOT / "README.md",
    ROOT / "alignvid_ref/README.md",
    ROOT / "leaderboard/repository/templates/README.md",
    *sorted(path for folder in ("docs", "examples") for path in (ROOT / folder).rglob("*.md")),
)
COMMAND = typer.main.get_command(app)
# The other names of `omiti2v backbone list` are settings for folders.
RUNNABLE = {
    entry.name
    for entry in entry_points(group="omiti2v.backbones")
    if load_backbone(entry).has_weights
}
# What stands for something of the reader's: NAME, $look, my_models.backbone:TOY, owner/name@commit.
STANDS_FOR = re.compile(r"\.\.\.|[A-Z_]+|\$\w+|[\w.]+:\w+|[\w.-]+/[\w.-]+@\w+")


def shown_commands(text: str) -> Iterator[str]:
    """The commands in blocks and in lines of a page, each as one line."""
    blocks = re.compile(r"^ *```\w*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    for block in blocks.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if match := re.match(r"\s*(?:\$ )?(omiti2v .*)", line):
                yield match[1]
    for span in re.findall(r"`(omiti2v [^`]+)`", blocks.sub("", text)):
        yield " ".join(span.split())


def choices_of(annotation: Any) -> set[str]:
    """The values of a closed set; none for anything else."""
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return set(parts)
    return set().union(*map(choices_of, parts))


def problem(shown: str) -> str | None:
    """What the command line would not take of a command; None where that is nothing."""
    # In brackets stands what may be left out, and after these signs another command begins.
    text = re.split(r" [|>;]|&&", re.sub(r"[\[\]]", " ", shown))[0]
    words = shlex.split(text, comments=True)[1:]
    command: Any = COMMAND
    context = command.make_context("omiti2v", ["x"], resilient_parsing=True)
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            return None  # a group as a whole, or an option of the program
        name, *words = words
        if name not in command.commands:
            return f"no command {name}"
        command = command.commands[name]
        context = type(context)(command, parent=context, info_name=name)
    try:
        given, rest, _ = command.make_parser(context).parse_args(list(words))
    except Exception as error:  # click's own, for options that there are not
        return str(getattr(error, "message", error))
    if unused := [word for word in rest if word != "..."]:
        return f"too much: {' '.join(unused)}"
    for parameter in command.params:
        values = given.get(parameter.name)
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str) or STANDS_FOR.fullmatch(value):
                continue
            known = choices_of(parameter.type_descriptor.annotation)
            if parameter.name == "backbone":
                known = RUNNABLE
            if known and value not in known:
                return f"{parameter.opts[0]}: no {value}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_are_ones_that_there_are(page: Path) -> None:
    shown = list(shown_commands(page.read_text(encoding="utf-8")))
    assert {line: found for line in shown if (found := problem(line))} == {}


def test_the_commands_are_found_and_wrong_ones_are_seen() -> None:
    text = "Run `omiti2v check VIDEOS`.\n```bash\n$ omiti2v score V \\\n  -o RUN  # all\n```\n"
    assert list(shown_commands(text)) == [
        "omiti2v score V    -o RUN  # all",
        "omiti2v check VIDEOS",
    ]
    assert problem("omiti2v generate --backbone tiny-wan --method still -o VIDEOS") is None
    wrong = {
        "omiti2v make VIDEOS": "no command make",
        "omiti2v generate --backbone wan2.1-i2v -o VIDEOS": "--backbone: no wan2.1-i2v",
        "omiti2v generate --method dance": "--method: no dance",
        "omiti2v generate --fast": "--fast",
        "omiti2v generate VIDEOS": "too much: VIDEOS",
    }
    assert all(told in (problem(line) or "") for line, told in wrong.items())
