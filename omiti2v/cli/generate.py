"""`omiti2v generate`: videos for an edition's samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from omiti2v.cli.check import EditionOption, JsonOption
from omiti2v.cli.console import note, print_json, progress_bar
from omiti2v.cli.plan_options import LookOption, PlanOption, planned_look
from omiti2v.plurals import counted

Method = Literal[
    "baseline", "alignvid", "guidance", "blur", "alg", "dymos", "still", "pan", "blank"
]
Scheduler = Literal["own", "unipc-bh1", "unipc-bh2", "euler", "dpm++"]


def generate(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder of the videos; what is there is kept."),
    ],
    method: Annotated[
        Method,
        typer.Option(
            help="The model alone, with AlignVid, guidance, ALG or DyMoS, or on a blurred image "
            "(alignvid_ref/README.md); or a control without a model: the frozen image, a moving "
            "camera, black after the first frame."
        ),
    ],
    backbone: Annotated[
        str | None,
        typer.Option(
            help="A name of `omiti2v backbone list`, e.g. wan2.1-i2v-14b-480p or tiny-wan "
            "(rendered shapes, on a CPU); module:name of your own; the folder of a saved pipeline; "
            "or owner/name@revision on the hub."
        ),
    ] = None,
    run_as: Annotated[
        str | None,
        typer.Option(
            "--run-as",
            "--preset",
            help="Run a folder or hub repository with the settings of this backbone, as "
            "framepack-f1.",
        ),
    ] = None,
    edition: EditionOption = "open",
    gamma: Annotated[
        float | None, typer.Option(help="Strength of AlignVid; 1.35 by default.")
    ] = None,
    alignvid: Annotated[
        Path | None,
        typer.Option(help="AlignVid settings as JSON, instead of those of the backbone."),
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="Strength of DyMoS; 0.6 by default.")
    ] = None,
    guider: Annotated[
        Literal["cfg", "apg", "cfg-zero-star"] | None,
        typer.Option(
            help="Guidance of --method guidance, at --guidance-scale over 1: two passes of the "
            "transformer a step, where the model at scale 1 takes one."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Only so many samples, drawn by --seed or the first of --seeds."),
    ] = None,
    plan_file: PlanOption = None,
    look: LookOption = None,
    shard: Annotated[
        str | None,
        typer.Option(help="i/n: only shard i of n, e.g. 2/4 on the second machine of four."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Each sample's seed follows from it and the id.")
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            help="Several videos of each sample, as 0,1,2, instead of --seed; they are called "
            "<id>/<seed>.mp4. With more seeds the same command makes only the new ones."
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Denoising steps.")] = None,
    guidance_scale: Annotated[
        float | None, typer.Option(help="Guidance scale, as the pipeline takes it.")
    ] = None,
    negative_prompt: Annotated[
        str | None, typer.Option(help="What guidance leads away from; needs guidance over 1.")
    ] = None,
    scheduler: Annotated[
        Scheduler | None,
        typer.Option(help="Another scheduler of flow matching than the backbone's settings name."),
    ] = None,
    flow_shift: Annotated[
        float | None,
        typer.Option(help="Shift of the scheduler's noise levels; higher is more steps in noise."),
    ] = None,
    lora: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|OWNER/NAME@REVISION[:WEIGHT]",
            help="A LoRA on the transformer, as safetensors; its weight is 1 if not given.",
        ),
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=16, help="Height in pixels, with --width.")
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=16, help="Width in pixels, with --height.")
    ] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="Frames in each video.")] = None,
    fps: Annotated[int | None, typer.Option(min=1, help="Frames per second.")] = None,
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="dtype of the transformer; auto is bfloat16, and float32 on a CPU."),
    ] = "auto",
    device: Annotated[
        str | None, typer.Option(help="Device, e.g. cuda:1; this process's GPU if not given.")
    ] = None,
    offload: Annotated[
        Literal["none", "model", "group"],
        typer.Option(help="What waits in main memory: nothing, idle models, or idle layers."),
    ] = "none",
    as_json: JsonOption = False,
) -> None:
    """Make a video of each sample, or one of each seed, with a record of where it comes from.

    Without further options Wan2.1 and FramePack run with the settings of AlignVid's authors, other
    models with their publishers'. What it will do and take is told before the first video.
    Interrupted at any point, the same command resumes where it stopped. Under `accelerate launch`
    each process makes its shard. Exits with 1 where a video could not be made; after three in a row
    that failed alike no more are tried.
    """
    import os

    from alignvid_ref.generation.generate import Job, generate_videos
    from alignvid_ref.generation.plan import plan_control, plan_model
    from alignvid_ref.generation.resolve import Choices
    from alignvid_ref.generation.seeds import parse_seeds
    from alignvid_ref.generation.shards import WHOLE, parse_shard, process_shard
    from omiti2v import load_edition
    from omiti2v.editions import draw_samples

    if seed is not None and seeds is not None:
        raise typer.BadParameter("give --seed or --seeds, not both", param_hint="--seeds")
    several = parse_seeds(seeds) if seeds is not None else ()
    if method != "alignvid" and not (gamma is None and alignvid is None):
        raise typer.BadParameter("--gamma and --alignvid are for --method alignvid")
    if method != "dymos" and strength is not None:
        raise typer.BadParameter("--strength is for --method dymos")
    if (method == "guidance") != (guider is not None):
        raise typer.BadParameter("--method guidance and --guider go together")
    process = process_shard(os.environ)
    part = (parse_shard(shard) if shard else WHOLE).split(process.index, process.count)
    loaded = load_edition(edition)
    planned = planned_look(plan_file, look, loaded, limit=limit)
    if planned and planned.plan.takes > 1:
        if several or seed is not None:
            raise typer.BadParameter("--seed and --seeds don't go with a plan of several takes")
        several = planned.plan.seeds
    choices = Choices(
        seed=several[0] if several else seed,
        height=height,
        width=width,
        frames=frames,
        fps=fps,
        steps=steps,
        guidance_scale=guidance_scale,
        solver=scheduler,
        flow_shift=flow_shift,
        negative_prompt=negative_prompt,
    )
    if method == "still" or method == "pan" or method == "blank":
        if any(value is not None for value in (negative_prompt, scheduler, flow_shift, lora)):
            raise typer.BadParameter(
                "--negative-prompt, --scheduler, --flow-shift and --lora are for models, and "
                f"--method {method} needs none"
            )
        plan = plan_control(method, choices, backbone=run_as or backbone)
    elif backbone is None:
        raise typer.BadParameter(f"--method {method} needs a --backbone")
    else:
        plan = plan_model(
            method,
            choices,
            backbone=backbone,
            run_as=run_as,
            gamma=gamma,
            alignvid=alignvid,
            strength=strength,
            guider=guider or "cfg",
            dtype=dtype,
            device=device,
            offload=offload,
            lora=lora,
        )
    if planned:
        # In the plan's order, so that a shard of a look is a part of its shard of the next.
        sample_ids = planned.in_order
    else:
        drawn = draw_samples(loaded, limit, seed=plan.settings.seed)
        sample_ids = drawn or tuple(loaded.by_id)
    job = Job(loaded, sample_ids, output, plan, seeds=several, shard=part)
    with progress_bar(len(job.share), f"Generating {part}") as advance:
        report = generate_videos(
            job, progress=advance, tell=(lambda line: None) if as_json else note
        )
    if as_json:
        print_json(report)
    else:
        note(
            f"{output}: {report.made} videos made, {report.kept} were there, "
            f"{len(report.failures)} failed"
        )
    if report.stopped is not None:
        note(f"ended early: {report.stopped}")
        note(f"{counted(report.untried, 'video')} not tried; the same command resumes")
    for failure in report.failures[:20]:
        note(f"{failure.video_id}: {failure.reason}")
    if len(report.failures) > 20:
        note(f"and {len(report.failures) - 20} more; --json names them all")
    if report.failures:
        raise typer.Exit(1)
