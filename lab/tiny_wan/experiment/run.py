"""The command: makes what is missing on several processes, and resumes where it was stopped."""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import PIL.Image
import torch
from numpy.typing import NDArray

from alignvid_ref.generation.image_fit import blurred
from alignvid_ref.generation.resolve import find_model
from alignvid_ref.generation.seeds import sample_seed
from evaluators.judges import Judge
from evaluators.tiny.judge import tiny_judge
from evaluators.world import Scene, make_scenes, render_frames, render_reference
from evaluators.world.vocabulary import KINDS
from lab.tiny_wan import attention
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.experiment import results
from lab.tiny_wan.experiment.scoring import score_clip
from lab.tiny_wan.experiment.settings import (
    BACKBONE,
    BASELINE,
    DEFAULT,
    GAMMAS,
    STEPS,
    Setting,
    default_config,
    fixed_settings,
    measured_setting,
)
from lab.tiny_wan.measure import reconstruct
from lab.tiny_wan.parts import load_pipeline
from lab.tiny_wan.sampling import Inputs, decode_clips, encode_inputs, make_latents
from lab.tiny_wan.sheet import draw_sheet
from omiti2v.errors import UserError
from omiti2v.records import write_atomically

logger = logging.getLogger(__name__)

SEED = 50_000_000
"""Seed of the world's scenes; no training sees it."""

EXAMPLE_ROUNDS = 2


@dataclass(frozen=True)
class ExperimentSetup:
    """What a process holds: the tiny Wan, the tiny judge and the scenes in their order."""

    pipe: Any
    judge: Judge
    scenes: list[Scene]

    @cached_property
    def inputs(self) -> tuple[Inputs, Inputs]:
        """Inputs with the images as they are, and with blurred images."""
        sharp = [render_reference(scene.stage) for scene in self.scenes]
        soft = [np.asarray(blurred(PIL.Image.fromarray(picture))) for picture in sharp]
        prompts = [scene.sample.prompt for scene in self.scenes]
        as_is, without_detail = (
            encode_inputs(self.pipe, np.stack(pictures), prompts) for pictures in (sharp, soft)
        )
        return as_is, without_detail

    def clips(self, setting: Setting, seed: int) -> NDArray[np.uint8]:
        """The clips of all scenes, shape (scenes, 9, 64, 64, 3)."""
        if setting.behaviour is not None:
            shown = [render_frames(scene.stage, setting.behaviour) for scene in self.scenes]
            return reconstruct(self.pipe.vae, np.stack(shown))
        latents = make_latents(
            self.pipe,
            self.inputs[setting.blurred],
            # As `omiti2v generate` draws them.
            [sample_seed(seed, scene.sample.id) for scene in self.scenes],
            steps=setting.steps,
            guidance_scale=setting.guidance_scale,
            config=setting.config,
        )
        return decode_clips(self.pipe, latents)


Make = Callable[[ExperimentSetup, Path], None]
"""Makes one file of the results."""


@lru_cache(maxsize=1)
def load_setup(model: Path, samples: int) -> ExperimentSetup:
    """Load all that a process needs, once; it uses one thread.

    Args:
        model: Folder of the pipeline.
        samples: Number of scenes.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    scenes = make_scenes(samples, seed=SEED, settings=SETTINGS)
    return ExperimentSetup(load_pipeline(model), tiny_judge(), scenes)


def make_clips(setting: Setting, seed: int, setup: ExperimentSetup, path: Path) -> None:
    """Make and score the clips of a setting and seed, and write their table."""
    made = zip(setup.scenes, setup.clips(setting, seed), strict=True)
    rows = pd.DataFrame([score_clip(setup.judge, scene, clip) for scene, clip in made])
    write_atomically(path, rows.to_csv(index=False, float_format="%.4g", lineterminator="\n"))


def make_blocks(setup: ExperimentSetup, path: Path) -> None:
    """Measure which blocks look at the objects."""
    attention.measure_blocks(setup.pipe, path, config=default_config(), steps=STEPS)


def make_attention(setup: ExperimentSetup, path: Path) -> None:
    """Measure what gamma does to the attention."""
    config = default_config()
    attention.measure_attention(setup.pipe, path, config=config, gammas=GAMMAS, steps=STEPS)


def make_examples(setup: ExperimentSetup, path: Path) -> None:
    """Draw the first scenes of each kind: the model alone, and under it gamma 1.35."""
    some = ExperimentSetup(setup.pipe, setup.judge, setup.scenes[: EXAMPLE_ROUNDS * len(KINDS)])
    settings = {setting.name: setting for setting in fixed_settings()}
    alone, treated = (some.clips(settings[name], 0) for name in (BASELINE, DEFAULT))
    rows = []
    for number, scene in enumerate(some.scenes):
        rows += [(scene.sample.prompt, alone[number]), ("", treated[number])]
    # The world has few colours: a palette takes a third of the bytes.
    draw_sheet(rows).quantize(256).save(path, optimize=True)


def plan(out: Path, settings: list[Setting], *, seeds: int) -> dict[Path, Make]:
    """The tables of clips that there are to be, seed by seed; a control has no noise."""
    return {
        results.clips_path(out, setting.name, seed): partial(make_clips, setting, seed)
        for seed in range(seeds)
        for setting in settings
        if setting.behaviour is None or not seed
    }


def make_missing(parts: Mapping[Path, Make], *, model: Path, samples: int, processes: int) -> None:
    """Make the files that are not there yet, each in one of some processes."""
    missing = {path: make for path, make in parts.items() if not path.exists()}
    logger.info("%d of %d parts are to be made", len(missing), len(parts))
    # Spawned, since a fork of a process that has run torch may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        at_work = [pool.submit(_make, model, samples, *part) for part in missing.items()]
        try:
            for future in as_completed(at_work):
                logger.info("%s", future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _make(model: Path, samples: int, path: Path, make: Make) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    make(load_setup(model, samples), path)
    return path


def main() -> None:
    """Parse the command line and run the experiment."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.tiny_wan.experiment",
        description="AlignVid on the tiny Wan: all settings, scored. The same command resumes "
        "where it was stopped.",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--model", help="folder of the pipeline; default the packaged one")
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3, help="clips of each sample and setting")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    out: Path = options.out
    try:
        run_as = BACKBONE.name if options.model else None
        found = find_model(options.model or BACKBONE.name, run_as=run_as)
        if found.folder is None:
            raise UserError(f"{BACKBONE.name}: expected a folder")
        results.claim(
            out,
            results.Stamp(
                model=found.revision, world_seed=SEED, samples=options.samples, steps=STEPS
            ),
        )
    except UserError as error:
        raise SystemExit(f"error: {error}") from None
    make = partial(
        make_missing,
        model=found.folder,
        samples=options.samples,
        processes=options.processes,
    )
    make({out / results.BLOCKS: make_blocks})
    measured = measured_setting(json.loads((out / results.BLOCKS).read_bytes())["blocks"])
    rest: dict[Path, Make] = {
        out / results.EXAMPLES: make_examples,
        out / results.ATTENTION: make_attention,
    }
    make(plan(out, [*fixed_settings(), measured], seeds=options.seeds) | rest)
