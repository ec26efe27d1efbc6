"""How often a judge is wrong on real videos, from what people saw in them.

The questions of one video are not independent, so that the interval is over videos: see
`omiti2v.intervals`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.review.questions import judged_keys
from leaderboard.review.reviewers import PairAgreement, pair_agreements, samples_in_full
from omiti2v.bootstrap import Ratio
from omiti2v.intervals import ratio_interval
from omiti2v.records import Record
from omiti2v.reviews.people import Key, PersonAnswer, answers_by_key, standing_answers
from omiti2v.runs import Run


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
        samples: Samples of which an answer of the judge could be re-checked.
        in_full: Those of which all that could be were, by reviewer.
        pairs: Agreement of every two reviewers with each other.
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
    samples: int
    in_full: dict[str, int]
    pairs: tuple[PairAgreement, ...]
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
    ratio = Ratio(
        np.array([wrong[video] for video in answers], dtype=np.float64),
        np.array(list(answers.values()), dtype=np.float64),
    )
    low, high = ratio_interval(ratio)
    return ErrorRate(
        wrong=errors, answers=total, videos=len(answers), rate=errors / total, low=low, high=high
    )


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
        name: answers
        for name, rows in people.items()
        if (answers := standing_answers(rows).keys() & judged.keys())
    }
    judge = run.info.judge
    if judge is None:
        raise ValueError("a run without a judge has nothing to re-check")
    return JudgeErrorSummary(
        submission=run.info.submission.name,
        edition=run.info.edition.name,
        judge=judge.name,
        judge_fingerprint=judge.fingerprint,
        reviewers={name: len(answers) for name, answers in given.items()},
        samples=len({key[1] for key in judged}),
        in_full={name: samples_in_full(judged, answers) for name, answers in given.items()},
        pairs=pair_agreements(people, judged),
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
