"""`omiti2v check`: are the files right, before any model is asked?"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omiti2v.cli.console import STDOUT, note, plain, print_json, progress_bar, say, text_table
from omiti2v.plurals import counted

if TYPE_CHECKING:
    from omiti2v.findings import CheckReport, Finding
    from omiti2v.submissions import Submission

VideosArgument = Annotated[
    Path,
    typer.Argument(
        help="Folder of <sample id>.mp4 files and submission.yaml. Several videos of a sample are "
        "named by their seeds: <id>/<seed>.mp4, <id>-<seed>.mp4 or <seed>/<id>.mp4."
    ),
]
EditionOption = Annotated[
    str,
    typer.Option(
        "--edition", "-e", help='"open" for OmitI2V-Open, or a folder: *.jsonl samples and images.'
    ),
]
MISSING_ROWS = 8

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def check(
    videos: VideosArgument, edition: EditionOption = "open", as_json: JsonOption = False
) -> None:
    """Look at a folder of videos without a model.

    Finds missing, extra, double, swapped, frozen and unreadable videos, cuts, flicker, and wrong
    fields in submission.yaml, and facets of the edition that don't fit; says how files are named
    and how many videos (takes) samples have. Exits with 1 where there is an error.
    """
    from evaluators.check import check_submission
    from omiti2v import load_edition
    from omiti2v.submissions import read_submission

    loaded = load_edition(edition)
    submission = read_submission(videos, loaded, lenient=True)
    with progress_bar(len(submission.videos), "Looking at the videos") as advance:
        report = check_submission(submission, loaded, progress=advance)
    if as_json:
        print_json(report)
    else:
        _print_report(report, submission)
    if submission.strange_files and not submission.by_sample and (fits := _fitting_edition(videos)):
        note(f"the files are named after samples of another edition: --edition {fits}")
    if not report.ok:
        raise typer.Exit(1)


def _fitting_edition(videos: Path) -> str | None:
    """The edition that files are named after: the packaged one, or one that lies beside them."""
    from omiti2v import load_edition
    from omiti2v.errors import UserError
    from omiti2v.submissions import read_submission

    beside = [
        str(path.parent)
        for folder in list(videos.absolute().parents)[:2]
        for path in sorted(folder.glob("*/edition.json"))
    ]
    for name in ("open", *beside):
        with suppress(UserError):
            if read_submission(videos, load_edition(name), lenient=True).by_sample:
                return name
    return None


def _print_report(report: CheckReport, submission: Submission) -> None:
    from omiti2v.edition_versions import edition_label

    if report.findings:
        table = text_table("", "what", "where", "finding")
        for finding in _folded(report.findings):
            style = "red" if finding.level == "error" else "yellow"
            table.add_row(
                plain(finding.level, style),
                plain(finding.code),
                plain(finding.subject),
                plain(finding.message),
            )
        STDOUT.print(table)
        say()
    edition = edition_label(report.edition, report.edition_fingerprint)
    readable = {video.sample_id for video in report.videos if video.frames}
    errors = sum(finding.level == "error" for finding in report.findings)
    say(
        f"{report.submission.name}: {len(readable)} of {report.samples} samples of edition "
        f"{edition} have a readable video; {counted(errors, 'error')}, "
        f"{counted(len(report.findings) - errors, 'warning')}"
    )
    if submission.forms:
        say(f"files: {', '.join(submission.forms)}; {takes_in_words(report)}")
    for kind in _kinds(report):
        say(kind)


def takes_in_words(report: CheckReport) -> str:
    """How many videos samples have, as "3 takes a sample, seeds 0, 1, 2"."""
    seen = report.takes
    if seen is None:
        return "one video a sample"
    if len(seen.takes) == 1:
        numbers = f"{next(iter(seen.takes))} takes a sample"
    else:
        numbers = ", ".join(
            f"{counted(take, 'take')} of {counted(samples, 'sample')}"
            for take, samples in seen.takes.items()
        )
    if not seen.seeds:
        return f"{numbers}; no seed is in all samples"
    named = ", ".join(map(str, seen.seeds[:MISSING_ROWS])) + ", ..." * (
        len(seen.seeds) > MISSING_ROWS
    )
    return f"{numbers}; seeds in all samples: {named}"


def _folded(findings: tuple[Finding, ...]) -> list[Finding]:
    """The findings, with a long list of missing videos or faulty facets as one row at the end."""
    rows = list(findings)
    for code, what in (
        ("missing", "have no video; they will count 0"),
        ("facets", "have faulty facets; --json says which, and what is wrong"),
    ):
        alike = [finding for finding in rows if finding.code == code]
        if len(alike) <= MISSING_ROWS:
            continue
        named = ", ".join(finding.subject for finding in alike[:3])
        message = f"{named} and {len(alike) - 3} more samples {what}"
        row = alike[0].model_copy(update={"subject": f"{len(alike)} samples", "message": message})
        rows = [*(finding for finding in rows if finding.code != code), row]
    return rows


def _kinds(report: CheckReport) -> list[str]:
    """The different forms of the videos, most frequent first."""
    counts: dict[str, int] = {}
    for video in report.videos:
        if video.frames:
            frames = counted(video.frames, "frame")
            form = f"{video.width}x{video.height}, {frames} at {video.fps:g} a second"
            counts[f"{form}, {video.codec}"] = counts.get(f"{form}, {video.codec}", 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    lines = [f"  {count} x {form}" for form, count in ordered[:8]]
    return lines if len(ordered) <= 8 else [*lines, f"  and {len(ordered) - 8} other forms"]
