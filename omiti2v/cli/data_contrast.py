"""`omiti2v data contrast`: renders the contrast set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omiti2v.cli.console import note, progress_bar


def contrast(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder that gets edition/, videos/<kind>/ and clips.jsonl."
        ),
    ] = Path("contrast"),
    limit: Annotated[
        int | None, typer.Option(min=1, help="Clips of so many samples, categories alike.")
    ] = None,
    shard: Annotated[
        str, typer.Option(help="Render only part i of n, as 2/4; the parts share the cache.")
    ] = "1/1",
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes; one a core if not given.")
    ] = None,
) -> None:
    """Render the clips whose answers are known: edits of photographs, right and wrong.

    Each kind of clip is a submission to the edition in the folder: score videos/right as any other.
    What was rendered before is not rendered again; the same command resumes.
    """
    from alignvid_ref.generation.shards import parse_shard
    from evaluators.contrast.contrast_set import load_contrast
    from evaluators.contrast.store import write_contrast

    part = parse_shard(shard)
    found = load_contrast()
    samples = part.of(found.stratified(limit) if limit else found.samples)
    if not samples:
        raise typer.BadParameter(f"--shard {shard}: there are fewer samples than parts")
    total = sum(len(found.clips[sample.id]) for sample in samples)
    with progress_bar(total, "Rendering") as advance:
        write_contrast(found, output, samples=samples, workers=workers, progress=advance)
    note(f"{output}: {total} clips of {len(samples)} samples; what is true of each: clips.jsonl")
