"""`omiti2v judge inspect`: what a judge is given, before it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import STDOUT, note, plain, print_json, text_table
from omiti2v.cli.judge_options import judge_options
from omiti2v.cli.merged_options import merge_options

if TYPE_CHECKING:
    from evaluators.judges import JudgeSpec
    from evaluators.judges.inspection import Inspection

DEFAULT_QUESTION = "Is there a red circle?"
"""Of words that the tiny judge knows too."""


@merge_options(judge_options())
def inspect_judge(
    video: Annotated[Path, typer.Argument(help="A video file.")],
    judge: JudgeSpec,
    question: Annotated[
        str, typer.Option(help="The question that is put into the prompt.")
    ] = DEFAULT_QUESTION,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Picture (.png) of the frames as they are given."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a judge is given for a video: text, frames, tokens, positions, settings.

    The model is loaded and not run; a server is not asked. What a model doesn't have is null.
    """
    from evaluators.frames import DecodeError, decode_video
    from evaluators.judges.inspection import contact_sheet, inspect_video
    from omiti2v.errors import UserError
    from omiti2v.records import write_bytes_atomically

    if output is not None and output.suffix.lower() != ".png":
        raise typer.BadParameter(f"--output: expected a name that ends in .png, got {output}")
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        raise typer.BadParameter(f"--output: expected a file in a folder that is there: {output}")
    try:
        decoded = decode_video(video)
    except DecodeError as error:
        raise UserError(str(error)) from None
    inspection, frames = inspect_video(judge, decoded, question)
    if output is not None:
        write_bytes_atomically(output, contact_sheet(inspection, frames))
        note(f"frames: {output}")
    if as_json:
        print_json(inspection)
    else:
        _print(inspection)


def _print(inspection: Inspection) -> None:
    width, height = inspection.size
    values = inspection.model_dump(exclude={"text", "frames", "source_frames", "size"})
    shown = {"frames": _times(inspection), "size": f"{width}x{height}"}
    table = text_table("", "")
    for name, value in {**values, **shown}.items():
        if value is not None:
            table.add_row(plain(name), plain(_shown(value)))
    STDOUT.print(table)
    if inspection.text is not None:
        STDOUT.print("\n[bold]text[/bold], with one token in the video's place")
        for line in inspection.text.split("\n"):
            STDOUT.print(plain(line), soft_wrap=True)


def _times(inspection: Inspection) -> str:
    return ", ".join(f"{frame.index} at {frame.time:.3f} s" for frame in inspection.frames)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
