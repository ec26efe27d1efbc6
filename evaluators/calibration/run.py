"""Runs a calibration: makes the clips, has them judged as any submission, gathers the trials.

What clips do in one way is a submission of its own with its run folder, so that a calibration
that is interrupted goes on where it stopped, and every number can be computed again from the logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from evaluators.cache import EvaluationCache
from evaluators.calibration.contrast_clips import ContrastPlan, contrast_clips
from evaluators.calibration.known_clips import KnownClips, Progress
from evaluators.calibration.numbers import ClipFacts, summarise
from evaluators.calibration.plan import CalibrationPlan
from evaluators.calibration.trials import Answers, Shown, Trial
from evaluators.calibration.world_clips import world_clips
from evaluators.contrast.recipe import FPS
from evaluators.engines import Engine, LocalEngine
from evaluators.engines.examine import Examiner
from evaluators.frames import Limits
from evaluators.judges import Judge
from evaluators.judges.reframed import ReframedJudge
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import BEHAVIOURS
from omiti2v.calibration import Calibration, ContrastStamp
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.records import write_atomically, write_records
from omiti2v.runs import JudgeStamp, read_run
from omiti2v.samples import Sample
from omiti2v.submissions import read_submission

OpenEngine = Callable[[Edition, bool], Engine]
"""Gives an engine for an edition; the second argument: whether its judge looks at other frames."""


def steps_of(
    plan: CalibrationPlan | None,
    contrast: ContrastPlan | None = None,
    *,
    other_frames: bool = True,
) -> int:
    """How often `progress` is called in a calibration."""
    looks = 2 if other_frames else 1
    world = len(plan.grounds) * len(BEHAVIOURS) * plan.scenes if plan else 0
    return looks * world + (1 + looks) * (len(contrast.clips) if contrast else 0)


def calibrate(
    judge: Judge,
    plan: CalibrationPlan | None,
    folder: Path,
    *,
    contrast: ContrastPlan | None = None,
    cache: EvaluationCache | None = None,
    other_frames: bool = True,
    progress: Progress = lambda: None,
) -> Calibration:
    """Measure the errors of a judge in this process; see `calibrate_with`."""

    def open_engine(edition: Edition, others: bool) -> Engine:
        asked = ReframedJudge(judge) if others else judge
        return LocalEngine(Examiner(edition, judge=asked, metrics=(), limits=Limits()))

    return calibrate_with(
        open_engine,
        plan,
        folder,
        contrast=contrast,
        cache=cache,
        other_frames=other_frames,
        progress=progress,
    )


def calibrate_with(
    open_engine: OpenEngine,
    plan: CalibrationPlan | None,
    folder: Path,
    *,
    contrast: ContrastPlan | None = None,
    cache: EvaluationCache | None = None,
    other_frames: bool = True,
    progress: Progress = lambda: None,
) -> Calibration:
    """Measure a judge's errors into a folder; an interrupted calibration is resumed.

    Args:
        open_engine: Gives an engine whose judge is the one to calibrate. It is called once for each
            ground and each choice of frames.
        plan: On what of the known-answer world; None for nothing.
        folder: Gets the clips, the run folders, `trials.jsonl` and `calibration.json`.
        contrast: On what of the contrast set; None for nothing, but not both.
        cache: Answers of earlier runs; None for none.
        other_frames: Whether to ask everything again on other frames of the same clips.
        progress: Called after each video judged, and after each clip of the contrast set made.

    Raises:
        UserError: The folder can't be used, holds another calibration, or can't be written.
    """
    known = [world_clips(plan, ground) for ground in plan.grounds] if plan else []
    if contrast:
        known.append(contrast_clips(contrast))
    trials: list[Trial] = []
    samples: dict[str, Sample] = {}
    for clips in known:
        place = folder / clips.ground
        clips.write(place, progress)
        edition = load_edition_folder(place / "edition")
        with open_engine(edition, False) as engine:
            info = engine.judge
            answers = _answers(engine, edition, clips, place, "runs", cache, progress)
        others: dict[Shown, Answers] = {}
        if other_frames:
            with open_engine(edition, True) as engine:
                others = _answers(
                    engine, edition, clips, place, "runs-other-frames", cache, progress
                )
        for shown in clips.truths:
            trials += clips.trials(shown, answers[shown], others.get(shown, {}))
        samples |= {clips.scene(sample): sample for sample in clips.samples}
    assert info is not None  # noqa: S101  # an engine with a judge is what was asked for
    calibration = summarise(
        trials,
        judge=JudgeStamp(
            name=info.name, fingerprint=info.fingerprint, identity=dict(info.identity)
        ),
        clips=_facts(plan, contrast),
        samples=samples,
    )
    write_records(folder / "trials.jsonl", trials)
    write_atomically(folder / "calibration.json", calibration.model_dump_json(indent=2) + "\n")
    return calibration


def _answers(
    engine: Engine,
    edition: Edition,
    clips: KnownClips,
    place: Path,
    runs: str,
    cache: EvaluationCache | None,
    progress: Progress,
) -> dict[Shown, Answers]:
    """What the judge says about the clips, by what they do."""
    answers: dict[Shown, Answers] = {}
    for shown, truths in clips.truths.items():
        run_folder = place / runs / shown
        some = tuple(sorted(truths)) if len(truths) < len(clips.samples) else None
        score_submission(
            read_submission(place / "videos" / shown, edition),
            edition,
            run_folder,
            judge=engine,
            cache=cache,
            # Whose clip it is is known, however much of the picture changes at once.
            options=ScoringOptions(
                metrics=(), sample_ids=some, allow_mismatch=clips.ground == "contrast"
            ),
            progress=lambda sample_id: progress(),
        )
        rows = read_run(run_folder).responses
        answers[shown] = {(row.sample_id, row.question_id): row for row in rows}
    return answers


def _facts(plan: CalibrationPlan | None, contrast: ContrastPlan | None) -> ClipFacts:
    """What is the same of all clips, and where they are from."""
    sizes: set[tuple[int, int]] = set()
    frames: set[int] = set()
    rates: set[int] = set()
    if plan:
        sizes, frames, rates = {(plan.width, plan.height)}, {plan.frames}, {plan.fps}
    stamp = None
    if contrast:
        sizes |= contrast.sizes()
        frames |= {clip.frames for clip in contrast.clips}
        rates |= {FPS}
        stamp = ContrastStamp(
            name="both" if plan else "contrast",
            samples=len(contrast.samples),
            recipes=contrast.found.fingerprint,
            edition=contrast.found.edition.fingerprint,
        )
    return ClipFacts(
        width=_only({width for width, _ in sizes}),
        height=_only({height for _, height in sizes}),
        frames=_only(frames),
        fps=_only(rates),
        seed=plan.seed if plan else None,
        contrast=stamp,
    )


def _only(values: Iterable[int]) -> int | None:
    first, *others = values
    return None if others else first
