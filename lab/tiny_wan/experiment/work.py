"""One process of the experiment: it holds the model, the judge and the scenes, and makes units."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray

from alignvid_ref.generation.image_fit import blurred
from alignvid_ref.generation.seeds import sample_seed
from evaluators.judges import Judge
from evaluators.tiny.judge import tiny_judge
from evaluators.world import Scene, make_scenes, render_frames, render_reference
from evaluators.world.vocabulary import KINDS
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.experiment import attention
from lab.tiny_wan.experiment.rows import Row, write_rows
from lab.tiny_wan.experiment.sampling import Inputs, encode_inputs, make_clips
from lab.tiny_wan.experiment.scoring import score_clip
from lab.tiny_wan.experiment.settings import (
    GAMMAS,
    STEPS,
    Setting,
    default_config,
    measured_setting,
)
from lab.tiny_wan.measure import reconstruct
from lab.tiny_wan.parts import load_pipeline
from lab.tiny_wan.sheet import draw_sheet

SEED = 50_000_000
"""Of the world's scenes; no training sees it."""

BLOCKS, ATTENTION, EXAMPLES = "blocks.json", "attention.csv", "examples.png"
EXAMPLE_ROUNDS = 2


@dataclass(frozen=True)
class Worker:
    """Everything that a unit of work needs.

    Attributes:
        pipe: The tiny Wan.
        judge: The tiny judge.
        scenes: In their order.
    """

    pipe: Any
    judge: Judge
    scenes: list[Scene]

    @cached_property
    def pictures(self) -> NDArray[np.uint8]:
        """Reference images, shape (scenes, 64, 64, 3)."""
        return np.stack([render_reference(scene.stage) for scene in self.scenes])

    @cached_property
    def sharp(self) -> Inputs:
        """Inputs with the images as they are."""
        return self._inputs(self.pictures)

    @cached_property
    def soft(self) -> Inputs:
        """Inputs with blurred images."""
        images = [np.asarray(blurred(PIL.Image.fromarray(one))) for one in self.pictures]
        return self._inputs(np.stack(images))

    def _inputs(self, pictures: NDArray[np.uint8]) -> Inputs:
        return encode_inputs(self.pipe, pictures, [one.sample.prompt for one in self.scenes])

    def clips(self, setting: Setting, seed: int) -> NDArray[np.uint8]:
        """The clips of all scenes, shape (scenes, 9, 64, 64, 3)."""
        if setting.behaviour is not None:
            shown = [render_frames(scene.stage, setting.behaviour) for scene in self.scenes]
            return reconstruct(self.pipe.vae, np.stack(shown))
        return make_clips(
            self.pipe,
            self.soft if setting.blurred else self.sharp,
            # As `omiti2v generate` draws them.
            [sample_seed(seed, scene.sample.id) for scene in self.scenes],
            steps=setting.steps,
            guidance_scale=setting.guidance_scale,
            config=setting.config,
        )

    def rows(self, setting: Setting, seed: int) -> list[Row]:
        """The scored clips of all scenes."""
        made = self.clips(setting, seed)
        return [
            score_clip(self.judge, scene, clip)
            for scene, clip in zip(self.scenes, made, strict=True)
        ]


def load_worker(model: Path, samples: int) -> Worker:
    """Load all that a process needs.

    Args:
        model: Folder of the pipeline.
        samples: Number of scenes.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    scenes = make_scenes(samples, seed=SEED, settings=SETTINGS)
    return Worker(load_pipeline(model), tiny_judge(), scenes)


_worker = lru_cache(maxsize=1)(load_worker)
"""A process is given many units of one experiment."""


def make_unit(model: Path, samples: int, setting: Setting, seed: int, path: Path) -> None:
    """Make and score the clips of a setting and seed, and write their rows."""
    write_rows(path, _worker(model, samples).rows(setting, seed))


def make_measured_unit(model: Path, samples: int, blocks: Path, seed: int, path: Path) -> None:
    """As `make_unit` of the setting with the blocks that `make_blocks` found."""
    setting = measured_setting(json.loads(blocks.read_bytes())["blocks"])
    make_unit(model, samples, setting, seed, path)


def make_blocks(model: Path, samples: int, path: Path) -> None:
    """Measure which blocks look at the objects."""
    pipe = _worker(model, samples).pipe
    attention.measure_blocks(pipe, path, config=default_config(), steps=STEPS)


def make_attention(model: Path, samples: int, path: Path) -> None:
    """Measure what gamma does to the attention."""
    pipe = _worker(model, samples).pipe
    attention.measure_attention(pipe, path, config=default_config(), gammas=GAMMAS, steps=STEPS)


def make_examples(model: Path, samples: int, settings: tuple[Setting, ...], path: Path) -> None:
    """Draw the clips of some settings under each other, for the first scenes of each kind."""
    whole = _worker(model, samples)
    some = Worker(whole.pipe, whole.judge, whole.scenes[: EXAMPLE_ROUNDS * len(KINDS)])
    clips = [some.clips(setting, 0) for setting in settings]
    rows = []
    for number, scene in enumerate(some.scenes):
        for setting, made in zip(settings, clips, strict=True):
            first = setting is settings[0]
            rows.append((scene.sample.prompt if first else "", made[number]))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Colours of the world are few: a palette takes a third of the bytes.
    draw_sheet(rows).quantize(256).save(path, optimize=True)
