"""`omiti2v data`: the data set: compile, count, show, export, import and publish it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from omiti2v.cli.check import EditionOption, JsonOption
from omiti2v.cli.console import STDOUT, note, number_table, plain, print_json, progress_bar, say
from omiti2v.cli.data_contrast import contrast
from omiti2v.cli.data_review import review

SPOILED_NAMED = 10

data = typer.Typer(
    name="data",
    help="The data set OmitI2V-Open, and the authors' release.",
    no_args_is_help=True,
)
data.command()(review)
data.command()(contrast)


@data.command()
def build(
    annotations: Annotated[
        Path | None, typer.Option(help="Folder of annotations; the checkout's where not given.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder to get data/*.parquet; the package where not given."
        ),
    ] = None,
) -> None:
    """Compile the annotations into the parquet files that `load_dataset("omiti2v")` reads."""
    from omiti2v.dataset.compile import compile_annotations
    from omiti2v.dataset.load import PACKAGE, annotations_of
    from omiti2v.edition_versions import stale_table
    from omiti2v.errors import UserError

    source = annotations or annotations_of(PACKAGE)
    if source is None:
        raise UserError(
            "no annotations here: an installed package comes compiled; in a checkout, give "
            "--annotations"
        )
    edition = compile_annotations(source, output or PACKAGE)
    note(f"{(output or PACKAGE) / 'data'}: {len(edition.samples)} samples, {edition.fingerprint}")
    stale = stale_table(version=edition.version, fingerprint=edition.fingerprint)
    if stale and source == annotations_of(PACKAGE):
        note(stale)


@data.command()
def stats(
    edition: EditionOption = "open",
    figure: Annotated[Path | None, typer.Option(help="Write a figure, as SVG.")] = None,
    card: Annotated[
        Path | None,
        typer.Option(help="Write the numbers into this dataset card, between its marker comments."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Count samples, questions and answers; show the still floor and what constant judges score."""
    from omiti2v import load_edition
    from omiti2v.dataset.card import update_card
    from omiti2v.dataset.figure import draw_figure
    from omiti2v.dataset.stats import compute_stats
    from omiti2v.dataset.stats_tables import build_tables
    from omiti2v.records import write_atomically

    computed = compute_stats(load_edition(edition))
    # Before pages of numbers: what can't be written must not be missed above them.
    if figure:
        write_atomically(figure, draw_figure(computed))
        note(f"figure: {figure}")
    if card:
        update_card(card, computed)
        note(f"card: {card}")
    if as_json:
        print_json(computed)
        return
    for shown in build_tables(computed):
        table = number_table(*shown.head)
        for row in shown.rows:
            table.add_row(*map(plain, row))
        say(shown.title, "bold")
        STDOUT.print(table)
        if shown.note:
            say(shown.note)
        say()


@data.command()
def sheet(
    edition: EditionOption = "open",
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path(
        "sheet.html"
    ),
) -> None:
    """Write a contact sheet: every image with its prompt, questions, answers and license."""
    from omiti2v import load_edition
    from omiti2v.dataset.sheet import write_sheet

    loaded = load_edition(edition)
    with progress_bar(len(loaded.samples), "Drawing") as advance:
        write_sheet(loaded, output, progress=advance)
    note(f"contact sheet: {output}")


