"""`omiti2v generate`: videos for an edition's samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from omiti2v.cli.check import EditionOption, JsonOption
from omiti2v.cli.console import note, print_json, progress_bar

Method = Literal["baseline", "alignvid", "blur", "still", "pan", "blank"]


def generate(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder of the videos; what is there is kept."),
    ],
    method: Annotated[
        Method,
        typer.Option(
            help="The model alone, with AlignVid, or on a blurred image; or a control without a "
            "model: the frozen image, a moving camera, black after the first frame."
        ),
    ],
    backbone: Annotated[
        str | None,
        typer.Option(
            help="wan2.1-i2v-14b-480p, framepack, framepack-f1, wan2.2-i2v-a14b, "
            "cogvideox-5b-i2v, tiny-wan (rendered shapes, on a CPU), the folder of a saved "
            "pipeline, or owner/name@revision on the hub."
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="Run a folder or hub repository as this preset, as framepack-f1."),
    ] = None,
    edition: EditionOption = "open",
    gamma: Annotated[
        float | None, typer.Option(help="Strength of AlignVid; 1.35 by default.")
    ] = None,
    alignvid: Annotated[
        Path | None,
        typer.Option(help="AlignVid settings as JSON, instead of those of the backbone."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many samples, drawn by --seed.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option(help="i/n: only part i of n, as 2/4 on the second of four.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Each sample's seed follows from it and the id.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Denoising steps.")] = None,
    guidance_scale: Annotated[
        float | None, typer.Option(help="Guidance scale, as the pipeline takes it.")
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=16, help="Height in pixels, with --width.")
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=16, help="Width in pixels, with --height.")
    ] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="Frames in each video.")] = None,
    fps: Annotated[int | None, typer.Option(min=1, help="Frames a second.")] = None,
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        typer.Option(help="dtype of the transformer; auto is bfloat16, and float32 on a CPU."),
    ] = "auto",
    device: Annotated[
        str | None, typer.Option(help="Device, as cuda:1; this process's GPU if not given.")
    ] = None,
    offload: Annotated[
        Literal["none", "model", "group"],
        typer.Option(help="What waits in main memory: nothing, idle models, or idle layers."),
    ] = "none",
    as_json: JsonOption = False,
) -> None:
    """Make a video for each sample, with a record of where it comes from.

    Without further options Wan2.1 and FramePack run with the settings of AlignVid's authors, other
    models with their publishers'. Interrupted at any point, the same command resumes where it
    stopped. Under `accelerate launch` each process makes its share. Exits with 1 where a video
    could not be made.
    """
    import os

    from alignvid_ref.generation.plan import plan_control, plan_model
    from alignvid_ref.generation.produce import Job, produce
    from alignvid_ref.generation.resolve import Choices
    from alignvid_ref.generation.shares import WHOLE, parse_shard, process_share
    from omiti2v import load_edition
    from omiti2v.editions import draw_samples

    if method != "alignvid" and not (gamma is None and alignvid is None):
        raise typer.BadParameter("--gamma and --alignvid are for --method alignvid")
    process = process_share(os.environ)
    share = (parse_shard(shard) if shard else WHOLE).split(process.index, process.count)
    loaded = load_edition(edition)
    choices = Choices(
        seed=seed,
        height=height,
        width=width,
        frames=frames,
        fps=fps,
        steps=steps,
        guidance_scale=guidance_scale,
    )
    if method == "still" or method == "pan" or method == "blank":
        plan = plan_control(method, choices, backbone=backbone, preset=preset)
    elif backbone is None:
        raise typer.BadParameter(f"--method {method} needs a --backbone")
    else:
        plan = plan_model(
            method,
            choices,
            backbone=backbone,
            preset=preset,
            gamma=gamma,
            alignvid=alignvid,
            dtype=dtype,
            device=device,
            offload=offload,
        )
    sample_ids = draw_samples(loaded, limit, seed=plan.settings.seed) or [
        s.id for s in loaded.samples
    ]
    job = Job(loaded, sample_ids, output, plan.settings, multiple=plan.multiple, share=share)
    with progress_bar(len(share.of(sample_ids)), f"Generating {share}") as advance:
        report = produce(job, plan.load_maker, device=plan.device, progress=advance)
    if as_json:
        print_json(report)
    else:
        note(
            f"{output}: {report.made} videos made, {report.kept} were there, "
            f"{len(report.failures)} failed"
        )
    for failure in report.failures[:20]:
        note(f"{failure.sample_id}: {failure.reason}")
    if len(report.failures) > 20:
        note(f"and {len(report.failures) - 20} more; --json names them all")
    if report.failures:
        raise typer.Exit(1)
