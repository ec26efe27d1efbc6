"""The part of `omiti2v demo` that generates: a tiny video model with and without AlignVid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from omiti2v.cli.console import note, progress_bar
from omiti2v.errors import UserError

if TYPE_CHECKING:
    from alignvid_ref.generation.generate import Plan
    from evaluators.judges import Judge
    from omiti2v.editions import Edition
    from omiti2v.scores import Scores

BACKBONE = "tiny-wan"
SCENES, SEED = 18, 60_000_000
METHODS: tuple[Literal["baseline", "alignvid"], ...] = ("baseline", "alignvid")


def generate_and_score(output: Path, judge: Judge) -> dict[str, Scores] | None:
    """Generate clips with tiny-wan, score them, and write a page with the clips side by side.

    Args:
        output: Gets the edition, videos, runs and `report.html`.
        judge: Answers.

    Returns:
        The scores by submission; None, and a line that says why, where the model can't be run here.

    Raises:
        UserError: A file can't be written, or what is there is of something else.
    """
    plans = _plan()
    if plans is None:
        return None
    from evaluators.scoring import ScoringOptions, score_submission
    from leaderboard.report import VideoFolders, write_report
    from omiti2v.runs import read_run
    from omiti2v.submissions import read_submission

    edition = _render_edition(output / "edition")
    scores: dict[str, Scores] = {}
    with progress_bar(2 * len(plans) * SCENES, "Generating") as advance:
        for method, plan in plans.items():
            videos = output / "videos" / method
            _generate(edition, plan, videos, advance)
            submission = read_submission(videos, edition)
            scores[submission.info.name] = score_submission(
                submission,
                edition,
                output / "runs" / method,
                judge=judge,
                cache=None,
                options=ScoringOptions(),
                progress=lambda sample_id: advance(),
            )
    write_report(
        [read_run(output / "runs" / method) for method in plans],
        output / "report.html",
        videos=VideoFolders(tuple(output / "videos" / method for method in plans)),
    )
    return scores


def _plan() -> dict[str, Plan] | None:
    from alignvid_ref.generation.plan import plan_model
    from alignvid_ref.generation.resolve import Choices

    try:
        plans: dict[str, Plan] = {
            method: plan_model(method, Choices(), backbone=BACKBONE, device="cpu")
            for method in METHODS
        }
    except UserError as error:
        note(f"no clips are generated: {error}")
        return None
    from diffusers.utils import logging as diffusers_logging

    diffusers_logging.disable_progress_bar()
    return plans


def _render_edition(folder: Path) -> Edition:
    from alignvid_ref.generation.backbones.registry import require_backbone
    from evaluators.world import WorldSettings, make_scenes, write_edition
    from omiti2v.editions import load_edition_folder

    model = require_backbone(BACKBONE, option="demo")
    settings = WorldSettings(
        width=model.width,
        height=model.height,
        frames=model.frames,
        fps=model.fps,
        backgrounds=("plain", "gradient"),  # what it was trained on
    )

    write_edition(folder, make_scenes(SCENES, seed=SEED, settings=settings))
    return load_edition_folder(folder)


def _generate(edition: Edition, plan: Plan, folder: Path, advance: Callable[[], None]) -> None:
    from alignvid_ref.generation.generate import Job, generate_videos

    job = Job(edition, [sample.id for sample in edition.samples], folder, plan)
    report = generate_videos(job, progress=advance)
    for failure in report.failures:
        note(f"{failure.sample_id}: {failure.reason}")
