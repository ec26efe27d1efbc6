"""Help texts of every command and option, those of the command line's own doors included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from omiti2v.cli import app

# A text that begins so says what an option belongs to, and not what it is.
NOT_A_SENTENCE = re.compile(r"(Of|As|In|To)\b")


def help_texts(command: Any, path: str) -> Iterator[tuple[str, str | None]]:
    """Each command and each of its arguments and options, with its help text."""
    yield path, command.help
    for parameter in command.params:
        if getattr(parameter, "hidden", False):  # an older spelling
            continue
        yield f"{path} {parameter.opts[0]}", parameter.help
    for name, inner in getattr(command, "commands", {}).items():
        yield from help_texts(inner, f"{path} {name}")


TEXTS = dict(help_texts(typer.main.get_command(app), "omiti2v"))


def test_every_command_is_walked() -> None:
    assert {"omiti2v score --judge", "omiti2v data export folder", "omiti2v --verbose"} <= set(
        TEXTS
    )


def test_every_command_and_option_has_a_help_text() -> None:
    assert [place for place, text in TEXTS.items() if not text] == []


def test_help_texts_say_what_they_are_about() -> None:
    assert {place: text for place, text in TEXTS.items() if NOT_A_SENTENCE.match(text or "")} == {}
