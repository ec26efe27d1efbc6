"""`omiti2v calibrate`: how often a judge is wrong, measured where every answer is known."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omiti2v.cli.calibration_plans import KnownSet, check_set, contrast_plan, world_plan
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
    known: Annotated[
        KnownSet,
        typer.Option(
            "--set",
            help="world: rendered shapes. contrast: edits composited on photographs of the "
            "benchmark, right and wrong; take it for every judge but tiny, which knows shapes "
            "only. both: both.",
        ),
    ] = "world",
    limit: Annotated[
        int | None,
        typer.Option(min=2, help="Samples of the contrast set, categories alike; all by default."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(help="Width and height of the world's clips; 832x480 if not given."),
    ] = None,
    clip_frames: Annotated[
        int | None,
        typer.Option(min=8, max=1000, help="Frames of the world's clips; 33 if not given."),
    ] = None,
    clip_fps: Annotated[
        int | None,
        typer.Option(
            min=1, max=120, help="Frames per second of the world's clips; 16 if not given."
        ),
    ] = None,
    scenes: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10_000,
            help="The world's scenes on each kind of background; 30 if not given.",
        ),
    ] = None,
    photographs: Annotated[
        bool | None,
        typer.Option(
            "--photographs/--no-photographs",
            help="Whether the world's shapes are also drawn over photographs, as backgrounds; "
            "they are if not given. Edits of photographs: --set contrast.",
        ),
    ] = None,
    other_frames: Annotated[
        bool, typer.Option(help="Ask all again on other frames of the same clips.")
    ] = True,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the world's scenes; 40000000 if not given."),
    ] = None,
    judge_frames: Annotated[int | None, typer.Option(min=1, hidden=True)] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a judge's errors on clips of which every answer is known.

    The judge's options are those of `omiti2v score`. If it is interrupted, the same command resumes
    it. Exits with 1 where the judge answered fewer than half of the questions.
    """
    from evaluators.cache import EvaluationCache, default_cache_path
    from evaluators.calibration import calibrate as calibrate_here
    from evaluators.calibration.run import calibrate_with, steps_of
    from evaluators.judges import load_judge
    from leaderboard.report import write_calibration_page
    from omiti2v.cli.judge_notes import notes_on

    of_world: dict[str, object] = {
        "--size": size,
        "--clip-frames": clip_frames,
        "--clip-fps": clip_fps,
        "--scenes": scenes,
        "--photographs/--no-photographs": photographs,
        "--seed": seed,
    }
    check_set(known, world=of_world, limit=limit)
    plan = contrast = None
    if known != "contrast":
        plan = world_plan(
            size=size,
            clip_frames=clip_frames,
            clip_fps=clip_fps,
            scenes=scenes,
            seed=seed,
            photographs=photographs,
        )
    if known != "world":
        contrast = contrast_plan(limit)
    check_engine(engine, judge)
    if judge.model == "tiny" and contrast:
        note("the tiny judge knows rendered shapes only: of photographs it can say nothing")
    if plan and (judge.fps is not None or judge.frames is not None):
        note(
            "--fps and --frames say what the judge sees, as in `omiti2v score`; the clips have "
            "--clip-fps and --clip-frames"
        )
    if judge_frames is not None:
        if judge.fps is not None or judge.frames not in (None, judge_frames):
            raise typer.BadParameter("--judge-frames: give --frames alone")
        judge = replace(judge, frames=judge_frames)

    total = steps_of(plan, contrast, other_frames=other_frames)
    with (
        EvaluationCache(default_cache_path(), warn=note) as cache,
        progress_bar(total, "Calibrating") as advance,
    ):

        def open_one(edition: Edition, others: bool) -> Engine:
            phase = 0.5 if others else 0.0
            return open_engine(engine, edition=edition, judge=judge, phase=phase, cache=cache)

        # In this process one judge serves all; workers load theirs for each ground.
        measure = (
            partial(calibrate_here, load_judge(judge))
            if engine.resolved == "local"
            else partial(calibrate_with, open_one)
        )
        found = measure(
            plan,
            output,
            contrast=contrast,
            cache=cache,
            other_frames=other_frames,
            progress=advance,
        )
    write_calibration_page(found, output / "report.html")
    if as_json:
        print_json(found)
    else:
        _print(found)
        note(f"report: {output / 'report.html'}")
    for line in notes_on(found.judge.identity, judge):
        note(line)
    if known == "world" and judge.model != "tiny":
        note(
            "these were rendered shapes: how often the judge errs on pictures like the "
            "benchmark's says `omiti2v calibrate --set contrast`"
        )
    if found.judge_unavailable:
        raise typer.Exit(1)


def _print(found: Calibration) -> None:
    from omiti2v.calibration import SHARES
    from omiti2v.cli.tables import explain_few, percent, percent_interval

    asked = f"{found.questions} questions about {found.scenes} scenes"
    say(f"{found.judge.name}: {asked}, {found.size}", "bold")
    if found.judge_unavailable:
        say(found.judge_unavailable, "bold")
    table = number_table("per cent", *(definition.label for definition in SHARES.values()))
    table.add_row("all", *_cells(found.overall))
    for group, rows in found.shown_groups.items():
        table.add_section()
        table.add_row(plain(group, "bold"))
        for name, shares in rows.items():
            table.add_row(plain(f"  {name}"), *_cells(shares))
    STDOUT.print(table)
    for label, estimate in (
        ("calibration error of P(yes)", found.calibration_error),
        ("answers changed by words over the frames", found.text_changes),
        ("answers turned to the word written", found.text_obeyed),
        ("answers changed by other frames of the clip", found.frame_flips),
    ):
        if estimate is None and found.contrast:  # no words are written over these frames
            continue
        interval = f" ({percent_interval(estimate)})" if estimate else ""
        say(f"{label}: {percent(estimate)} %{interval}".replace("able %", "able"))
    groups = [shares for rows in found.groups.values() for shares in rows.values()]
    explain_few(share for shares in (found.overall, *groups) for share in shares.values())


def _cells(shares: Shares) -> list[str]:
    from omiti2v.calibration import SHARES
    from omiti2v.cli.tables import percent

    return [percent(shares[name]) if shares[name] else "-" for name in SHARES]
