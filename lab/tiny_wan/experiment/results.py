"""The folder of results: what it is of, and the tables of clips in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluators.world import Scene, make_scenes
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.experiment.equal_guidance import equal_guidance_settings
from lab.tiny_wan.experiment.scoring import MEASURES
from lab.tiny_wan.experiment.settings import Setting, fixed_settings, measured_setting
from omiti2v.errors import UserError
from omiti2v.records import Record, read_record, write_atomically
from omiti2v.samples import Sample

STAMP, BLOCKS, ATTENTION = "experiment.json", "blocks.json", "attention.csv"

Clips = Sequence[pd.DataFrame]
"""A setting's clips under each seed of the noise: a row for each sample, of `score_clip`."""


class Stamp(Record):
    """What the results in a folder are of. Those of another model are never added to them.

    Attributes:
        model: Digest of the pipeline's files.
        world_seed: Seed of the scenes.
        samples: Number of scenes.
        steps: Steps of the solver.
    """

    model: str
    world_seed: int
    samples: int
    steps: int


def claim(out: Path, stamp: Stamp) -> None:
    """Write what the folder's results are of, or check that they are of the same.

    Raises:
        UserError: They are of something else.
    """
    path = out / STAMP
    if not path.exists():
        write_atomically(path, stamp.model_dump_json(indent=1) + "\n")
    elif (there := read_record(path, Stamp)) != stamp:
        raise UserError(f"{path}: of {there}, asked for is {stamp}; give another --out")


def clips_path(out: Path, setting: str, seed: int) -> Path:
    """The table of a setting and seed."""
    return out / "clips" / setting / f"seed-{seed}.csv"


def read_clips(path: Path, samples: list[Sample]) -> pd.DataFrame:
    """A table of clips, in the order of the samples.

    Raises:
        UserError: It can't be read, or is not a table of these samples' clips.
    """
    try:
        rows = pd.read_csv(path, dtype=dict.fromkeys(MEASURES, float) | {"answers": str})
        questions = {sample.id: len(sample.questions) for sample in samples}
        rows = rows.set_index("sample_id").loc[list(questions), ["answers", *MEASURES]]
        if list(rows["answers"].str.len()) != list(questions.values()):
            raise ValueError("other numbers of answers than of questions")
        if not rows["answers"].str.fullmatch("[ynue]+").all():
            raise ValueError("answers that are none of y, n, u and e")
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{path}: not a table of clips: {error}; delete it and run again") from None
    return rows


def read_settings(blocks: Path) -> list[Setting]:
    """All settings of both runs, the measured blocks being those in the file."""
    measured = measured_setting(json.loads(blocks.read_bytes())["blocks"])
    return [*fixed_settings(), measured, *equal_guidance_settings()]


@dataclass(frozen=True)
class Results:
    """The results of a finished experiment: clips by setting, the rest as it was written."""

    scenes: list[Scene]
    settings: list[Setting]
    clips: dict[str, Clips]
    blocks: dict[str, Any]
    attention: pd.DataFrame

    @property
    def first_run(self) -> list[Setting]:
        """The settings of the first run."""
        second = {setting.name for setting in equal_guidance_settings()}
        return [setting for setting in self.settings if setting.name not in second]


def read_results(folder: Path) -> Results:
    """Read a results folder.

    Raises:
        UserError: It is none, or the experiment is not finished.
    """
    stamp = read_record(folder / STAMP, Stamp)
    for path in (folder / BLOCKS, folder / ATTENTION):
        if not path.exists():
            raise UserError(f"{path}: no such file; run the experiment to its end first")
    scenes = make_scenes(stamp.samples, seed=stamp.world_seed, settings=SETTINGS)
    samples = [scene.sample for scene in scenes]
    settings = read_settings(folder / BLOCKS)
    clips: dict[str, Clips] = {}
    for setting in settings:
        first = clips_path(folder, setting.name, 0)
        paths = sorted(first.parent.glob("seed-*.csv")) or [first]
        clips[setting.name] = [read_clips(path, samples) for path in paths]
    blocks = json.loads((folder / BLOCKS).read_bytes())
    return Results(scenes, settings, clips, blocks, pd.read_csv(folder / ATTENTION))
