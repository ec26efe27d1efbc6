"""Scores from P(yes) in place of yes and no: no new inference, from the response log alone.

As Soft-TIFA of GenEval 2 (Kamath et al. 2025, arXiv 2512.16853): a question counts the probability
that the judge gave to the right answer. A sample counts their arithmetic mean (how much of it is
right) or their geometric mean (whether all of it is), and the samples are averaged. What is
unknown, in error or missing counts 0, as in the hard scores, which makes a geometric mean 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from omiti2v.bootstrap import Ratio
from omiti2v.responses import Response
from omiti2v.samples import Question, Sample
from omiti2v.score_ratios import Ratios, mean_ratio, takes_of_samples

Chances = Mapping[str, Mapping[str, float]]
"""P(right answer) by video and question id; what is not answered yes or no is absent."""

_DOUBT = 0.05

Predicted = Callable[[Sequence[float], Sequence[float]], float | None]
"""A sample's value from P(right answer) of its edit and of its preserve questions."""


def right_chances(
    samples: Iterable[Sample], responses: Iterable[Response], videos: Iterable[str]
) -> Chances | None:
    """P(right answer) of every answer; None where the judge gives no P(yes) with some of them.

    Args:
        samples: All that a response may be about.
        responses: Of one judge.
        videos: Those that are there, with answers or without.
    """
    expected = {(s.id, q.id): q.expected_answer for s in samples for q in s.questions}
    found: dict[str, dict[str, float]] = {video: {} for video in videos}
    for row in responses:
        if row.answer not in ("yes", "no"):
            continue
        if row.p_yes is None:
            return None
        right = row.p_yes if expected[row.sample_id, row.question_id] == "yes" else 1 - row.p_yes
        found.setdefault(row.video_id, {})[row.question_id] = right
    return found if any(found.values()) else None


def soft_ratios(samples: Sequence[Sample], chances: Chances) -> Ratios:
    """The two soft scores: keys ("soft", "arithmetic") and ("soft", "geometric")."""
    return {
        ("soft", "arithmetic"): _over_samples(samples, chances, lambda e, p: _arithmetic([*e, *p])),
        ("soft", "geometric"): _over_samples(samples, chances, lambda e, p: _geometric([*e, *p])),
    }


def predicted_ratios(samples: Sequence[Sample], chances: Chances) -> Ratios:
    """What P(yes) says of the scores that people can be asked for, by the keys of those.

    Shares of right answers are predicted by arithmetic means, what asks for all of them by
    geometric ones. The edit questions tell most of success and of accuracy, so that for both they
    count once more by themselves; most videos keep what they should, so that for accuracy the
    preserve questions are half believed. No probability is believed beyond 1 in 20: judges are
    surer than they are right, and one sure error would make a geometric mean 0. Nothing need be
    true of a prediction for an anchored score to hold; a better one makes it narrower. These are
    the better ones of the known-answer world.
    """
    rules: dict[tuple[str, ...], Predicted] = {
        ("accuracy",): _accuracy,
        ("edit_accuracy",): lambda edit, preserve: _arithmetic(edit),
        ("preserve_accuracy",): lambda edit, preserve: _arithmetic(preserve),
        ("edit_success",): lambda edit, preserve: _geometric(edit),
        ("outcome", "success"): _success,
        ("outcome", "negligent"): lambda e, p: _geometric([*(1 - chance for chance in e), *p]),
    }
    believed = {
        video: {name: min(max(chance, _DOUBT), 1 - _DOUBT) for name, chance in row.items()}
        for video, row in chances.items()
    }
    return {key: _over_samples(samples, believed, rule) for key, rule in rules.items()}


def _over_samples(samples: Sequence[Sample], chances: Chances, rule: Predicted) -> Ratio:
    """A mean over samples, of each the mean over its videos."""
    return mean_ratio(
        [
            [_value(sample.questions, row, rule) for row in rows]
            for sample, rows in takes_of_samples(samples, chances)
        ]
    )


def _value(
    questions: Sequence[Question], row: Mapping[str, float], rule: Predicted
) -> float | None:
    sides: tuple[list[float], list[float]] = ([], [])
    for question in questions:
        sides[question.role == "preserve"].append(row.get(question.id, 0.0))
    return rule(*sides)


def _accuracy(edit: Sequence[float], preserve: Sequence[float]) -> float | None:
    """Half the mean over all questions, half as if the edit were done or not and all else kept."""
    mean, done = _arithmetic([*edit, *preserve]), _geometric(edit)
    if mean is None or done is None:
        return mean
    kept = (done * len(edit) + len(preserve)) / (len(edit) + len(preserve))
    return (mean + kept) / 2


def _success(edit: Sequence[float], preserve: Sequence[float]) -> float | None:
    everything, done = _geometric([*edit, *preserve]), _geometric(edit)
    return None if everything is None or done is None else everything * done


def _arithmetic(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _geometric(values: Sequence[float]) -> float | None:
    return math.prod(values) ** (1 / len(values)) if values else None