@data.command()
def frames(
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder.")],
    edition: EditionOption = "open",
    area: Annotated[
        int | None,
        typer.Option(
            help="Pixels of a frame that keeps its image's shape; 480x832 = 399360 by default.",
            min=256,
            max=1 << 24,
        ),
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="One size for all frames, as 832x480 (width x height).")
    ] = None,
    fit: Annotated[
        Literal["crop", "pad"] | None,
        typer.Option(
            help="With --size: take the middle of the image (default), or pad with black."
        ),
    ] = None,
) -> None:
    """Write the first frames that models get, as <id>.png, with their prompts in frames.jsonl.

    Without --size a frame keeps the shape of its image: sides are multiples of 16, and the area is
    that of 480x832. `omiti2v generate` makes its first frames in the same way.
    """
    from omiti2v import load_edition
    from omiti2v.dataset.first_frames import FRAMES, SPOILED_BELOW, write_first_frames
    from omiti2v.dataset.frame_fit import AREA, FixedSize
    from omiti2v.edition_versions import edition_label
    from omiti2v.errors import UserError

    fixed = None
    if size is None and fit is not None:
        raise UserError("--fit: goes with --size, as in --size 832x480")
    if size is not None:
        if area is not None:
            raise UserError("--area and --size: give one of them")
        sides = re.fullmatch(r"(\d{2,4})x(\d{2,4})", size)
        if sides is None or min(map(int, sides.groups())) < 16:
            raise UserError(f"--size: expected WIDTHxHEIGHT in pixels, as 832x480, got {size!r}")
        fixed = FixedSize(int(sides[1]), int(sides[2]), fit or "crop")
    loaded = load_edition(edition)
    with progress_bar(len(loaded.samples), "Drawing") as advance:
        lines = write_first_frames(loaded, output, size=fixed, area=area or AREA, progress=advance)
    label = edition_label(loaded.name, loaded.fingerprint)
    note(f"{output}: {len(lines)} first frames of edition {label}")
    if cropped := [line.id for line in lines if line.kept < SPOILED_BELOW]:
        more = f" ... all in {FRAMES} (kept)" * (len(cropped) > SPOILED_NAMED)
        note(
            f"{len(cropped)} of them show less than {SPOILED_BELOW:.0%} of their image; "
            f"what is asked about may be lost: {', '.join(cropped[:SPOILED_NAMED])}{more}"
        )


@data.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    edition: EditionOption = "open",
    form: Annotated[
        Literal["parquet", "meta.json"],
        typer.Option(
            "--format", help="Ready for the hub, or the layout that the authors' scripts read."
        ),
    ] = "parquet",
) -> None:
    """Write the edition to a folder, for `load_dataset(FOLDER)` or for the authors' scripts."""
    from omiti2v import load_edition
    from omiti2v.dataset.card import stale_card
    from omiti2v.dataset.export import brought_card, export_edition
    from omiti2v.edition_versions import edition_label

    loaded = load_edition(edition)
    export_edition(loaded, folder, form=form)
    label = edition_label(loaded.name, loaded.fingerprint)
    note(f"{folder}: {len(loaded.samples)} samples of edition {label}")
    card = brought_card(loaded) if form == "parquet" else None
    if card and (stale := stale_card(card, loaded.fingerprint)):
        note(stale)


@data.command("import")
def import_(
    source: Annotated[
        str, typer.Argument(help="Folder with meta.json, or ORG/NAME@COMMIT on the hub.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder.")],
) -> None:
    """Import the authors' release as an edition.

    Lists every problem with its place and imports nothing where there is one. What the release
    does not say, as reference answers, stays unknown, and scores that need it are not available.
    """
    from omiti2v.dataset.official_import import BrokenReleaseError, import_release

    try:
        imported = import_release(source, output)
    except BrokenReleaseError as error:
        for problem in error.problems:
            note(problem)
        raise
    for line in imported.notes:
        note(line)
    edition = imported.edition
    note(f"{output}: {len(edition.samples)} samples of edition {edition.name}")


@data.command()
def publish(
    repo: Annotated[str, typer.Argument(help="ORG/NAME on the Hugging Face hub.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be uploaded; no network.")
    ] = False,
) -> None:
    """Upload OmitI2V-Open to the hub as one commit, with the token of `hf auth login`."""
    from omiti2v import load_edition
    from omiti2v.dataset.card import stale_card
    from omiti2v.dataset.export import brought_card, export_edition
    from omiti2v.dataset.publish import check_repo_id, list_uploads, publish_folder
    from omiti2v.edition_versions import TITLE, edition_label, stale_table
    from omiti2v.errors import UserError
    from omiti2v.temporary_folder import temporary_folder

    check_repo_id(repo)
    edition = load_edition("open")
    card = brought_card(edition)
    if card and (problem := stale_card(card, edition.fingerprint)):
        if not dry_run:
            raise UserError(problem)
        note(problem)
    with temporary_folder() as folder:
        export_edition(edition, folder)
        uploads = list_uploads(folder)
        for upload in uploads:
            say(f"{upload.size:>12,}  {upload.path}")
        total = sum(upload.size for upload in uploads)
        say(f"{total:>12,}  bytes in {len(uploads)} files")
        if stale := stale_table(version=edition.version, fingerprint=edition.fingerprint):
            note(stale)
        if dry_run:
            note(f"dry run: nothing was uploaded to {repo}")
            return
        label = edition_label(TITLE, edition.fingerprint)
        message = f"{label}, {len(edition.samples)} samples"
        note(f"published: {publish_folder(folder, repo, message=message)}")
