"""One parameter of a command stands for many options on the command line."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from omiti2v.cli.merged_options import OptionGroup, merge_options

COLOR = OptionGroup(
    "color",
    {
        "red": Annotated[int | None, typer.Option(min=0, help="How red.")],
        "blue": Annotated[int | None, typer.Option(help="How blue.")],
    },
    lambda values: tuple(values.items()),
)
SIZE = OptionGroup("size", {"width": Annotated[int | None, typer.Option()]}, dict)


@pytest.fixture
def called() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def app(called: list[dict[str, Any]]) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @merge_options(COLOR, SIZE)
    def paint(
        name: str, color: object, size: object, deep: Annotated[bool, typer.Option()] = False
    ) -> None:
        """Paint it."""
        called.append({"name": name, "color": color, "size": size, "deep": deep})

    return app


def test_a_group_s_values_arrive_as_what_it_builds_of_them(
    app: typer.Typer, called: list[dict[str, Any]]
) -> None:
    done = CliRunner().invoke(app, ["wall", "--red", "3", "--width", "9", "--deep"])
    assert done.exit_code == 0, done.output
    assert called == [
        {
            "name": "wall",
            "color": (("red", 3), ("blue", None)),
            "size": {"width": 9},
            "deep": True,
        }
    ]


def test_options_keep_their_checks_and_their_place(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["wall", "--red", "-1"])
    assert done.exit_code == 2
    (command,) = app.registered_commands
    signature = inspect.signature(command.callback)  # type: ignore[arg-type]
    assert [*signature.parameters] == ["name", "red", "blue", "width", "deep"]
    assert command.callback.__doc__ == "Paint it."
    assert signature.parameters["deep"].default is False
