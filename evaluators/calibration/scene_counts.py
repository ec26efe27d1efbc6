"""From trials to what scores are corrected by: counts of each scene, pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from evaluators.calibration.trials import Trial
from omiti2v.calibration import SceneCounts
from omiti2v.outcomes import sample_outcome
from omiti2v.responses import Answer
from omiti2v.samples import Question, Sample

Row = Mapping[str, Answer]
"""Answers by question id."""


def counts_by_scene(trials: Sequence[Trial]) -> tuple[SceneCounts, ...]:
    """The counts of each scene.

    Args:
        trials: Of scenes that are played in all ways: what is right after the edit, and on the
            untouched image, is read off the clips that do it and that stand still.
    """
    scenes: dict[str, dict[str, list[Trial]]] = {}
    for trial in trials:
        scenes.setdefault(trial.scene, {}).setdefault(trial.behaviour, []).append(trial)
    found = []
    for clips in scenes.values():
        if not {"done", "still"} <= clips.keys():
            continue
        reference = {trial.question_id: trial.truth for trial in clips["still"]}
        first = clips["done"][0]
        sample = Sample(
            id="scene",
            image="none",
            prompt="none",
            category=first.category,
            questions=tuple(
                Question(
                    id=trial.question_id,
                    question="none",
                    dimension=trial.dimension,
                    expected_answer=trial.truth,
                    reference_answer=reference[trial.question_id],
                )
                for trial in clips["done"]
            ),
        )
        rows = [
            ({t.question_id: t.truth for t in clip}, {t.question_id: t.answer for t in clip})
            for clip in clips.values()
        ]
        found.append(count_scene(sample, rows, ground=first.ground))
    return tuple(found)


def count_scene(sample: Sample, clips: Iterable[tuple[Row, Row]], *, ground: str) -> SceneCounts:
    """The counts of one scene.

    Args:
        sample: Its questions with both answers.
        clips: The true answers and the judge's about each of its clips.
        ground: Kind of background.
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
