"""What `omiti2v demo` works on: a small known-answer edition and the control submissions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluators.world import (
    Behaviour,
    Nuisances,
    WorldSettings,
    make_scenes,
    write_edition,
    write_submission,
)
from omiti2v.editions import Edition, load_edition_folder

SCENES = 12
SEED = 7
SETTINGS = WorldSettings(
    width=192,
    height=192,
    frames=24,
    fps=8,
    backgrounds=("gradient",),
    nuisances=Nuisances(motion=0.0),  # so that the still control is one
)

CONTROLS: dict[str, Behaviour] = {
    "edit done": "done",
    "still": "still",
    "camera only": "camera_only",
    "blank": "blank",
}
"""The submissions by name: what every video of each of them does."""


@dataclass(frozen=True)
class Demo:
    """Where the demo's files lie.

    Attributes:
        folder: Everything.
        edition: Loaded.
        submissions: Folder of each control, by name.
    """

    folder: Path
    edition: Edition
    submissions: dict[str, Path]

    def run_folder(self, name: str) -> Path:
        """Where the run of a submission goes."""
        return self.folder / "runs" / self.submissions[name].name


def render_demo(folder: Path) -> Demo:
    """Render the edition and the controls; the same files every time.

    Raises:
        UserError: A file can't be written.
    """
    scenes = make_scenes(SCENES, seed=SEED, settings=SETTINGS)
    write_edition(folder / "edition", scenes)
    submissions = {}
    for name, behaviour in CONTROLS.items():
        submissions[name] = folder / "videos" / behaviour
        write_submission(submissions[name], scenes, behaviour, name=name)
    return Demo(folder, load_edition_folder(folder / "edition"), submissions)
