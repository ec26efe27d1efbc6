"""Writes a world to disk: an edition of the benchmark, and submissions to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import yaml

from evaluators.world.build import Scene
from evaluators.world.render import render_frames, render_reference
from evaluators.world.settings import Nuisances
from evaluators.world.vocabulary import Behaviour
from omiti2v.editions import KNOWN_ANSWER
from omiti2v.mp4 import write_mp4
from omiti2v.records import (
    canonical_json,
    write_atomically,
    write_bytes_atomically,
    write_records,
)


def write_edition(folder: Path, scenes: Sequence[Scene]) -> None:
    """Write `samples.jsonl`, `edition.json` and `images/<sample id>.png`.

    Raises:
        UserError: A file can't be written or the background photograph can't be read.
    """
    write_records(folder / "samples.jsonl", [scene.sample for scene in scenes])
    write_atomically(folder / "edition.json", canonical_json({"name": KNOWN_ANSWER}) + "\n")
    for scene in scenes:
        path = folder / scene.sample.image
        picture = cv2.cvtColor(render_reference(scene.stage), cv2.COLOR_RGB2BGR)
        # Not imwrite, which says nothing of a disk that is full by the time a file is closed.
        write_bytes_atomically(path, cv2.imencode(path.suffix, picture)[1].tobytes(), sync=False)


def write_submission(
    folder: Path,
    scenes: Sequence[Scene],
    behaviour: Behaviour | Mapping[str, Behaviour],
    *,
    name: str,
    nuisances: Nuisances | None = None,
) -> None:
    """Write `<sample id>.mp4` for each scene, and `submission.yaml`.

    Args:
        folder: The submission's folder; made where absent.
        scenes: The scenes of the edition.
        behaviour: What each video does: the same for all, or by sample id.
        name: The submission's name.
        nuisances: In place of the settings' own.

    Raises:
        UserError: A file can't be written or the background photograph can't be read.
        KeyError: The mapping lacks a sample.
    """
    for scene in scenes:
        settings = scene.stage.settings
        varied = nuisances or settings.nuisances
        played = behaviour if isinstance(behaviour, str) else behaviour[scene.sample.id]
        frames = render_frames(scene.stage, played, nuisances=varied)
        path = folder / f"{scene.sample.id}.mp4"
        write_mp4(path, frames, fps=settings.fps, crf=varied.crf)
    about = {
        "name": name,
        "method": "rendered, known answers",
        "backbone": "none",
        "settings": {"behaviour": behaviour if isinstance(behaviour, str) else "one a sample"},
        "seed": scenes[0].stage.seed if scenes else 0,
        "licence": "CC0-1.0",
    }
    write_atomically(folder / "submission.yaml", yaml.safe_dump(about, sort_keys=False))
