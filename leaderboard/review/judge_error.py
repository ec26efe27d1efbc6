"""How often a judge is wrong on real videos, from what people saw in them.

The questions of one video are not independent. So the interval is Wilson's with the number of
answers divided by the design effect: how much larger the variance over videos is than that of
independent answers, never taken below 1. Unlike a bootstrap it stays open where no error was seen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leaderboard.review.questions import judged_keys
from omiti2v.records import Record
from omiti2v.reviews.people import Key, PersonAnswer, answers_by_key, standing_answers
from omiti2v.runs import Run

_Z = 1.959963984540054  # two-sided 95 %


class ErrorRate(Record):
    """A share of wrong answers.

    Attributes:
        wrong, answers, videos: How many.
        rate, low, high: The share, 0 to 1, with its 95 % interval; None without answers.
    """

    wrong: int
    answers: int
    videos: int
    rate: float | None = None
    low: float | None = None
    high: float | None = None


class JudgeErrorSummary(Record):
    """A judge compared with people on the videos of a run.

    Attributes:
        submission, edition, judge, judge_fingerprint: What was judged, and by what.
        reviewers: Answers that hold, by reviewer.
        judged: Yes and no answers of the judge that could be re-checked.
        silent: Answers of the judge that are neither yes nor no; they are no errors.
        unclear: Re-checked answers of which some person said "unclear"; left out.
        disputed: Re-checked answers over which people differ; left out.
        error: Over all other re-checked answers.
        false_yes: Over those to which people say no: the judge said yes.
        false_no: Over those to which people say yes: the judge said no.
        categories, dimensions: The error by category and by dimension.
    """

    submission: str
    edition: str
    judge: str
    judge_fingerprint: str
    reviewers: dict[str, int]
    judged: int
    silent: int
    unclear: int
    disputed: int
    error: ErrorRate
    false_yes: ErrorRate
    false_no: ErrorRate
    categories: dict[str, ErrorRate]
    dimensions: dict[str, ErrorRate]


@dataclass(frozen=True)
class Checked:
    """An answer of a judge of which people say what is right.

    Attributes:
        key: Which.
        judge, person: "yes" or "no".
        category, dimension: Of its question.
    """

    key: Key
    judge: str
    person: str
    category: str
    dimension: str


def error_rate(checked: Sequence[Checked]) -> ErrorRate:
    """The share of answers in which judge and people differ, with its interval."""
    answers = Counter(one.key[1] for one in checked)
    wrong = Counter(one.key[1] for one in checked if one.judge != one.person)
    total, errors = answers.total(), wrong.total()
    if not total:
        return ErrorRate(wrong=0, answers=0, videos=0)
    rate = errors / total
    effective = total / _design_effect(
        [(wrong[video], count) for video, count in answers.items()], rate
    )
    low, high = wilson_interval(rate, effective)
    return ErrorRate(
        wrong=errors, answers=total, videos=len(answers), rate=rate, low=low, high=high
    )


def wilson_interval(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval (1927) of a share.

    Args:
        share: Seen, 0 to 1.
        n: Over how many independent answers, more than 0; not necessarily a whole number.
    """
    below = 1 + _Z**2 / n
    center = (share + _Z**2 / (2 * n)) / below
    half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / below
    # At the ends of the scale the sums cancel but for rounding.
    low = 0.0 if share == 0 else max(0.0, center - half)
    high = 1.0 if share == 1 else min(1.0, center + half)
    return low, high


def _design_effect(videos: Sequence[tuple[int, int]], rate: float) -> float:
    """Variance of the rate over videos by that of independent answers, at least 1.

    Args:
        videos: Wrong and all answers of each.
        rate: Of all of them.
    """
    independent = rate * (1 - rate)
    if len(videos) < 2 or not independent:
        return 1.0
    total = sum(count for _, count in videos)
    between = sum((wrong - rate * count) ** 2 for wrong, count in videos)
    return max(1.0, len(videos) / (len(videos) - 1) * between / (total * independent))


def check_judge(
    run: Run, people: Mapping[str, Iterable[PersonAnswer]]
) -> tuple[list[Checked], int, int]:
    """The answers of the judge that people have re-checked, beyond doubt.

    An answer of several people counts once. Answers to other videos or questions than the run's
    are not looked at.

    Returns:
        The answers, how many more somebody found unclear, and over how many more people differ.
    """
    judged = judged_keys(run)
    questions = {
        (sample.id, question.id): (sample.category, question.dimension)
        for sample in run.samples
        for question in sample.questions
    }
    checked: list[Checked] = []
    unclear = disputed = 0
    for key, given in sorted(answers_by_key(people).items()):
        said = {one.answer for one in given}
        if key not in judged:
            continue
        if "unclear" in said:
            unclear += 1
        elif len(said) > 1:
            disputed += 1
        else:
            checked.append(Checked(key, judged[key], said.pop(), *questions[key[1], key[2]]))
    return checked, unclear, disputed


def summarize_judge(run: Run, people: Mapping[str, Sequence[PersonAnswer]]) -> JudgeErrorSummary:
    """The judge's error on the run's videos.

    Args:
        run: With a judge.
        people: The reviewers' lines, by name.
    """
    checked, unclear, disputed = check_judge(run, people)
    judged = judged_keys(run)
    given = {
        name: sum(k in judged for k in standing_answers(rows)) for name, rows in people.items()
    }
    judge = run.info.judge
    if judge is None:
        raise ValueError("a run without a judge has nothing to re-check")
    return JudgeErrorSummary(
        submission=run.info.submission.name,
        edition=run.info.edition.name,
        judge=judge.name,
        judge_fingerprint=judge.fingerprint,
        reviewers={name: count for name, count in given.items() if count},
        judged=len(judged),
        silent=sum(response.answer not in ("yes", "no") for response in run.responses),
        unclear=unclear,
        disputed=disputed,
        error=error_rate(checked),
        false_yes=error_rate([one for one in checked if one.person == "no"]),
        false_no=error_rate([one for one in checked if one.person == "yes"]),
        categories=_by(checked, [one.category for one in checked]),
        dimensions=_by(checked, [one.dimension for one in checked]),
    )


def _by(checked: Sequence[Checked], groups: Sequence[str]) -> dict[str, ErrorRate]:
    return {
        group: error_rate([one for one, name in zip(checked, groups, strict=True) if name == group])
        for group in sorted(set(groups))
    }
