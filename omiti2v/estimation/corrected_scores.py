"""The scores of a run corrected by its judge's calibration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from omiti2v.bootstrap import Vector
from omiti2v.calibration import Calibration, Ground, SceneCounts
from omiti2v.errors import UserError
from omiti2v.estimation.judge_correction import (
    Corrected,
    Mask,
    Matrix,
    Rate,
    Trials,
    average,
    correct,
    refusal_of,
)
from omiti2v.estimation.judged_counts import Counts, JudgedCounts, Kind, judged_counts
from omiti2v.number_format import percent
from omiti2v.outcomes import Outcome
from omiti2v.records import Record
from omiti2v.responses import Answers
from omiti2v.runs import Run
from omiti2v.samples import CATEGORIES, Sample

Level = Literal["category, role and answer", "role and answer", "category", "nothing"]
"""What a judge's rates are told apart by."""

_QUESTION_LEVELS: Mapping[Level, Sequence[int]] = {
    "category, role and answer": (0, 1, 2),
    "role and answer": (1, 2),
    "nothing": (),
}
_OUTCOME_LEVELS: Mapping[Level, Sequence[int]] = {"category": (0,), "nothing": ()}
"""Which parts of a kind are told apart; finest first. The first is taken at which every rate rests
on enough trials."""

_NO_QUESTIONS = "there are no such questions"
_UNEVEN = 3
"""How much more, or less, than its share a kind of trials counts at the most; else few scenes of
one kind would decide."""


class CorrectedEstimate(Record):
    """A score corrected for the judge.

    Attributes:
        value: The estimate, in [0, 1].
        low, high: 95 %, with the samples' error and the calibration's.
        judge: The judge's own score.
        beyond: What the correction gave before it was cut to [0, 1]; None where it was not cut.
        rates_by: What the judge's rates were told apart by.
    """

    value: float
    low: float
    high: float
    judge: float
    beyond: float | None
    rates_by: str


class CorrectedScores(Record):
    """A run's scores corrected for the judge.

    Attributes:
        ground: What the scenes that the judge was calibrated on are on.
        scenes: How many of them.
        same_kind: Whether the run's videos are of the same kind as these.
        scores: accuracy, semantic_average, edit_accuracy, preserve_accuracy, success, negligent, as
            far as they can be corrected.
        refused: Why the others can't, by name.
    """

    ground: Ground
    scenes: int
    same_kind: bool
    scores: dict[str, CorrectedEstimate]
    refused: dict[str, str]


@dataclass(frozen=True)
class CorrectedMeans:
    """Corrected means over the same samples by one calibration.

    Attributes:
        means: By name.
        judge: The judge's own value of each.
        rates_by: What its rates were told apart by.
        refused: Why others can't be corrected, by name.
    """

    means: dict[str, Corrected]
    judge: dict[str, float]
    rates_by: dict[str, Level]
    refused: dict[str, str]

    def add(
        self,
        name: str,
        counts: Counts,
        trials: Mapping[Kind, Trials],
        levels: Mapping[Level, Sequence[int]],
        groups: Sequence[Mask],
    ) -> None:
        """Add a score: the average of the means over groups of samples, or why there is none."""
        if not all(inside.any() for inside in groups):
            several = len(groups) > 1
            self.refused[name] = "a category has no samples" if several else _NO_QUESTIONS
            return
        table = _table(counts, trials, levels, groups)
        if isinstance(table, str):
            self.refused[name] = table
            return
        self.means[name] = average(
            [correct(table.judged, table.asked, table.rates, covered=one) for one in groups]
        )
        self.judge[name] = float(np.mean([table.judged[one].sum() / one.sum() for one in groups]))
        self.rates_by[name] = table.level


def corrected_scores(run: Run, calibration: Calibration) -> CorrectedScores:
    """A run's scores corrected by a calibration of its judge.

    One on the contrast set and the known-answer world corrects by the contrast set alone.

    Args:
        run: With a judge that answered enough questions.
        calibration: Of that judge.

    Raises:
        UserError: The calibration is of another judge, or does not hold what a correction needs.
    """
    scenes, ground, same_kind = usable_scenes(run, calibration)
    found = corrected_means(run.scored, run.answers, run.judgeable, scenes)
    scores: dict[str, CorrectedEstimate] = {}
    refused = dict(found.refused)
    for name, mean in found.means.items():
        if reason := out_of_range(mean):
            refused[name] = reason
            continue
        low, high = mean.interval
        value = _cut(mean.value)
        scores[name] = CorrectedEstimate(
            value=value,
            low=_cut(low),
            high=_cut(high),
            judge=found.judge[name],
            beyond=None if value == mean.value else mean.value,
            rates_by=found.rates_by[name],
        )
    return CorrectedScores(
        ground=ground, scenes=len(scenes), same_kind=same_kind, scores=scores, refused=refused
    )


