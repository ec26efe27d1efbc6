"""All that a results folder holds, read back."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators.world import Scene, make_scenes
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.experiment.rows import read_rows
from lab.tiny_wan.experiment.run import CLIPS, STAMP, Stamp
from lab.tiny_wan.experiment.settings import (
    BASELINE,
    Setting,
    fixed_settings,
    measured_setting,
)
from lab.tiny_wan.experiment.statistics import Clips
from lab.tiny_wan.experiment.work import ATTENTION, BLOCKS
from omiti2v.errors import UserError
from omiti2v.records import read_record
from omiti2v.samples import Sample


@dataclass(frozen=True)
class AttentionMean:
    """A line of `attention.csv`; see `attention.measure_attention`."""

    gamma: float
    block: int
    step: int
    timestep: float
    in_window: bool
    image_mass: float
    text_mass: float
    entropy: float


@dataclass(frozen=True)
class Results:
    """The experiment's results.

    Attributes:
        stamp: What they are of.
        scenes: In their order.
        settings: Those that were run with one seed at least.
        clips: Their rows by name.
        blocks: What `attention.measure_blocks` wrote; None where it is not there.
        attention: Empty where it was not measured.
        reconstruction: What `lab.tiny_wan.measure` wrote; None where it is not there.
    """

    stamp: Stamp
    scenes: list[Scene]
    settings: list[Setting]
    clips: dict[str, Clips]
    blocks: dict[str, Any] | None
    attention: list[AttentionMean]
    reconstruction: dict[str, Any] | None

    @property
    def samples(self) -> list[Sample]:
        """Of all scenes."""
        return [scene.sample for scene in self.scenes]


def read_results(folder: Path) -> Results:
    """Read a results folder.

    Raises:
        UserError: It is none, or the model alone was not run.
    """
    stamp = read_record(folder / STAMP, Stamp)
    blocks = _json(folder / BLOCKS)
    known = fixed_settings()
    if blocks is not None:
        known.append(measured_setting(blocks["blocks"]))
    clips = {
        setting.name: {
            int(path.stem.removeprefix("seed-")): read_rows(path)
            for path in sorted((folder / CLIPS / setting.name).glob("seed-*.csv"))
        }
        for setting in known
    }
    settings = [setting for setting in known if clips[setting.name]]
    if not clips[BASELINE]:
        raise UserError(f"{folder / CLIPS / BASELINE}: no results; run the experiment first")
    return Results(
        stamp=stamp,
        scenes=make_scenes(stamp.samples, seed=stamp.world_seed, settings=SETTINGS),
        settings=settings,
        clips={setting.name: clips[setting.name] for setting in settings},
        blocks=blocks,
        attention=_read_attention(folder / ATTENTION),
        reconstruction=_json(folder / "reconstruction.json"),
    )


def _json(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def _read_attention(path: Path) -> list[AttentionMean]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [
            AttentionMean(
                gamma=float(line["gamma"]),
                block=int(line["block"]),
                step=int(line["step"]),
                timestep=float(line["timestep"]),
                in_window=line["in_window"] == "1",
                image_mass=float(line["image_mass"]),
                text_mass=float(line["text_mass"]),
                entropy=float(line["entropy"]),
            )
            for line in csv.DictReader(file)
        ]
