"""The command: makes what is missing, clips on several processes; resumes where it was stopped."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
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

from alignvid_ref.baselines.blurred_image import blurred
from alignvid_ref.generation.resolve import find_model
from alignvid_ref.generation.seeds import sample_seed
from evaluators.judges import Judge
from evaluators.tiny.judge import tiny_judge
from evaluators.world import Scene, make_scenes, render_frames, render_reference
from evaluators.world.vocabulary import KINDS
from lab.tiny_wan import attention
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.experiment import results, settings
from lab.tiny_wan.experiment.scoring import score_clip
from lab.tiny_wan.experiment.settings import BACKBONE, STEPS, Setting
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
    def inputs(self) -> list[Inputs]:
        """Inputs with the images as they are, and with blurred images."""
        sharp = [render_reference(scene.stage) for scene in self.scenes]
        soft = [np.asarray(blurred(PIL.Image.fromarray(picture))) for picture in sharp]
        prompts = [scene.sample.prompt for scene in self.scenes]
        return [encode_inputs(self.pipe, np.stack(some), prompts) for some in (sharp, soft)]

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
            method=setting.method,
        )
        return decode_clips(self.pipe, latents)


@lru_cache(maxsize=1)
def load_setup(model: Path, samples: int) -> ExperimentSetup:
    """Load all that a process needs, once; it uses one thread."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    scenes = make_scenes(samples, seed=SEED, settings=SETTINGS)
    return ExperimentSetup(load_pipeline(model), tiny_judge(), scenes)


def write_clips(setup: ExperimentSetup, setting: Setting, seed: int, path: Path) -> None:
    """Make and score the clips of a setting and seed, and write their table."""
    made = zip(setup.scenes, setup.clips(setting, seed), strict=True)
    rows = pd.DataFrame([score_clip(setup.judge, scene, clip) for scene, clip in made])
    write_atomically(path, rows.to_csv(index=False, float_format="%.4g", lineterminator="\n"))


def draw_examples(setup: ExperimentSetup, path: Path) -> None:
    """Draw the first scenes of each kind: the model alone, and under it gamma 1.35."""
    some = ExperimentSetup(setup.pipe, setup.judge, setup.scenes[: EXAMPLE_ROUNDS * len(KINDS)])
    by_name = {setting.name: setting for setting in settings.fixed_settings()}
    made = (some.clips(by_name[name], 0) for name in (settings.BASELINE, settings.DEFAULT))
    rows = []
    for scene, alone, treated in zip(some.scenes, *made, strict=True):
        rows += [(scene.sample.prompt, alone), ("", treated)]
    # The world has few colours: a palette takes a third of the bytes.
    draw_sheet(rows).quantize(256).save(path, optimize=True)


def missing_tables(
    out: Path, wanted: Sequence[Setting], *, seeds: int
) -> list[tuple[Setting, int, Path]]:
    """The tables of clips that are not there yet, seed by seed; a control has no noise."""
    return [
        (setting, seed, path)
        for seed in range(seeds)
        for setting in wanted
        if seed < setting.seeds and (setting.behaviour is None or not seed)
        if not (path := results.clips_path(out, setting.name, seed)).exists()
    ]


def _write_missing(model: Path, samples: int, missing: tuple[Setting, int, Path]) -> Path:
    write_clips(load_setup(model, samples), *missing)
    return missing[-1]


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
        stamp = results.Stamp(
            model=found.revision, world_seed=SEED, samples=options.samples, steps=STEPS
        )
        results.claim(out, stamp)
    except UserError as error:
        raise SystemExit(f"error: {error}") from None
    setup = load_setup(found.folder, options.samples)
    config = settings.default_config()
    if not (path := out / results.BLOCKS).exists():
        attention.measure_blocks(setup.pipe, path, config=config, steps=STEPS)
    missing = missing_tables(out, results.read_settings(path), seeds=options.seeds)
    logger.info("%d tables of clips are to be made", len(missing))
    # Spawned, since a fork of a process that has run torch may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, mp_context=context) as pool:
        write = partial(_write_missing, found.folder, options.samples)
        for path in pool.map(write, missing):
            logger.info("%s", path)
    if not (path := out / results.ATTENTION).exists():
        attention.measure_attention(
            setup.pipe, path, config=config, gammas=settings.GAMMAS, steps=STEPS
        )
    if not (path := out / "examples.png").exists():
        draw_examples(setup, path)