def out_of_range(mean: Corrected) -> str | None:
    """Why a corrected mean is no score, as all of its interval is beyond 0 to 1; None else."""
    low, high = mean.interval
    if high >= 0 and low <= 1:
        return None
    return (
        f"the correction leaves 0 to 100 %, at {percent(mean.value)}: the rates of the calibration "
        "are not those on these videos"
    )


def _cut(value: float) -> float:
    return min(1.0, max(0.0, value))


def usable_scenes(
    run: Run, calibration: Calibration
) -> tuple[tuple[SceneCounts, ...], Ground, bool]:
    """The scenes of a calibration that a run is corrected by.

    Where it has scenes of the contrast set, these alone: they are edits of photographs, as the
    benchmark's are. Else those of the known-answer world that are nearest to the run's videos.

    Returns:
        The scenes, what they are on, and whether the videos are of that very kind.

    Raises:
        UserError: As for `corrected_scores`.
    """
    require_judge_of(run, calibration)
    if run.judge_unavailable:
        raise UserError(f"{run.paths.folder}: {run.judge_unavailable}")
    if not calibration.by_scene:
        raise UserError(
            "calibration: does not say what a correction needs; run `omiti2v calibrate` again "
            "with the same options, which asks the judge nothing anew"
        )
    kind = _kind_of(run.samples)
    grounds: tuple[Ground, ...] = ("contrast", "photographs", "drawn")
    if kind == "drawn":
        grounds = ("contrast", "drawn", "photographs")
    for ground in grounds:
        scenes = tuple(one for one in calibration.by_scene if one.ground == ground)
        if scenes:
            return scenes, ground, ground == kind
    raise UserError(f"calibration: by_scene: expected scenes on {', '.join(get_args(Ground))}")


def require_judge_of(run: Run, calibration: Calibration) -> None:
    """See to it that a calibration is of a run's judge.

    Raises:
        UserError: It is not.
    """
    own, judge = calibration.judge, run.info.judge
    if judge is None or judge.fingerprint != own.fingerprint:
        other = f"judge {judge.name} {judge.fingerprint[:12]}" if judge else "no judge"
        raise UserError(
            f"calibration: of judge {own.name} {own.fingerprint[:12]}, {run.paths.folder} has "
            f"{other}; give that of its judge, from `omiti2v calibrate`"
        )


def _kind_of(samples: Sequence[Sample]) -> Ground | None:
    """The kind of scenes that samples are; None where they are not rendered, or of both kinds."""
    if not all((sample.source or "").startswith("evaluators.world ") for sample in samples):
        return None
    grounds: set[Ground] = {
        "drawn" if sample.changes == "none" else "photographs" for sample in samples
    }
    return grounds.pop() if len(grounds) == 1 else None


def corrected_means(
    samples: Sequence[Sample],
    answers: Answers,
    judgeable: Collection[str],
    scenes: Sequence[SceneCounts],
) -> CorrectedMeans:
    """Every score that the numbers of a calibration allow to correct.

    Args:
        samples: Those scored.
        answers: The judge's about every video that is there, by video and question.
        judgeable: Those of them that could be put to the judge; of another, and of a sample
            without any, nothing is right.
        scenes: Of the judge's calibration.
    """
    return correct_counts(judged_counts(samples, answers, judgeable), scenes)


def correct_counts(judged: JudgedCounts, scenes: Sequence[SceneCounts]) -> CorrectedMeans:
    """Every score that the numbers of a calibration allow to correct."""
    found = CorrectedMeans({}, {}, {}, {})
    trials = question_trials(scenes)
    for name, counts in judged.questions.items():
        found.add(name, counts, trials, _QUESTION_LEVELS, [counts.covered])
        if name == "accuracy":
            inside = [judged.category == number for number in range(len(CATEGORIES))]
            found.add("semantic_average", counts, trials, _QUESTION_LEVELS, inside)
    for outcome, clips in judged.outcomes.items():
        known = outcome_trials(scenes, outcome)
        found.add(outcome, clips, known, _OUTCOME_LEVELS, [clips.covered])
    return found


