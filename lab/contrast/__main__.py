"""`python -m lab.contrast`: see `--help`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaluators.contrast.contrast_set import ContrastSet, load_contrast
from lab.contrast.rules import problems
from lab.contrast.sheet import write_sheet
from omiti2v.editions import load_edition_folder

ANNOTATIONS = Path(__file__).parents[2] / "annotations"

app = typer.Typer(help="Makes and checks the contrast set.", no_args_is_help=True)


def load() -> ContrastSet:
    """The set as it lies in the checkout."""
    return load_contrast(ANNOTATIONS / "contrast", edition=load_edition_folder(ANNOTATIONS))


@app.command()
def check(
    samples: Annotated[list[str] | None, typer.Argument(help="Ids; all if none.")] = None,
) -> None:
    """Name each breach of a rule; exits with 1 where there are any."""
    found = list(problems(load()))
    if samples:
        found = [line for line in found if line.split(":")[0] in samples]
    for line in found:
        print(line)
    raise typer.Exit(bool(found))


@app.command()
def sheet(
    sample: str,
    output: Annotated[Path | None, typer.Option("--output", "-o")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds of clip.")] = None,
    columns: int = 7,
    width: int = 300,
) -> None:
    """Draw a sample's clips, one row each."""
    found = load()
    clips = [clip for clip in found.clips[sample] if not kind or clip.kind in kind]
    write_sheet(found, clips, output or Path(f"{sample}.png"), columns=columns, width=width)


if __name__ == "__main__":
    app()
