"""`omiti2v calibrate`: how often a judge is wrong, measured where every answer is known."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import STDOUT, note, number_table, plain, print_json, progress_bar, say
from omiti2v.cli.engine_options import ENGINE_OPTIONS, EngineChoice, check_engine, open_engine
from omiti2v.cli.judge_options import judge_options
from omiti2v.cli.merged_options import merge_options

if TYPE_CHECKING:
    from evaluators.engines import Engine
    from evaluators.judges import JudgeSpec
    from omiti2v.calibration import Calibration, Shares
    from omiti2v.editions import Edition


@merge_options(judge_options(), ENGINE_OPTIONS)
def calibrate(
    judge: JudgeSpec,
    engine: EngineChoice,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder of the clips, runs, calibration.json and report.html."
        ),
    ] = Path("calibration"),
    size: Annotated[
        str, typer.Option(help="Width and height of the clips, e.g. 832x480.")
    ] = "832x480",
    clip_frames: Annotated[int, typer.Option(min=8, max=1000, help="Frames of a clip.")] = 33,
    clip_fps: Annotated[
        int, typer.Option(min=1, max=120, help="Frames per second of the clips.")
    ] = 16,
    scenes: Annotated[
        int, typer.Option(min=2, max=10_000, help="Scenes on each kind of background.")
    ] = 30,
    photographs: Annotated[
        bool, typer.Option(help="Also use photographs of OmitI2V-Open as backgrounds.")
    ] = True,
    other_frames: Annotated[
        bool, typer.Option(help="Ask all again on other frames of the same clips.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the scenes.")] = 40_000_000,
    judge_frames: Annotated[int | None, typer.Option(min=1, hidden=True)] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a judge's errors on rendered clips of which every answer is known.

    The judge's options are those of `omiti2v score`. If it is interrupted, the same command resumes
    it. Exits with 1 where the judge answered fewer than half of the questions.
    """
    from evaluators.cache import EvaluationCache, default_cache_path
    from evaluators.calibration import CalibrationPlan
    from evaluators.calibration import calibrate as calibrate_here
    from evaluators.calibration.plan import pick_photographs
    from evaluators.calibration.run import calibrate_with, videos_of
    from evaluators.judges import load_judge
    from leaderboard.report import write_calibration_page
    from omiti2v import load_edition
    from omiti2v.cli.judge_notes import notes_on
    from omiti2v.errors import UserError

    width, height = _size(size)
    try:
        plan = CalibrationPlan(
            width=width,
            height=height,
            frames=clip_frames,
            fps=clip_fps,
            scenes=scenes,
            seed=seed,
            photographs=pick_photographs(load_edition()) if photographs else (),
        )
    except ValueError as error:
        raise UserError(f"--size {size}: {error}") from None
    check_engine(engine, judge)
    if judge.fps is not None or judge.frames is not None:
        note(
            "--fps and --frames say what the judge sees, as in `omiti2v score`; the clips have "
            "--clip-fps and --clip-frames"
        )
    if judge_frames is not None:
        if judge.fps is not None or judge.frames not in (None, judge_frames):
            raise typer.BadParameter("--judge-frames: give --frames alone")
        judge = replace(judge, frames=judge_frames)

    total = videos_of(plan, other_frames=other_frames)
    with (
        EvaluationCache(default_cache_path(), warn=note) as cache,
        progress_bar(total, "Calibrating") as advance,
    ):

        def open_one(edition: Edition, others: bool) -> Engine:
            phase = 0.5 if others else 0.0
            return open_engine(engine, edition=edition, judge=judge, phase=phase, cache=cache)

        # In this process one judge serves all; workers load theirs for each kind of background.
        measure = (
            partial(calibrate_here, load_judge(judge))
            if engine.resolved == "local"
            else partial(calibrate_with, open_one)
        )
        found = measure(plan, output, cache=cache, other_frames=other_frames, progress=advance)
    write_calibration_page(found, output / "report.html")
    if as_json:
        print_json(found)
    else:
        _print(found)
        note(f"report: {output / 'report.html'}")
    for line in notes_on(found.judge.identity, judge):
        note(line)
    if found.judge_unavailable:
        raise typer.Exit(1)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not found:
        raise typer.BadParameter(f"--size: expected WIDTHxHEIGHT, e.g. 832x480, got {text!r}")
    return int(found[1]), int(found[2])


def _print(found: Calibration) -> None:
    from omiti2v.calibration import SHARES
    from omiti2v.cli.tables import explain_few, percent, percent_interval

    asked = f"{found.questions} questions about {found.scenes} scenes"
    say(f"{found.judge.name}: {asked}, {found.width}x{found.height}", "bold")
    if found.judge_unavailable:
        say(found.judge_unavailable, "bold")
    table = number_table("per cent", *(definition.label for definition in SHARES.values()))
    table.add_row("all", *_cells(found.overall))
    for group, rows in found.groups.items():
        table.add_section()
        table.add_row(plain(group.replace("behaviour", "behavior"), "bold"))
        for name, shares in rows.items():
            table.add_row(plain(f"  {name}".replace("_", " ")), *_cells(shares))
    STDOUT.print(table)
    for label, estimate in (
        ("calibration error of P(yes)", found.calibration_error),
        ("answers changed by words over the frames", found.text_changes),
        ("answers turned to the word written", found.text_obeyed),
        ("answers changed by other frames of the clip", found.frame_flips),
    ):
        interval = f" ({percent_interval(estimate)})" if estimate else ""
        say(f"{label}: {percent(estimate)} %{interval}".replace("able %", "able"))
    groups = [shares for rows in found.groups.values() for shares in rows.values()]
    explain_few(share for shares in (found.overall, *groups) for share in shares.values())


def _cells(shares: Shares) -> list[str]:
    from omiti2v.calibration import SHARES
    from omiti2v.cli.tables import percent

    return [percent(shares[name]) if shares[name] else "-" for name in SHARES]
