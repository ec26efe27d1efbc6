"""`omiti2v score`: from a folder of videos to scores."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from omiti2v.cli.check import EditionOption, JsonOption, VideosArgument
from omiti2v.cli.console import note, print_json, progress_bar
from omiti2v.cli.engine_options import ENGINE_OPTIONS, EngineChoice, VideosAtOption, open_engine
from omiti2v.cli.judge_options import judge_options
from omiti2v.cli.merged_options import merge_options
from omiti2v.cli.plan_options import LookOption, PlanOption, planned_look
from omiti2v.plurals import counted

if TYPE_CHECKING:
    from evaluators.cache import EvaluationCache
    from evaluators.controls import Control
    from evaluators.engines import Engine, JudgeInfo
    from evaluators.judges import JudgeSpec
    from evaluators.scoring import ScoringOptions
    from omiti2v.calibration import Calibration
    from omiti2v.editions import Edition
    from omiti2v.runs import Run
    from omiti2v.scores import Scores
    from omiti2v.submissions import Submission

MissingOption = Annotated[
    Literal["zero", "drop"],
    typer.Option(
        help="zero: a sample without a video counts 0. drop: it is left out, as in the paper."
    ),
]
ResamplesOption = Annotated[
    int, typer.Option(min=100, max=1_000_000, help="Draws of the tests of a comparison.")
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Seed of --limit and of a comparison's tests.")
]


@merge_options(judge_options(required=False), ENGINE_OPTIONS)
def score(
    videos: VideosArgument,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Run folder; a run that is there already is resumed."),
    ],
    judge: JudgeSpec | None,
    engine: EngineChoice,
    edition: EditionOption = "open",
    videos_at: VideosAtOption = None,
    controls: Annotated[
        bool,
        typer.Option(
            "--controls",
            help="Also ask the judge about stills, blanks and other samples' videos.",
        ),
    ] = False,
    metrics: Annotated[
        str | None,
        typer.Option(help="More metrics, by name, with commas; see omiti2v metric list."),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(help="NAME=WHERE: weights that a metric needs; may be given several times."),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(help="The judge's calibration.json; kept with the run and named beside it."),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Evaluation cache; else $OMITI2V_CACHE or the user's.")
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither read nor write the cache.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Score so many samples only, drawn by --seed where videos are."),
    ] = None,
    plan: PlanOption = None,
    look: LookOption = None,
    missing: MissingOption = "zero",
    allow_mismatch: Annotated[
        bool,
        typer.Option(
            "--allow-mismatch",
            help="Judge a video though its first frame shows another sample's image.",
        ),
    ] = False,
    forget_missing: Annotated[
        bool,
        typer.Option(
            "--forget-missing",
            help="Drop what the run knows of videos that are not there; else it is kept.",
        ),
    ] = False,
    retry_costly: Annotated[
        bool,
        typer.Option(
            "--retry-costly", help="Open files again that used up their time or memory before."
        ),
    ] = False,
    resamples: ResamplesOption = 10_000,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Judge and measure a folder of videos; without --judge, only measure them.

    If it is interrupted, the same command resumes it. Exits with 1 where a video that is there
    could not be scored, one that was scored is not there any more, an answer is an error, or the
    judge answered fewer than half of the questions put to it: no score that needs a judge is then
    available.
    """
    from contextlib import nullcontext

    from evaluators.cache import EvaluationCache, default_cache_path
    from evaluators.engines import StageTimer
    from evaluators.engines.worker_setup import MetricSelection
    from evaluators.judges.loading import refuse_questions
    from evaluators.metrics import EVERY_RUN, parse_weights
    from evaluators.scoring import ScoringOptions, score_submission
    from leaderboard.report import write_report
    from omiti2v import load_edition
    from omiti2v.cli.estimates import print_estimates
    from omiti2v.cli.judge_notes import notes_on
    from omiti2v.cli.tables import print_controls, print_judge_error, print_scores
    from omiti2v.definitions import FEW_SAMPLES
    from omiti2v.edition_versions import edition_label, old_version_note
    from omiti2v.errors import UserError
    from omiti2v.estimation.run_estimates import run_estimates
    from omiti2v.records import write_atomically
    from omiti2v.responses import cut_off_note, remarks
    from omiti2v.runs import RunPaths, read_run
    from omiti2v.submissions import read_submission
    from omiti2v.takes import by_sample

    if controls and judge is None:
        raise typer.BadParameter("--controls goes with --judge, which is not given")
    loaded = load_edition(edition)
    submission = read_submission(videos, loaded)
    if not len(loaded.samples) > len(submission.missing):
        if submission.strange_files:
            label = edition_label(loaded.name, loaded.fingerprint)
            problem = (
                f"none of its {submission.strange_files} video files is named after a sample of "
                f"edition {label}; give the right folder, or another --edition"
            )
        else:
            problem = "no video is in it; put the videos there, or give the right folder"
        raise UserError(f"{videos}: {problem}")
    named = [name.strip() for name in (metrics or "").split(",") if name.strip()]
    selection = MetricSelection(
        names=[*EVERY_RUN, *named],
        weights=parse_weights(weights or ()),
        device=judge.device if judge else None,
    )
    planned = planned_look(plan, look, loaded, limit=limit)
    drawn = planned.sample_ids if planned else _draw(limit, seed, loaded, submission, output)
    if judge:
        asked = by_sample(submission.videos).keys() & set(drawn or loaded.by_id)
        questions = [q.question for name in sorted(asked) for q in loaded.by_id[name].questions]
        refuse_questions(judge, questions)
    with (
        nullcontext()
        if no_cache
        else EvaluationCache(cache or default_cache_path(), warn=note) as opened,
        open_engine(
            engine, edition=loaded, judge=judge, metrics=selection, cache=opened
        ) as opened_engine,
    ):
        known = _calibration(calibration, opened_engine.judge)
        if judge is None:
            note("no --judge: metrics only, no answers")
        for line in notes_on(opened_engine.judge.identity if opened_engine.judge else {}, judge):
            note(line)
        options = ScoringOptions(
            sample_ids=drawn,
            plan=planned.stamp if planned else None,
            metrics=opened_engine.metrics,
            missing=missing,
            resamples=resamples,
            seed=seed,
            allow_mismatch=allow_mismatch,
            videos_at=videos_at,
            forget_missing=forget_missing,
            retry_costly=retry_costly,
        )
        timer = StageTimer()
        there = submission.by_sample
        total = sum(len(there.get(name, "-")) for name in options.sample_ids or loaded.by_id)
        with progress_bar(total, "Scoring") as advance:
            scores = score_submission(
                submission,
                loaded,
                output,
                judge=opened_engine,
                cache=opened,
                options=options,
                progress=lambda video_id: advance(),
                timer=timer,
                say=note,
            )
            checked = (
                _score_controls(submission, loaded, output, opened_engine, opened, options)
                if controls
                else None
            )
        usage = opened_engine.usage
    if known:
        write_atomically(RunPaths(output).calibration, known.model_dump_json(indent=2) + "\n")
    run = read_run(output)
    write_report([run], RunPaths(output).report)
    if as_json:
        print_json(scores)
    else:
        print_scores(run, scores)
        if checked:
            print_controls(checked)
        if known:
            print_judge_error(known)
        estimates = run_estimates(run)
        print_estimates(estimates.people, estimates.corrected)
        for line in estimates.notes:
            note(line)
        note(f"report: {RunPaths(output).report}")
    if old := old_version_note(loaded.fingerprint):
        note(f"{output}: {old}")
    if usage:
        note(str(usage))
    if run.responses and "judge" not in timer.drain():
        note("nobody was asked: all answers were in the run folder or in the cache")
    if scores.samples < FEW_SAMPLES:
        few = f"fewer than {FEW_SAMPLES}, so that intervals are wide"
        note(f"{counted(scores.samples, 'sample')} scored: {few}")
    codes = Counter(finding.code for finding in run.findings)
    if absent := codes["missing"]:
        rule = "counted 0" if missing == "zero" else "left out"
        note(f"{counted(absent, 'sample')} without a video, {rule}")
    if kept := codes["kept"]:
        note(f"{counted(kept, 'video')} not there, counted by what is known of them")
    if costly := codes["costly"]:
        note(f"{counted(costly, 'file')} used up time or memory; --retry-costly opens them again")
    if faulty := codes["facets"]:
        note(f"{counted(faulty, 'sample')} with faulty facets; `omiti2v check` says what is wrong")
    asked = {quantity.name for metric in options.metrics for quantity in metric.quantities}
    if others := sorted(run.info.metrics.keys() - asked):
        note(f"not measured this time, and kept: {', '.join(others)}")
    for finding in run.findings:
        if finding.code in ("extra", "unread", "uneven", "mixed-forms", "mixed-facets"):
            note(f"{finding.subject}: {finding.message}")
    for line in remarks(run.measurements):
        note(line)
    if cut := cut_off_note(run.responses):
        note(cut)
    failures = _failures(run)
    for line in failures[:20]:
        note(line)
    if len(failures) > 20:
        note(f"and {len(failures) - 20} more; see {RunPaths(output).report}")
    if scores.judge_unavailable and not failures:
        note(f"the first of these answers: {_first_reason(run)}")
    unavailable = any(one.judge_unavailable for one in (scores, *(checked or {}).values()))
    if failures or unavailable or codes["unread"] or kept:
        raise typer.Exit(1)


