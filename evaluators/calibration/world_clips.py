"""The known-answer world as clips to calibrate on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evaluators.calibration.known_clips import KnownClips, Progress, Truth
from evaluators.calibration.plan import CalibrationPlan, WorldGround
from evaluators.world import BEHAVIOURS, Behaviour, Scene, make_scenes, true_answers
from evaluators.world.edition import write_edition, write_submission
from evaluators.world.timeline import perform
from omiti2v.samples import YesNo


def world_clips(plan: CalibrationPlan, ground: WorldGround) -> KnownClips:
    """The scenes of a plan on one kind of background, each played in all ways."""
    scenes = make_scenes(plan.scenes, seed=plan.seed, settings=plan.settings(ground))

    def write(folder: Path, progress: Progress) -> None:
        write_edition(folder / "edition", scenes)
        for behaviour in BEHAVIOURS:
            videos = folder / "videos" / behaviour
            if not _is_rendered(videos, scenes):
                write_submission(videos, scenes, behaviour, name=f"{ground}: {behaviour}")

    return KnownClips(
        ground=ground,
        samples=tuple(scene.sample for scene in scenes),
        edit_kinds={scene.sample.id: scene.stage.kind for scene in scenes},
        truths={
            behaviour: {scene.sample.id: _truth(scene, behaviour) for scene in scenes}
            for behaviour in BEHAVIOURS
        },
        write=write,
    )


def _is_rendered(videos: Path, scenes: Sequence[Scene]) -> bool:
    # `submission.yaml` is written last. What the files hold is checked where they are judged.
    return (videos / "submission.yaml").is_file() and all(
        (videos / f"{scene.sample.id}.mp4").is_file() for scene in scenes
    )


def _truth(scene: Scene, behaviour: Behaviour) -> Truth:
    return Truth(true_answers(scene, behaviour), written=_written(scene, behaviour))


def _written(scene: Scene, behaviour: Behaviour) -> YesNo | None:
    overlay = perform(scene.stage, behaviour).overlay
    if overlay is None:
        return None
    return "yes" if "yes" in overlay else "no"
