"""What `omiti2v demo` works on: a small known-answer edition and seven submissions to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.world import (
    Behaviour,
    Nuisances,
    Scene,
    WorldSettings,
    make_scenes,
    write_edition,
    write_submission,
)
from evaluators.world.vocabulary import KINDS
from omiti2v.editions import Edition, load_edition_folder

SCENES = 48
SEED = 7
SETTINGS = WorldSettings(
    width=128,
    height=128,
    frames=12,
    fps=8,
    backgrounds=("plain", "gradient"),
    nuisances=Nuisances(motion=0.0),  # so that the still control is one
)

SUBMISSIONS: dict[str, Behaviour] = {
    "edit done": "done",
    "still": "still",
    "wrong object": "wrong_object",
    "camera only": "camera_only",
    "blank": "blank",
    "text over the frames": "text",
}
"""The submissions whose videos all do the same, by name."""
HALF = "done on half"
"""The one that does every second edit of each kind, and stands still otherwise."""


@dataclass(frozen=True)
class Demo:
    """Where the demo's files lie.

    Attributes:
        folder: Everything.
        edition: Loaded.
        submissions: Folder of each submission, by name.
    """

    folder: Path
    edition: Edition
    submissions: dict[str, Path]

    def run_folder(self, name: str) -> Path:
        """Where the run of a submission goes."""
        return self.folder / "runs" / self.submissions[name].name


def render_demo(folder: Path, *, scenes: int = SCENES) -> Demo:
    """Render the edition and the submissions; the same files every time.

    Args:
        folder: Where to.
        scenes: How many samples.

    Raises:
        UserError: A file can't be written.
    """
    made = render_images(folder / "edition", scenes=scenes)
    submissions = render_videos(folder / "videos", made)
    return Demo(folder, load_edition_folder(folder / "edition"), submissions)


def render_images(edition: Path, *, scenes: int = SCENES) -> list[Scene]:
    """Render the edition alone, in a fraction of a second.

    Raises:
        UserError: A file can't be written.
    """
    made = make_scenes(scenes, seed=SEED, settings=SETTINGS)
    write_edition(edition, made)
    return made


def render_videos(folder: Path, scenes: Sequence[Scene]) -> dict[str, Path]:
    """Render the submissions; the folder of each by its name.

    Raises:
        UserError: A file can't be written.
    """
    submissions = {name: folder / name.replace(" ", "-") for name in played(scenes)}
    for name, behaviour in played(scenes).items():
        write_submission(submissions[name], scenes, behaviour, name=name)
    return submissions


def played(scenes: Sequence[Scene]) -> dict[str, Behaviour | Mapping[str, Behaviour]]:
    """What the videos of each submission do: all the same, or by sample id."""
    half: dict[str, Behaviour] = {}
    for position, scene in enumerate(scenes):
        # Scenes take the kinds of edit in turn.
        half[scene.sample.id] = "done" if position // len(KINDS) % 2 else "still"
    first, *others = SUBMISSIONS
    return {first: SUBMISSIONS[first], HALF: half, **{name: SUBMISSIONS[name] for name in others}}