@dataclass(frozen=True)
class _Table:
    """What a corrected mean is made of; see `correct`."""

    judged: Matrix
    asked: Matrix
    rates: list[tuple[Rate, Rate]]
    level: Level


def question_trials(scenes: Sequence[SceneCounts]) -> dict[Kind, Trials]:
    """The questions of each kind in a calibration, by scene."""
    found: dict[Kind, Matrix] = {}
    for place, scene in enumerate(scenes):
        for name, counts in scene.questions.items():
            role, answer, truth = name.split()
            table = found.setdefault((scene.category, role, answer), np.zeros((2, len(scenes), 2)))
            table[int(truth == "wrong"), place] += counts
    return {kind: Trials(*table) for kind, table in found.items()}


def outcome_trials(scenes: Sequence[SceneCounts], outcome: Outcome) -> dict[Kind, Trials]:
    """The clips of each category in a calibration, as one outcome or another, by scene."""
    found: dict[Kind, Matrix] = {}
    for place, scene in enumerate(scenes):
        table = found.setdefault((scene.category, "", ""), np.zeros((2, len(scenes), 2)))
        for pair, clips in scene.outcomes.items():
            truth, judged = pair.split()
            table[int(truth != outcome), place] += (clips, clips * (judged == outcome))
    return {kind: Trials(*table) for kind, table in found.items()}


def _table(
    counts: Counts,
    trials: Mapping[Kind, Trials],
    levels: Mapping[Level, Sequence[int]],
    groups: Sequence[Mask],
) -> _Table | str:
    """The kinds put together as far as the trials ask for; why nothing can be corrected else.

    Trials of kinds that are put together count as often as the mean over the groups asks for such
    questions: rates differ between them, and a category that is a third of an average may be a
    sixth of a calibration.
    """
    mix = np.mean([counts.all[inside].mean(axis=0) for inside in groups], axis=0)
    wanted = dict(zip(counts.kinds, mix.tolist(), strict=True))
    refusal: str | None = _NO_QUESTIONS
    for level, parts in levels.items():
        keys = [tuple(kind[part] for part in parts) for kind in counts.kinds]
        pooled = {
            key: {k: t for k, t in trials.items() if tuple(k[part] for part in parts) == key}
            for key in dict.fromkeys(keys)
        }
        plain = [_together(rows, np.ones(len(rows))) for rows in pooled.values()]
        weighted = [_together(rows, _weights(rows, wanted)) for rows in pooled.values()]
        reasons = (refusal_of(*pair) for pair in zip(plain, weighted, strict=True))
        refusal = next((reason for reason in reasons if reason), None)
        if refusal or not keys:
            continue
        into = np.array([[float(key == name) for name in pooled] for key in keys])
        return _Table(
            judged=counts.judged @ into,
            asked=counts.asked @ into,
            rates=[one.rates for one in weighted if one],
            level=level,
        )
    return refusal or _NO_QUESTIONS


def _together(trials: Mapping[Kind, Trials], weights: Vector) -> Trials | None:
    """All trials of several kinds, each weighing as much as is said; None of none."""
    if not trials:
        return None
    rows = list(zip(weights, trials.values(), strict=True))
    return Trials(
        np.sum([weight * one.right for weight, one in rows], axis=0),
        np.sum([weight * one.wrong for weight, one in rows], axis=0),
    )


def _weights(trials: Mapping[Kind, Trials], wanted: Mapping[Kind, float]) -> Vector:
    """Of each kind, so that their shares are nearly those that are asked for; all weigh as many."""
    there = np.array([one.right[:, 0].sum() + one.wrong[:, 0].sum() for one in trials.values()])
    asked = np.array([wanted.get(kind, 0.0) for kind in trials])
    if not asked.any() or not there.all():
        return np.ones(len(trials))
    weights = np.clip(asked / asked.sum() / (there / there.sum()), 1 / _UNEVEN, _UNEVEN)
    found: Vector = weights * there.sum() / (weights @ there)
    return found
