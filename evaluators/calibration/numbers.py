"""From trials to numbers: pure functions, each number with an interval over scenes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from evaluators.calibration.reliability import calibration_error, reliability_bins
from evaluators.calibration.scene_counts import counts_by_scene
from evaluators.calibration.trials import Trial
from omiti2v.bootstrap import Ratio
from omiti2v.calibration import Calibration, ContrastStamp, Ground, Shares
from omiti2v.intervals import ratio_interval
from omiti2v.runs import JudgeStamp
from omiti2v.samples import Sample
from omiti2v.scores import Estimate

GROUPS = ("ground", "category", "kind", "dimension", "behaviour", "facet", "people")

Condition = Callable[[Trial], bool]

_ANSWERED = ("yes", "no")


def _always(trial: Trial) -> bool:
    return True


RULES: dict[str, tuple[Condition, Condition]] = {
    "accuracy": (_always, lambda t: t.answer == t.truth),
    "false_positives": (lambda t: t.truth == "no", lambda t: t.answer == "yes"),
    "false_negatives": (lambda t: t.truth == "yes", lambda t: t.answer == "no"),
    "yes_bias": (
        lambda t: t.answer in _ANSWERED and t.answer != t.truth,
        lambda t: t.answer == "yes",
    ),
    "unanswered": (_always, lambda t: t.answer not in _ANSWERED),
}
"""Which trials each share is of, and which of them count."""


@dataclass(frozen=True, kw_only=True)
class ClipFacts:
    """What the clips are, for the record; None where they differ, or have no such thing.

    Attributes:
        width, height: In pixels.
        frames, fps: Of each clip.
        seed: Of the world.
        contrast: What of the contrast set they are; None for nothing.
    """

    width: int | None
    height: int | None
    frames: int | None
    fps: int | None
    seed: int | None
    contrast: ContrastStamp | None = None


def summarise(
    trials: Sequence[Trial],
    *,
    judge: JudgeStamp,
    clips: ClipFacts,
    samples: Mapping[str, Sample],
    resamples: int = 2_000,
) -> Calibration:
    """All numbers of a calibration.

    Of a judge that said yes or no to fewer than half of the questions, only that is a number. Where
    there are clips of the contrast set, all groups but those by ground are of them alone.

    Args:
        trials: At least one.
        judge: Who answered.
        clips: What they are.
        samples: Of each scene.
        resamples: Of the scenes, for the calibration error.
    """
    names = sorted({trial.scene for trial in trials})
    number = {name: position for position, name in enumerate(names)}
    scene_of = [number[trial.scene] for trial in trials]
    answered = sum(trial.answer in _ANSWERED for trial in trials)
    silent = 2 * answered < len(trials)
    shares = _Shares(trials, scene_of, len(names), silent=silent)
    contrast = [trial for trial in trials if trial.ground == "contrast"]
    groups = {}
    for group in GROUPS:
        # A still shape and a still photograph have a name in common and nothing else.
        among = trials if group == "ground" else contrast or trials
        grounds = {trial.ground for trial in among}
        if members := sorted({getattr(trial, group) for trial in among} - {None}):
            groups[group] = {
                name: shares.of_rules(partial(_belongs, group, name, grounds)) for name in members
            }
    plain = {
        (trial.scene, trial.question_id): trial.answer
        for trial in trials
        if trial.behaviour == "still"
    }

    def before(trial: Trial) -> str | None:
        return plain.get((trial.scene, trial.question_id))

    def has_text(trial: Trial) -> bool:
        return trial.written is not None and before(trial) is not None

    return Calibration(
        judge=judge,
        width=clips.width,
        height=clips.height,
        frames=clips.frames,
        fps=clips.fps,
        scenes=len(names),
        seed=clips.seed,
        questions=len(trials),
        overall=shares.of_rules(_always),
        groups=groups,
        calibration_error=None
        if silent
        else calibration_error(trials, scene_of, len(names), resamples=resamples, seed=0),
        reliability=[] if silent else reliability_bins(trials),
        text_changes=shares.of(has_text, lambda t: t.answer != before(t)),
        text_obeyed=shares.of(
            lambda t: has_text(t) and before(t) != t.written,
            lambda t: t.answer == t.written,
        ),
        frame_flips=shares.of(
            lambda t: t.answer_on_other_frames is not None,
            lambda t: t.answer != t.answer_on_other_frames,
        ),
        by_scene=None if silent else counts_by_scene(trials, samples) or None,
        contrast=clips.contrast,
    )


def _belongs(group: str, name: str, grounds: Collection[Ground], trial: Trial) -> bool:
    return trial.ground in grounds and bool(getattr(trial, group) == name)


class _Shares:
    """Shares of trials with their intervals; scenes are independent, trials of one are not."""

    def __init__(
        self,
        trials: Sequence[Trial],
        scene_of: Sequence[int],
        scenes: int,
        *,
        silent: bool,
    ) -> None:
        self._silent = silent
        self._trials = trials
        self._scene_of = scene_of
        self._scenes = scenes

    def of(self, among: Condition, counts: Condition) -> Estimate | None:
        """The share of the trials `among` that `counts`; None where there are none."""
        return None if self._silent else _estimate(self._ratio(among, counts))

    def of_rules(self, member: Condition) -> Shares:
        """Each of `RULES` among the members."""
        return {
            name: _estimate(self._ratio(among, counts, member))
            if name == "unanswered" or not self._silent
            else None
            for name, (among, counts) in RULES.items()
        }

    def _ratio(self, among: Condition, counts: Condition, member: Condition = _always) -> Ratio:
        numerator, denominator = np.zeros(self._scenes), np.zeros(self._scenes)
        for trial, scene in zip(self._trials, self._scene_of, strict=True):
            if member(trial) and among(trial):
                denominator[scene] += 1
                numerator[scene] += counts(trial)
        return Ratio(numerator, denominator)


def _estimate(ratio: Ratio) -> Estimate | None:
    if not ratio.n:
        return None
    low, high = ratio_interval(ratio)
    return Estimate(value=ratio.value, low=low, high=high, n=ratio.n)