def _draw(
    limit: int | None, seed: int, edition: Edition, submission: Submission, output: Path
) -> tuple[str, ...] | None:
    """The samples to score; None for all. Those of a run that is gone on with stay, also where
    more videos came."""
    from omiti2v.editions import draw_samples
    from omiti2v.records import read_record
    from omiti2v.runs import RunInfo, RunPaths

    there = edition.by_id.keys() - set(submission.missing)
    drawn = draw_samples(edition, limit, seed=seed, among=there)
    if drawn is None or limit is None:
        return None
    path = RunPaths(output).info
    old = read_record(path, RunInfo) if path.is_file() else None
    if old and old.seed == seed and old.sample_ids and old.sample_ids != drawn:
        count = len(old.sample_ids)
        # With fewer than the limit it is the same command only where there were too few videos.
        smaller = draw_samples(edition, count, seed=seed)
        if count == limit or (count < limit and old.sample_ids != smaller):
            note(f"{output}: goes on with its {counted(count, 'sample')}, whatever came since")
            return old.sample_ids
    if len(there) < len(edition.samples):
        note(
            f"--limit {limit}: {counted(len(drawn), 'sample')} drawn from the {len(there)} with a "
            f"video, of {len(edition.samples)}"
        )
    return drawn


def _score_controls(
    submission: Submission,
    edition: Edition,
    output: Path,
    engine: Engine,
    cache: EvaluationCache | None,
    options: ScoringOptions,
) -> dict[Control, Scores]:
    from evaluators.controls import CONTROLS, score_controls

    wanted = set(options.sample_ids or edition.by_id)
    total = len(CONTROLS) * len(wanted & submission.by_sample.keys())
    with progress_bar(total, "Controls") as advance:
        return score_controls(
            submission,
            edition,
            output / "controls",
            judge=engine,
            cache=cache,
            options=options,
            progress=advance,
        )


def _calibration(path: Path | None, judge: JudgeInfo | None) -> Calibration | None:
    from omiti2v.calibration import read_calibration

    if path is None:
        return None
    if judge is None:
        raise typer.BadParameter("--calibration goes with --judge, which is not given")
    return read_calibration(path, fingerprint=judge.fingerprint)


def _first_reason(run: Run) -> str:
    """Why the first question without a yes or a no has none."""
    row = next(row for row in run.responses if row.answer not in ("yes", "no"))
    return f"{row.video_id}, {row.question_id}: {row.answer}, {row.reason}"


def _failures(run: Run) -> list[str]:
    """What was asked for and not done, a line each."""
    errors = {(row.video_id, row.reason) for row in run.responses if row.answer == "error"}
    unmeasured = {(row.video_id, row.reason) for row in run.measurements if row.value is None}
    return [f"{video}: {reason}" for video, reason in sorted(errors | unmeasured, key=str)]
