"""`omiti2v score`: from a folder of videos to scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from omiti2v.cli.check import EditionOption, JsonOption, VideosArgument
from omiti2v.cli.console import note, print_json, progress_bar

if TYPE_CHECKING:
    from omiti2v.editions import Edition
    from omiti2v.runs import Run

MissingOption = Annotated[
    Literal["zero", "drop"],
    typer.Option(help="What a sample without a video counts: zero, or nothing (the paper's way)."),
]
ResamplesOption = Annotated[int, typer.Option(min=100, max=1_000_000, help="Bootstrap resamples.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the bootstrap and of --limit.")]

JudgeOption = Annotated[
    str | None,
    typer.Option(
        help="tiny, a model folder, or owner/name@revision on the hub. Without: metrics only."
    ),
]
ProtocolOption = Annotated[
    Literal["fast", "paper"],
    typer.Option(
        help="fast: the video once, answers from the scores of the first token. paper: one "
        "question a call, a written answer, as the authors' evaluator."
    ),
]
ParsingOption = Annotated[
    Literal["paper", "strict"] | None,
    typer.Option(help="Rules by which --protocol paper reads an answer; the paper's if not given."),
]
FpsOption = Annotated[
    float | None, typer.Option(help="Frames a second that the judge sees; else the protocol's.")
]
FramesOption = Annotated[
    int | None, typer.Option(min=1, help="Frames a video that the judge sees, in place of --fps.")
]
MaxPixelsOption = Annotated[
    int | None,
    typer.Option(min=1, help="Largest number of pixels of a frame; else the protocol's."),
]
DtypeOption = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"] | None,
    typer.Option(help="Of the judge; as its weights are stored if not given."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(help="Of the judge, as cuda:0, or auto to spread it; chosen if not given."),
]
AttentionOption = Annotated[
    Literal["eager", "sdpa", "flash_attention_2"] | None,
    typer.Option(help="How the judge computes attention; sdpa if not given."),
]
QuantisationOption = Annotated[
    Literal["int8", "nf4"] | None,
    typer.Option(help="Load the judge's weights in fewer bits, by bitsandbytes."),
]


def score(
    videos: VideosArgument,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Run folder; a run that is there is gone on with."),
    ],
    edition: EditionOption = "open",
    judge: JudgeOption = None,
    protocol: ProtocolOption = "fast",
    parsing: ParsingOption = None,
    fps: FpsOption = None,
    frames: FramesOption = None,
    max_pixels: MaxPixelsOption = None,
    dtype: DtypeOption = None,
    device: DeviceOption = None,
    attention: AttentionOption = None,
    quantisation: QuantisationOption = None,
    cache: Annotated[
        Path | None, typer.Option(help="Evaluation cache; else $OMITI2V_CACHE or the user's.")
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither read nor write it.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Score only so many samples, drawn by --seed.")
    ] = None,
    missing: MissingOption = "zero",
    allow_mismatch: Annotated[
        bool,
        typer.Option(
            "--allow-mismatch",
            help="Judge a video though its first frame shows another sample's image.",
        ),
    ] = False,
    resamples: ResamplesOption = 10_000,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Judge and measure a folder of videos.

    Interrupted at any point, the same command goes on where it stopped. Exits with 1 where a video
    that is there could not be scored or an answer is an error.
    """
    from contextlib import nullcontext

    from evaluators.cache import EvaluationCache, default_cache_path
    from evaluators.judges import Metered, load_judge
    from evaluators.judges.protocols import frame_rule_for
    from evaluators.scoring import ScoringOptions, score_submission
    from leaderboard.report import write_report
    from omiti2v import load_edition
    from omiti2v.cli.tables import print_scores
    from omiti2v.errors import UserError
    from omiti2v.runs import RunPaths, read_run
    from omiti2v.submissions import read_submission

    loaded = load_edition(edition)
    submission = read_submission(videos, loaded)
    if not len(loaded.samples) > len(submission.missing):
        raise UserError(
            f"{videos}: none of its {len(submission.extra)} video files is named after a sample of "
            f"edition {loaded.name}; give the right folder, or another --edition"
        )
    if fps is not None and frames is not None:
        raise typer.BadParameter("--fps and --frames exclude each other")
    wanted = {
        "protocol": protocol,
        "parsing": parsing,
        "frame_rule": frame_rule_for(protocol, fps=fps, frames=frames),
        "max_pixels": max_pixels,
        "dtype": dtype,
        "device": device,
        "attention": attention,
        "quantisation": quantisation,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    if judge is None and (unused := sorted(given.items() - {("protocol", "fast")})):
        option = unused[0][0].replace("_", "-").replace("frame-rule", "fps or --frames")
        raise typer.BadParameter(f"--{option} goes with --judge, which is not given")
    loaded_judge = load_judge(judge, **given) if judge else None
    if loaded_judge is None:
        note("no --judge: metrics only, no answers")
    options = ScoringOptions(
        sample_ids=_limited(loaded, limit, seed),
        missing=missing,
        resamples=resamples,
        seed=seed,
        allow_mismatch=allow_mismatch,
    )
    total = len(options.sample_ids or loaded.samples)
    store = nullcontext() if no_cache else EvaluationCache(cache or default_cache_path())
    with store as opened, progress_bar(total, "Scoring") as advance:
        scores = score_submission(
            submission,
            loaded,
            output,
            judge=loaded_judge,
            cache=opened,
            options=options,
            progress=lambda sample_id: advance(),
        )
    run = read_run(output)
    write_report([run], RunPaths(output).report)
    if as_json:
        print_json(scores)
    else:
        print_scores(run, scores)
        note(f"report: {RunPaths(output).report}")
    if isinstance(loaded_judge, Metered):
        note(str(loaded_judge.usage))
    absent = [finding for finding in run.findings if finding.code == "missing"]
    if absent:
        rule = "count 0" if missing == "zero" else "are left out"
        note(f"{len(absent)} samples have no video and {rule}")
    for finding in run.findings:
        if finding.code == "extra":
            note(f"{finding.subject}: {finding.message}")
    failures = _failures(run)
    for line in failures[:20]:
        note(line)
    if len(failures) > 20:
        note(f"and {len(failures) - 20} more; see {RunPaths(output).report}")
    if failures:
        raise typer.Exit(1)


def _limited(edition: Edition, limit: int | None, seed: int) -> tuple[str, ...] | None:
    """A random choice of samples, so that a trial run sees every category."""
    import random

    if limit is None or limit >= len(edition.samples):
        return None
    ids = [sample.id for sample in edition.samples]
    return tuple(sorted(random.Random(seed).sample(ids, limit)))  # noqa: S311 (no secret)


def _failures(run: Run) -> list[str]:
    """What was asked for and not done, a line each."""
    errors = {(row.sample_id, row.reason) for row in run.responses if row.answer == "error"}
    unmeasured = {(row.sample_id, row.reason) for row in run.measurements if row.value is None}
    return [f"{sample_id}: {reason}" for sample_id, reason in sorted(errors | unmeasured, key=str)]
