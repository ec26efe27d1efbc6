"""Controls of a judge: runs on videos that show nothing of what was asked.

What a judge says of them shows how far its answers come from the video: of a still copy of the
reference image it should say what is true of the image, of a blank clip that all is lost, and of
another sample's video hardly anything that fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from evaluators.cache import EvaluationCache
from evaluators.engines import Engine
from evaluators.frames import Frames
from evaluators.judges import Judge
from evaluators.reference_images import Image, load_image
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.records import read_record
from omiti2v.runs import RunInfo, RunPaths
from omiti2v.scores import Scores
from omiti2v.submissions import Submission, SubmissionInfo, read_submission
from omiti2v.takes import by_sample

Control = Literal["still", "blank", "another"]
CONTROLS: dict[Control, str] = {
    "still": "a still copy of the reference image: accuracy should be the still floor",
    "blank": "black after the first frame: nearly all samples should be broken",
    "another": "the video of another sample: what is right of it is right by luck",
}
FRAMES, FPS = 16, 8
LONGEST_SIDE = 832

Progress = Callable[[], None]


def score_controls(
    submission: Submission,
    edition: Edition,
    folder: Path,
    *,
    judge: Judge | Engine,
    cache: EvaluationCache | None,
    options: ScoringOptions,
    progress: Progress = lambda: None,
) -> dict[Control, Scores]:
    """Have a judge answer a submission's questions about the controls.

    Args:
        submission: Whose samples, and whose videos for `another`.
        edition: With its images.
        folder: Gets a run folder for each control, and the videos made for it.
        judge: Who answers: a judge, or an engine that has one.
        cache: Answers of earlier runs; None for none.
        options: Of the run; no metric is computed.
        progress: Called after each video.

    Raises:
        UserError: A file can't be written, or fewer than two samples have a video.
    """
    wanted = set(edition.by_id if options.sample_ids is None else options.sample_ids)
    scored = sorted(wanted & by_sample(submission.videos).keys())
    info = RunPaths(folder / "still" / "run").info
    known = (read_record(info, RunInfo).sample_ids if info.is_file() else None) or ()
    if set(scored) < set(known):
        scored = sorted(known)  # a video that is not there any more is no reason to begin anew
    if len(scored) < 2:
        raise UserError(f"{submission.folder}: controls need videos of at least two samples")
    # The others are not what a control is about, and a missing video is not the judge's error.
    limited = replace(options, sample_ids=tuple(scored), metrics=(), allow_mismatch=True)
    found: dict[Control, Scores] = {}
    for control in CONTROLS:
        found[control] = score_submission(
            _submission(control, submission, edition, scored, folder / control / "videos"),
            edition,
            folder / control / "run",
            judge=judge,
            cache=cache,
            options=limited,
            progress=lambda video_id: progress(),
        )
    return found


def control_frames(control: Literal["still", "blank"], image: Image) -> Frames:
    """The frames of a control that is made from the reference image.

    Args:
        control: Which.
        image: RGB, shape (height, width, 3), uint8.

    Returns:
        16 frames, sides even and at most 832 pixels.
    """
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = [max(2, 2 * round(side * scale / 2)) for side in (width, height)]
    picture = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    frames = np.repeat(np.asarray(picture, dtype=np.uint8)[None], FRAMES, axis=0)
    if control == "blank":
        frames[1:] = 0
    return frames


def _submission(
    control: Control,
    submission: Submission,
    edition: Edition,
    scored: list[str],
    folder: Path,
) -> Submission:
    if control == "another":
        # One video a sample is enough to tell what is right by luck.
        first = {name: ids[0] for name, ids in by_sample(submission.videos).items()}
        videos = {
            name: submission.videos[first[other]]
            for name, other in zip(scored, [*scored[1:], scored[0]], strict=True)
            if other in first
        }
        info = SubmissionInfo(name="control: another sample's video", method="control")
        return Submission(
            folder=submission.folder, info=info, has_info=True, info_problem=None, videos=videos
        )
    for name in scored:
        path = folder / f"{name}.mp4"
        if not path.exists():
            picture = load_image(edition.image_path(edition.by_id[name]))
            write_mp4(path, control_frames(control, picture), fps=FPS)
    made = read_submission(folder, edition)
    return replace(made, info=SubmissionInfo(name=f"control: {control}", method="control"))
