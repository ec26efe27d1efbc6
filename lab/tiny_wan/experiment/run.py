"""The command: plan, make what is missing on several processes, go on where it was stopped."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alignvid_ref.generation.resolve import find_model
from lab.tiny_wan.experiment import work
from lab.tiny_wan.experiment.settings import (
    BACKBONE,
    BASELINE,
    DEFAULT,
    MEASURED,
    STEPS,
    Setting,
    fixed_settings,
)
from omiti2v.errors import UserError
from omiti2v.records import Record, read_record, write_atomically

logger = logging.getLogger(__name__)

STAMP, CLIPS = "experiment.json", "clips"
# Of one process for one clip with 12 steps; what the plan's estimate comes from.
SECONDS_A_CLIP = 0.25
DENOISING_SHARE = 0.3
SECONDS_OF_THE_REST = 240


class Stamp(Record):
    """What the results in a folder are of. Those of another model are never added to them.

    Attributes:
        model: Digest of the pipeline's files.
        world_seed: Of the scenes.
        samples: Number of scenes.
        steps: Of the solver.
    """

    model: str
    world_seed: int
    samples: int
    steps: int


@dataclass(frozen=True)
class Job:
    """Something that one process makes.

    Attributes:
        path: The file that is there when it is done.
        make: Makes it.
        seconds: About what it takes.
        after: A file that has to be there before.
    """

    path: Path
    make: Callable[[], None]
    seconds: float
    after: Path | None = None


def clips_path(out: Path, setting: str, seed: int) -> Path:
    """Where the rows of a setting and seed are."""
    return out / CLIPS / setting / f"seed-{seed}.csv"


def plan(out: Path, *, model: Path, samples: int, seeds: int, variant_seeds: int) -> list[Job]:
    """All that is to be made, the most wanted first.

    Args:
        out: Folder of the results.
        model: Folder of the pipeline.
        samples: Number of scenes.
        seeds: Of the main settings.
        variant_seeds: Of the others but the controls, which have no noise.
    """
    settings = fixed_settings()
    counts = {"control": 1, "main": seeds, "variant": variant_seeds}

    def units(group: str) -> list[Job]:
        """Seed by seed, so that a run that is cut short has something of each setting."""
        return [
            Job(
                path := clips_path(out, setting.name, seed),
                partial(work.make_unit, model, samples, setting, seed, path),
                samples * SECONDS_A_CLIP * _cost(setting),
            )
            for seed in range(counts[group])
            for setting in settings
            if setting.group == group
        ]

    blocks, attention, examples = (
        out / name for name in (work.BLOCKS, work.ATTENTION, work.EXAMPLES)
    )
    shown = tuple(one for one in settings if one.name in (BASELINE, DEFAULT))
    rest = SECONDS_OF_THE_REST / 3
    return [
        Job(blocks, partial(work.make_blocks, model, samples, blocks), rest),
        *units("main"),
        *units("control"),
        Job(examples, partial(work.make_examples, model, samples, shown, examples), rest),
        Job(attention, partial(work.make_attention, model, samples, attention), rest),
        *units("variant"),
        *(
            Job(
                path := clips_path(out, MEASURED, seed),
                partial(work.make_measured_unit, model, samples, blocks, seed, path),
                samples * SECONDS_A_CLIP,
                after=blocks,
            )
            for seed in range(variant_seeds)
        ),
    ]


def _cost(setting: Setting) -> float:
    """Of a clip, as a multiple of one of the model alone."""
    if setting.behaviour is not None:
        return 1.0
    reads_logits = setting.config is not None and setting.config.modulation != "scalar"
    passes = setting.steps / STEPS * (2 if setting.guidance_scale > 1 or reads_logits else 1)
    return 1 + DENOISING_SHARE * (passes - 1)


def run(jobs: Sequence[Job], *, processes: int, minutes: float | None = None) -> int:
    """Make what is missing.

    Args:
        jobs: From `plan`.
        processes: At work at the same time, each on one thread.
        minutes: No job is begun later than this; None for no bound.

    Returns:
        How many jobs are left undone.
    """
    missing = [job for job in jobs if not job.path.exists()]
    logger.info(
        "%d of %d parts are to be made: about %.0f minutes on %d free cores",
        len(missing),
        len(jobs),
        sum(job.seconds for job in missing) / processes / 60,
        processes,
    )
    began = time.monotonic()
    running: dict[Future[None], Job] = {}
    # Spawned, since a fork of a process that has run torch may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for number, job in enumerate(missing):
            while len(running) == processes or (job.after and not job.after.exists() and running):
                _finish_one(running, began)
            if minutes is not None and time.monotonic() - began > 60 * minutes:
                logger.info("time is up: %d parts are left", len(missing) - number)
                break
            running[pool.submit(job.make)] = job
        while running:
            _finish_one(running, began)
    return sum(not job.path.exists() for job in jobs)


def _finish_one(running: dict[Future[None], Job], began: float) -> None:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        job = running.pop(future)
        future.result()
        logger.info("%5.0f s  %s", time.monotonic() - began, job.path)


def claim(out: Path, stamp: Stamp) -> None:
    """Write what the folder's results are of, or check that they are of the same.

    Raises:
        UserError: They are of something else.
    """
    path = out / STAMP
    if path.exists():
        there = read_record(path, Stamp)
        if there != stamp:
            raise UserError(
                f"{path}: the results there are of {there.samples} samples, {there.steps} steps "
                f"and model {there.model[:12]}, asked for are {stamp.samples}, {stamp.steps} and "
                f"{stamp.model[:12]}; give another --out"
            )
        return
    write_atomically(path, stamp.model_dump_json(indent=1) + "\n")


def main() -> None:
    """Parse the command line and run the experiment."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.tiny_wan.experiment",
        description="AlignVid on the tiny Wan: all settings, scored. The same command goes on "
        "where it was stopped.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--model", type=Path, help="folder of the pipeline; default the package's")
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3, help="of the main settings")
    parser.add_argument("--variant-seeds", type=int, default=3, help="of the others")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, help="begin nothing later than this")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        if options.model:
            found = find_model(str(options.model), run_as=BACKBONE.name)
        else:
            found = find_model(BACKBONE.name)
        if found.folder is None:
            raise UserError(f"{BACKBONE.name}: expected a folder")
        claim(
            options.out,
            Stamp(
                model=found.revision,
                world_seed=work.SEED,
                samples=options.samples,
                steps=STEPS,
            ),
        )
        jobs = plan(
            options.out,
            model=found.folder,
            samples=options.samples,
            seeds=options.seeds,
            variant_seeds=options.variant_seeds,
        )
        left = run(jobs, processes=options.processes, minutes=options.minutes)
    except UserError as error:
        raise SystemExit(f"error: {error}") from None
    if left:
        raise SystemExit(f"{left} parts are left: give the same command again")
