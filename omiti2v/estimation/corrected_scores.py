"""The scores of a run corrected by its judge's calibration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np

from omiti2v.calibration import Calibration, SceneCounts
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
from omiti2v.number_format import percent
from omiti2v.outcomes import Outcome, sample_outcome
from omiti2v.records import Record
from omiti2v.responses import Answer, Answers
from omiti2v.runs import Run
from omiti2v.samples import CATEGORIES, Role, Sample
from omiti2v.score_ratios import has_roles
from omiti2v.takes import by_sample

Ground = Literal["drawn", "photographs"]
Level = Literal["category, role and answer", "role and answer", "category", "nothing"]
"""What a judge's rates are told apart by."""
Row = Mapping[str, Answer]
"""A judge's answers about one video, by question id."""


Kind = tuple[str, str, str]
"""Category, role and expected answer of questions; of clips the category and two empty strings."""

Judged = Callable[[Sample, Row], list[tuple[Kind, bool]]]
"""The kind of each thing that is judged of a video, and whether the judge takes it for right."""

_QUESTION_LEVELS: Mapping[Level, Sequence[int]] = {
    "category, role and answer": (0, 1, 2),
    "role and answer": (1, 2),
    "nothing": (),
}
_OUTCOME_LEVELS: Mapping[Level, Sequence[int]] = {"category": (0,), "nothing": ()}
"""Which parts of a kind are told apart; finest first. The first is taken at which every rate rests
on enough trials."""

_ROLES: Mapping[str, Role | None] = {
    "accuracy": None,
    "edit_accuracy": "edit",
    "preserve_accuracy": "preserve",
}
_OUTCOMES: tuple[Outcome, ...] = ("success", "negligent")


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
        ground: Backgrounds of the scenes that the judge was calibrated on.
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

    def add(self, name: str, table: _Table | str, groups: Sequence[Mask] = ()) -> None:
        """Add a score: the average of the means over groups of samples, or why there is none."""
        if isinstance(table, str):
            self.refused[name] = table
            return
        groups = groups or [table.covered]
        if not all(inside.any() for inside in groups):
            self.refused[name] = "a category has no samples"
            return
        self.means[name] = average(
            [correct(table.judged, table.asked, table.rates, covered=one) for one in groups]
        )
        self.judge[name] = float(np.mean([table.judged[one].sum() / one.sum() for one in groups]))
        self.rates_by[name] = table.level


