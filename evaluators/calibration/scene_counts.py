"""From trials to what scores are corrected by: counts of each scene, pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from evaluators.calibration.trials import Trial
from omiti2v.calibration import SceneCounts
from omiti2v.outcomes import sample_outcome
from omiti2v.responses import Answer
from omiti2v.samples import Sample

Row = Mapping[str, Answer]
"""Answers by question id."""


def counts_by_scene(
    trials: Sequence[Trial], samples: Mapping[str, Sample]
) -> tuple[SceneCounts, ...]:
    """The counts of each scene.

    Args:
        trials: About all questions on each clip.
        samples: Of the scenes to count. One with a question whose reference answer is not known is
            left out, as its role is not.
    """
    scenes: dict[str, dict[str, list[Trial]]] = {}
    for trial in trials:
        scenes.setdefault(trial.scene, {}).setdefault(trial.behaviour, []).append(trial)
    found = []
    for name, clips in scenes.items():
        sample = samples.get(name)
        if sample is None or any(question.role is None for question in sample.questions):
            continue
        rows = [
            ({t.question_id: t.truth for t in clip}, {t.question_id: t.answer for t in clip})
            for clip in clips.values()
        ]
        ground = next(iter(clips.values()))[0].ground
        found.append(count_scene(sample, rows, ground=ground))
    return tuple(found)


def count_scene(sample: Sample, clips: Iterable[tuple[Row, Row]], *, ground: str) -> SceneCounts:
    """The counts of one scene.

    Args:
        sample: Its questions with both answers.
        clips: The true answers and the judge's about each of its clips.
        ground: What its clips are on.
    """
    asked: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for truth, judged in clips:
        outcomes[f"{sample_outcome(sample, truth)} {sample_outcome(sample, judged)}"] += 1
        for question in sample.questions:
            right = "right" if truth[question.id] == question.expected_answer else "wrong"
            kind = f"{question.role} {question.expected_answer} {right}"
            asked[kind] += 1
            hits[kind] += judged.get(question.id) == question.expected_answer
    return SceneCounts(
        ground=ground,
        category=sample.category,
        questions={kind: (count, hits[kind]) for kind, count in sorted(asked.items())},
        outcomes=dict(sorted(outcomes.items())),
    )
