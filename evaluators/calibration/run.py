"""Runs a calibration: renders the clips, has them judged as any submission, gathers the trials.

Each way of playing the scenes is a submission of its own with its run folder, so that a calibration
that is interrupted goes on where it stopped, and every number can be computed again from the logs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from evaluators.cache import EvaluationCache
from evaluators.calibration.numbers import summarise
from evaluators.calibration.plan import CalibrationPlan, Ground
from evaluators.calibration.reframed import ReframedJudge
from evaluators.calibration.trials import Trial
from evaluators.judges import Judge
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import BEHAVIOURS, Behaviour, Scene, make_scenes, true_answers
from evaluators.world.edition import write_edition, write_submission
from evaluators.world.timeline import perform
from omiti2v.calibration import Calibration
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.records import write_atomically, write_records
from omiti2v.responses import Response
from omiti2v.runs import JudgeStamp, read_run
from omiti2v.samples import YesNo
from omiti2v.submissions import read_submission

Progress = Callable[[], None]
_FEWEST_RESAMPLES = 100  # of the runs' own scores, which nobody reads


def videos_of(plan: CalibrationPlan, *, other_frames: bool = True) -> int:
    """How often a video is judged in a calibration."""
    return len(plan.grounds) * len(BEHAVIOURS) * plan.scenes * (2 if other_frames else 1)


def calibrate(
    judge: Judge,
    plan: CalibrationPlan,
    folder: Path,
    *,
    cache: EvaluationCache | None = None,
    other_frames: bool = True,
    progress: Progress = lambda: None,
) -> Calibration:
    """Measure a judge's errors into a folder, going on where an earlier call stopped.

    Args:
        judge: Whose.
        plan: On what.
        folder: Gets the clips, the run folders, `trials.jsonl` and `calibration.json`.
        cache: Answers of earlier runs; None for none.
        other_frames: Whether to ask everything again on other frames of the same clips.
        progress: Called after each video judged.

    Raises:
        UserError: The folder can't be used, holds another calibration, or can't be written.
    """
    trials: list[Trial] = []
    for ground in plan.grounds:
        scenes = make_scenes(plan.scenes, seed=plan.seed, settings=plan.settings(ground))
        place = folder / ground
        write_edition(place / "edition", scenes)
        edition = load_edition_folder(place / "edition")
        for behaviour in BEHAVIOURS:
            videos = place / "videos" / behaviour
            if not _is_rendered(videos, scenes):
                write_submission(videos, scenes, behaviour, name=f"{ground}: {behaviour}")
            answers = _answers(judge, edition, videos, place / "runs" / behaviour, cache, progress)
            others: dict[tuple[str, str], Response] = {}
            if other_frames:
                again = place / "runs-other-frames" / behaviour
                others = _answers(ReframedJudge(judge), edition, videos, again, cache, progress)
            trials += _trials(ground, behaviour, scenes, answers, others)
    calibration = summarise(
        trials,
        judge=JudgeStamp(
            name=judge.name, fingerprint=judge.fingerprint, identity=dict(judge.identity)
        ),
        width=plan.width,
        height=plan.height,
        frames=plan.frames,
        fps=plan.fps,
        seed=plan.seed,
    )
    write_records(folder / "trials.jsonl", trials)
    write_atomically(folder / "calibration.json", calibration.model_dump_json(indent=2) + "\n")
    return calibration


def _is_rendered(videos: Path, scenes: Sequence[Scene]) -> bool:
    # `submission.yaml` is written last. What the files hold is checked where they are judged.
    return (videos / "submission.yaml").is_file() and all(
        (videos / f"{scene.sample.id}.mp4").is_file() for scene in scenes
    )


def _answers(
    judge: Judge,
    edition: Edition,
    videos: Path,
    run_folder: Path,
    cache: EvaluationCache | None,
    progress: Progress,
) -> dict[tuple[str, str], Response]:
    score_submission(
        read_submission(videos, edition),
        edition,
        run_folder,
        judge=judge,
        cache=cache,
        options=ScoringOptions(metrics=(), resamples=_FEWEST_RESAMPLES),
        progress=lambda sample_id: progress(),
    )
    return {(row.sample_id, row.question_id): row for row in read_run(run_folder).responses}


def _trials(
    ground: Ground,
    behaviour: Behaviour,
    scenes: Sequence[Scene],
    answers: dict[tuple[str, str], Response],
    others: dict[tuple[str, str], Response],
) -> list[Trial]:
    trials = []
    for scene in scenes:
        truth = true_answers(scene, behaviour)
        for question in scene.sample.questions:
            key = (scene.sample.id, question.id)
            trials.append(
                Trial(
                    scene=f"{ground}/{scene.sample.id}",
                    ground=ground,
                    category=scene.sample.category,
                    kind=scene.stage.kind,
                    behaviour=behaviour,
                    question_id=question.id,
                    dimension=question.dimension,
                    truth=truth[question.id],
                    answer=answers[key].answer,
                    p_yes=answers[key].p_yes,
                    answer_on_other_frames=others[key].answer if key in others else None,
                    written=_written(scene, behaviour),
                )
            )
    return trials


def _written(scene: Scene, behaviour: Behaviour) -> YesNo | None:
    overlay = perform(scene.stage, behaviour).overlay
    if overlay is None:
        return None
    return "yes" if "yes" in overlay else "no"
