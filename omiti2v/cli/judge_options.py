"""The judge's options, which are the fields of `JudgeSpec`, for all commands that ask a judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from omiti2v.cli.console import note
from omiti2v.cli.merged_options import OptionGroup
from omiti2v.judge_spec import JudgeSpec, american, read_judge_file

PANEL = "Judge"
_EXCLUSIVE = {"fps": "frames", "frames": "fps"}


def judge_options(*, required: bool = True) -> OptionGroup:
    """The options in the place of a parameter `judge`, a `JudgeSpec`.

    Args:
        required: Whether a judge must be named; else the command gets None where none is.
    """

    def build(values: dict[str, Any]) -> JudgeSpec | None:
        return _read_options(values, required=required)

    return OptionGroup("judge", _options(), build)


def _options() -> dict[str, Any]:
    """One option for each field of the spec that a command line can give, and the file's."""
    options: dict[str, Any] = {}
    for name, annotation in get_type_hints(JudgeSpec, include_extras=True).items():
        if name == "options":  # of any form, so in files only
            continue
        kind, *details = get_args(annotation)
        if name == "server_option":
            kind = list[str]
        said = {type(detail).__name__: detail for detail in details}
        info = typer.Option(
            "--judge" if name == "model" else f"--{name.replace('_', '-')}",
            help=said["Help"].text,
            min=said["Ge"].ge if "Ge" in said else None,
            max=said["Le"].le if "Le" in said else None,
            rich_help_panel=PANEL,
        )
        options[name] = Annotated[kind | None, info]
        if name == "quantization":
            options["quantisation"] = Annotated[kind | None, typer.Option(hidden=True)]
    file = typer.Option(
        help="YAML or JSON file that gives these options by name, and model in place of --judge. "
        "The command line takes precedence.",
        rich_help_panel=PANEL,
    )
    options["judge_config"] = Annotated[Path | None, file]
    return options


def _read_options(values: dict[str, Any], *, required: bool) -> JudgeSpec | None:
    given = american({n: v for n, v in values.items() if v is not None}, where="judge")
    path: Path | None = given.pop("judge_config", None)
    if pairs := given.pop("server_option", None):
        given["server_option"] = dict(map(server_option, pairs))
    fields = read_judge_file(path) if path else {}
    # Of two that exclude each other, the one on the command line goes before the file's too.
    replaced = {n for n in fields if n in given or _EXCLUSIVE.get(n) in given}
    if replaced:
        note(f"{path}: {', '.join(sorted(replaced))}: the command line's, not the file's")
    fields = {n: value for n, value in fields.items() if n not in replaced} | given
    if "model" in fields:
        spec = JudgeSpec.of(fields, where=str(path) if path else "judge")
        if spec.fps is not None and spec.frames is not None:
            raise typer.BadParameter(
                "--fps and --frames exclude each other: both say which frames the judge sees; "
                "calibrate has --clip-fps and --clip-frames for its clips"
            )
        if spec.protocol == "paper":
            note(_wording(spec))
        return spec
    if path:
        raise typer.BadParameter(f"{path}: expected model, the judge, or --judge beside it")
    if required:
        raise typer.BadParameter("--judge: expected a judge; see `omiti2v judge list`")
    for name in fields:
        raise typer.BadParameter(
            f"--{name.replace('_', '-')} goes with --judge, which is not given"
        )
    return None


def server_option(text: str) -> tuple[str, Any]:
    """A field of a request and its value, of "KEY=VALUE".

    Raises:
        BadParameter: There is no such pair.
    """
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise typer.BadParameter(f"--server-option: expected KEY=VALUE, got {text!r}")
    try:
        return name.strip(), json.loads(value, parse_constant=str)
    except (ValueError, RecursionError):
        return name.strip(), value


def _wording(spec: JudgeSpec) -> str:
    """Whose words the prompt of the protocol `paper` is, which is the authors'."""
    from omiti2v.prompt_file import is_authors_template

    prompt = spec.prompt
    if prompt is None:
        return "prompt: this project's words; for the authors', give their qwen.py as --prompt"
    words = "the authors' words" if is_authors_template(prompt) else "other words than the authors'"
    times = ", after a line with the frames' times" * spec.model.startswith("openai:")
    return f"prompt: {words}{times}"
