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
from evaluators.calibration.trials import Trial
from evaluators.engines import Engine, LocalEngine
from evaluators.engines.examine import Examiner
from evaluators.frames import Limits
from evaluators.judges import Judge
from evaluators.judges.reframed import ReframedJudge
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
OpenEngine = Callable[[Edition, bool], Engine]
"""Gives an engine for an edition; the second argument: whether its judge looks at other frames."""
Answers = dict[tuple[str, str], Response]
"""By sample and question."""


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
    """Measure the errors of a judge in this process; see `calibrate_with`."""

    def open_engine(edition: Edition, others: bool) -> Engine:
        asked = ReframedJudge(judge) if others else judge
        return LocalEngine(Examiner(edition, judge=asked, metrics=(), limits=Limits()))

    return calibrate_with(
        open_engine, plan, folder, cache=cache, other_frames=other_frames, progress=progress
    )


def calibrate_with(
    open_engine: OpenEngine,
    plan: CalibrationPlan,
    folder: Path,
    *,
    cache: EvaluationCache | None = None,
    other_frames: bool = True,
    progress: Progress = lambda: None,
) -> Calibration:
    """Measure a judge's errors into a folder; an interrupted calibration is resumed.

    Args:
        open_engine: Gives an engine whose judge is the one to calibrate. It is called once for each
            kind of background and each choice of frames.
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
        with open_engine(edition, False) as engine:
            info = engine.judge
            answers = _answers(engine, edition, place, "runs", cache, progress)
        others: dict[Behaviour, Answers] = {}
        if other_frames:
            with open_engine(edition, True) as engine:
                others = _answers(engine, edition, place, "runs-other-frames", cache, progress)
        for behaviour in BEHAVIOURS:
            trials += _trials(
                ground, behaviour, scenes, answers[behaviour], others.get(behaviour, {})
            )
    assert info is not None  # noqa: S101  # an engine with a judge is what was asked for
    calibration = summarise(
        trials,
        judge=JudgeStamp(
            name=info.name, fingerprint=info.fingerprint, identity=dict(info.identity)
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
    engine: Engine,
    edition: Edition,
    place: Path,
    runs: str,
    cache: EvaluationCache | None,
    progress: Progress,
) -> dict[Behaviour, Answers]:
    """What the judge says about the scenes, played in each way."""
    answers: dict[Behaviour, Answers] = {}
    for behaviour in BEHAVIOURS:
        run_folder = place / runs / behaviour
        score_submission(
            read_submission(place / "videos" / behaviour, edition),
            edition,
            run_folder,
            judge=engine,
            cache=cache,
            options=ScoringOptions(metrics=()),
            progress=lambda sample_id: progress(),
        )
        rows = read_run(run_folder).responses
        answers[behaviour] = {(row.sample_id, row.question_id): row for row in rows}
    return answers


def _trials(
    ground: Ground,
    behaviour: Behaviour,
    scenes: Sequence[Scene],
    answers: Answers,
    others: Answers,
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
