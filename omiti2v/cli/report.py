"""`omiti2v report`: one HTML file for one run or several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omiti2v.cli.console import note

if TYPE_CHECKING:
    from leaderboard.report import ReportPage

SHOWN = 10


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run folders of one edition; the first is the baseline of the comparison."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path(
        "report.html"
    ),
    videos: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder with the videos of a run; give it once per run, in the same order."
        ),
    ] = None,
    max_megabytes: Annotated[
        float,
        typer.Option(
            min=0, max=2000, help="Total size of the embedded videos; flipped samples go first."
        ),
    ] = 24.0,
    link_videos: Annotated[
        bool,
        typer.Option(
            "--link-videos", help="Link to the videos, relative to the file, instead of embedding."
        ),
    ] = False,
) -> None:
    """Write one self-contained HTML file: scores, categories, and every sample with its frames.

    Several runs are shown side by side: their differences from the first, and every answer to each
    sample. With --videos, the videos of a sample play in sync. A file is shown only if its SHA-256
    is the one in the run's log.
    """
    from leaderboard.report import VideoFolders, write_report
    from omiti2v.runs import read_run

    folders = tuple(videos or ())
    if folders and len(folders) != len(runs):
        raise typer.BadParameter(
            f"expected once for each run ({len(runs)}), in their order, got {len(folders)}",
            param_hint="--videos",
        )
    if link_videos and not folders:
        raise typer.BadParameter("needs --videos", param_hint="--link-videos")
    found = [read_run(folder) for folder in runs]
    page = write_report(
        found,
        output,
        videos=VideoFolders(folders, max_megabytes, link_videos) if folders else None,
    )
    for line in page.notices:
        note(line)
    _note_absent_videos(page)
    note(f"report: {output}")


def _note_absent_videos(page: ReportPage) -> None:
    from omiti2v.plurals import counted

    if left_out := page.videos_found.left_out:
        note(
            f"--max-megabytes {page.videos_found.max_megabytes:g}: the videos of "
            f"{counted(len(left_out), 'sample')} are not embedded: {_some(left_out)}"
        )
    for (position, sample_id), problem in list(page.videos_found.problems.items())[:SHOWN]:
        note(f"run {position + 1}, {sample_id}: {problem}")
    if len(page.videos_found.problems) > SHOWN:
        note(f"and {len(page.videos_found.problems) - SHOWN} more videos that can't be shown")


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
