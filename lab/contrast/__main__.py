"""`python -m lab.contrast`: see `--help`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from evaluators.contrast.contrast_set import ContrastSet, load_contrast
from lab.contrast.blind import (
    REVIEWS,
    gather,
    name_of,
    write_batches,
)
from lab.contrast.metric_trial import MeasuredClip, metric_table
from lab.contrast.rules import problems
from lab.contrast.set_tables import set_tables, time_table
from lab.contrast.sheet import write_sheet
from lab.tables import fill
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError
from omiti2v.records import read_records, write_atomically, write_records

ROOT = Path(__file__).parents[2]
ANNOTATIONS = ROOT / "annotations"
PAGE = ROOT / "docs" / "contrast.md"
METRICS = ROOT / "docs" / "contrast" / "metrics.jsonl"

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
    clips = [clip for clip in found.clips.get(sample, ()) if not kind or clip.kind in kind]
    if not clips:
        raise UserError(f"{sample}: no such sample or kind of clip; look at annotations/contrast")
    write_sheet(found, clips, output or Path(f"{sample}.png"), columns=columns, width=width)


@app.command()
def blind(
    output: Annotated[Path, typer.Option("--output", "-o")],
    batches: int = 8,
    seed: int = 0,
    clip: Annotated[list[str] | None, typer.Option(help="<sample>/<kind>; all if none.")] = None,
) -> None:
    """Write pictures and questions for viewers, who answer in batch-<n>/answers.jsonl."""
    found = load()
    clips = [made for own in found.clips.values() for made in own]
    chosen = [made for made in clips if not clip or name_of(made) in clip]
    write_batches(found, chosen, output, batches=batches, seed=seed)


@app.command("gather")
def gather_answers(folder: Path, number: int, viewer: str) -> None:
    """Keep the viewers' answers as reviews/round-<number>.jsonl."""
    path = ANNOTATIONS / "contrast" / REVIEWS / f"round-{number}.jsonl"
    write_records(path, gather(load(), folder, viewer=viewer))


@app.command()
def tables(
    page: Annotated[Path, typer.Argument(help="Page with the tables' marks.")] = PAGE,
    cache: Annotated[
        Path | None, typer.Option(help="Rendered clips: also brings the table of times.")
    ] = None,
) -> None:
    """Fill a page with what the set holds, how viewers agree, what its questions catch."""
    found = load()
    made = set_tables(found) | {"metrics": metric_table(read_records(METRICS, MeasuredClip))}
    if cache:
        made["times"] = time_table(found, cache)
    write_atomically(page, fill(page.read_text(encoding="utf-8"), made))


if __name__ == "__main__":
    try:
        app()
    except UserError as error:
        sys.exit(f"error: {error}")