def corrected_scores(run: Run, calibration: Calibration) -> CorrectedScores:
    """A run's scores corrected by a calibration of its judge.

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
        low, high = mean.interval
        if high < 0 or low > 1:
            refused[name] = (
                f"the correction leaves 0 to 100 %, at {percent(mean.value)}: the rates of the "
                "calibration are not those on these videos"
            )
            continue
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


def _cut(value: float) -> float:
    return min(1.0, max(0.0, value))


def usable_scenes(
    run: Run, calibration: Calibration
) -> tuple[tuple[SceneCounts, ...], Ground, bool]:
    """The scenes of a calibration that are nearest to a run's videos.

    Returns:
        The scenes, their kind of background, and whether the videos are of that very kind.

    Raises:
        UserError: As for `corrected_scores`.
    """
    judge = run.info.judge
    if judge is None or judge.fingerprint != calibration.judge.fingerprint:
        raise UserError(
            f"calibration: of judge {calibration.judge.name} "
            f"{calibration.judge.fingerprint[:12]}, not of the one of {run.paths.folder}"
        )
    if run.judge_unavailable:
        raise UserError(f"{run.paths.folder}: {run.judge_unavailable}")
    if not calibration.by_scene:
        raise UserError(
            "calibration: does not say what a correction needs; run `omiti2v calibrate` again "
            "with the same options, which asks the judge nothing anew"
        )
    kind = _kind_of(run.samples)
    grounds: tuple[Ground, ...] = (
        ("drawn", "photographs") if kind == "drawn" else ("photographs", "drawn")
    )
    for ground in grounds:
        scenes = tuple(one for one in calibration.by_scene if one.ground == ground)
        if scenes:
            return scenes, ground, ground == kind
    raise UserError("calibration: by_scene: expected scenes on drawn backgrounds or photographs")


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
    videos = by_sample(answers)
    rows = [
        (sample, [answers[v] if v in judgeable else None for v in videos.get(sample.id, ())])
        for sample in samples
    ]
    found = CorrectedMeans({}, {}, {}, {})
    if not has_roles(samples):
        return found
    trials = question_trials(scenes)
    for name, role in _ROLES.items():
        table = _table(_count(rows, _questions(role)), trials, _QUESTION_LEVELS)
        found.add(name, table)
        if name == "accuracy":
            inside = [np.array([s.category == one for s in samples]) for one in CATEGORIES]
            found.add("semantic_average", table, inside)
    for outcome in _OUTCOMES:
        clips = _count(rows, _clip(outcome))
        found.add(outcome, _table(clips, outcome_trials(scenes, outcome), _OUTCOME_LEVELS))
    return found


@dataclass(frozen=True)
class _Table:
    """What a corrected mean is made of; see `correct`."""

    judged: Matrix
    asked: Matrix
    covered: Mask
    rates: list[tuple[Rate, Rate]]
    level: Level


@dataclass(frozen=True)
class _Counts:
    """What each sample has of each kind, as shares of all that it has.

    Attributes:
        kinds: The columns.
        asked: What could be judged, shape (samples, kinds).
        judged: What the judge takes for right, shape (samples, kinds).
        covered: Samples that have any, shape (samples,).
    """

    kinds: tuple[Kind, ...]
    asked: Matrix
    judged: Matrix
    covered: Mask


def _questions(role: Role | None) -> Judged:
    """The questions of a role, or of both."""
    return lambda sample, row: [
        ((sample.category, str(q.role), q.expected_answer), row.get(q.id) == q.expected_answer)
        for q in sample.questions
        if role in (None, q.role)
    ]


def _clip(outcome: Outcome) -> Judged:
    """The clip as a whole, as such an outcome or another."""
    return lambda sample, row: [
        ((sample.category, "", ""), sample_outcome(sample, row) == outcome),
    ]


def _count(rows: Sequence[tuple[Sample, Sequence[Row | None]]], of: Judged) -> _Counts:
    own = [[kind for kind, _ in of(sample, {})] for sample, _ in rows]
    places = {kind: place for place, kind in enumerate(dict.fromkeys(chain.from_iterable(own)))}
    asked, judged = np.zeros((2, len(rows), len(places)))
    for place, (sample, takes) in enumerate(rows):
        for row in takes:
            found = [] if row is None else of(sample, row)
            for kind, is_right in found:
                share = 1 / (len(found) * len(takes))
                asked[place, places[kind]] += share
                judged[place, places[kind]] += is_right * share
    return _Counts(tuple(places), asked, judged, np.array([bool(kinds) for kinds in own]))


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
    counts: _Counts, trials: Mapping[Kind, Trials], levels: Mapping[Level, Sequence[int]]
) -> _Table | str:
    """The kinds put together as far as the trials ask for; why nothing can be corrected else."""
    if not counts.kinds:
        return "there are no such questions"
    refusal = ""
    for level, parts in levels.items():
        keys = [tuple(kind[part] for part in parts) for kind in counts.kinds]
        pooled = {
            key: [t for kind, t in trials.items() if tuple(kind[part] for part in parts) == key]
            for key in dict.fromkeys(keys)
        }
        merged = [_together(rows) for rows in pooled.values()]
        refusal = next((reason for one in merged if (reason := refusal_of(one))), "")
        if refusal:
            continue
        into = np.array([[float(key == name) for name in pooled] for key in keys])
        return _Table(
            judged=counts.judged @ into,
            asked=counts.asked @ into,
            covered=counts.covered,
            rates=[one.rates for one in merged],
            level=level,
        )
    return refusal


def _together(trials: Sequence[Trials]) -> Trials:
    """All trials of several kinds, or of none."""
    right, wrong = (
        sum((getattr(one, side) for one in trials), np.zeros((1, 2))) for side in ("right", "wrong")
    )
    return Trials(right, wrong)
