"""Options that commands share: one parameter of a command, many options on the command line."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

Command = Callable[..., None]


@dataclass(frozen=True)
class OptionGroup:
    """Options that take the place of one parameter of a command.

    Attributes:
        parameter: The parameter, which the command gets by name.
        options: `Annotated[TYPE, typer.Option(...)]` of each option, by name and in order; None is
            their default.
        build: Makes the parameter's value of the options' values.
    """

    parameter: str
    options: Mapping[str, Any]
    build: Callable[[dict[str, Any]], Any]


def merge_options(*groups: OptionGroup) -> Callable[[Command], Command]:
    """A decorator that puts options in the place of parameters of a command.

    Typer reads options off a signature, so the decorated function has a signature of its own.
    """
    by_parameter = {group.parameter: group for group in groups}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(**values: Any) -> None:
            built = {
                group.parameter: group.build({name: values.pop(name) for name in group.options})
                for group in groups
            }
            command(**values, **built)

        own = command.__annotations__
        run.__annotations__ = {name: own[name] for name in own if name not in by_parameter}
        hints = get_type_hints(run, include_extras=True)
        merged: list[inspect.Parameter] = []
        for parameter in inspect.signature(command).parameters.values():
            name = parameter.name
            if name in by_parameter:
                merged += [_option(*item) for item in by_parameter[name].options.items()]
            else:
                kind = inspect.Parameter.KEYWORD_ONLY
                merged.append(parameter.replace(kind=kind, annotation=hints[name]))
        run.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in merged}
        return run

    return decorate


def _option(name: str, annotation: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=None, annotation=annotation)
