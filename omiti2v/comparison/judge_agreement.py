"""Several judges on the same videos: their majority, their agreement, where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from omiti2v.comparison.match import matched_samples
from omiti2v.errors import UserError
from omiti2v.kappa import cohen_kappa, fleiss_kappa
from omiti2v.records import Digest, OrAbsent, Record
from omiti2v.responses import Answer, Probability, match_answers
from omiti2v.runs import EditionStamp, Run
from omiti2v.scores import Estimate, Missing, compute_scores
from omiti2v.takes import AboutVideo, by_sample, take_of, video_order
from omiti2v.votes import JUDGED, Weights, majority_answer, weighted_answer


class Votes(AboutVideo):
    """What the judges said to one question about one video.

    Attributes:
        sample_id, take: Which video.
        answers: Of each judge, in their order; None where a judge was not asked.
        majority: Of the judges together.
        p_yes: Mean of their P(yes); None where none gives one.
        weighted: Of the judges together, each by its calibration; None, and left out of the JSON,
            where one has none.
    """

    question_id: str
    question: str
    answers: tuple[Answer | None, ...]
    majority: Answer
    p_yes: Probability | None
    weighted: OrAbsent[Answer] = None

    @property
    def complete(self) -> bool:
        """Whether every judge came to a judgement."""
        return all(answer in JUDGED for answer in self.answers)

    @property
    def split(self) -> bool:
        """Whether two judges came to different judgements."""
        return len({answer for answer in self.answers if answer in JUDGED}) > 1


class JudgeSummary(Record):
    """One judge, or the majority of all (without a fingerprint), and the scores it gives.

    Attributes:
        answers: Number of answers of each kind; `missing` are questions never asked.
        accuracy, success: As `omiti2v score` defines them; None where not available.
        manner: How the judge was asked, see `JudgeStamp`.
        unavailable: Why there are no scores: it answered too few of the questions.
    """

    name: str
    manner: str = ""
    fingerprint: Digest | None
    answers: dict[str, int]
    accuracy: Estimate | None
    success: Estimate | None
    unavailable: str | None = None


class PairAgreement(Record):
    """How far two judges agree on the questions that both judged.

    Attributes:
        one, other: Their numbers, from 1.
        questions: Number of questions that both judged.
        agreed: Number with the same judgement: yes, no or unknown.
        share: agreed / questions; None where there are none.
        kappa: Cohen's, over yes, no and unknown; None where not defined.
    """

    one: int
    other: int
    questions: int
    agreed: int
    share: Probability | None
    kappa: float | None


class JudgeAgreement(Record):
    """Everything that `omiti2v agree` finds.

    Attributes:
        judges: In the order of the runs.
        majority: The scores of the majority answers.
        weighted: The same, each judge weighted by its calibration; None, and left out of the JSON,
            where one has none.
        pairs: Every two judges.
        complete: Number of questions that every judge judged.
        unanimous: Number of those with one judgement.
        fleiss_kappa: Over those; None where not defined.
        votes: Every question, ordered by sample.
    """

    edition: EditionStamp
    submission: str
    judges: tuple[JudgeSummary, ...]
    majority: JudgeSummary
    weighted: OrAbsent[JudgeSummary] = None
    pairs: tuple[PairAgreement, ...]
    complete: int
    unanimous: int
    fleiss_kappa: float | None
    votes: tuple[Votes, ...]


def mean_p_yes(given: Sequence[float | None]) -> float | None:
    """The mean of the judges' P(yes), over those that give one; None where none does."""
    known = [p_yes for p_yes in given if p_yes is not None]
    return sum(known) / len(known) if known else None


def pair_agreement(votes: Sequence[Votes], one: int, other: int) -> PairAgreement:
    """The agreement of two judges, by their numbers from 1."""
    pairs = [(row.answers[one - 1], row.answers[other - 1]) for row in votes]
    judged = [pair for pair in pairs if pair[0] in JUDGED and pair[1] in JUDGED]
    agreed = sum(a == b for a, b in judged)
    return PairAgreement(
        one=one,
        other=other,
        questions=len(judged),
        agreed=agreed,
        share=agreed / len(judged) if judged else None,
        kappa=cohen_kappa([a for a, _ in judged], [b for _, b in judged]),
    )


def collect_votes(
    runs: Sequence[Run], weights: Sequence[Weights] | None = None
) -> tuple[Votes, ...]:
    """Every question of the samples that the runs cover and have a video of.

    Args:
        runs: At least two, of the same videos, each by a judge of its own.
        weights: What each judge's answers are worth; None to have no weighted vote.

    Raises:
        UserError: The runs are of different editions, samples or videos; a run has no judge, or
            two have the same.
    """
    if len(runs) < 2:
        raise UserError("agreement needs at least two runs of the same videos")
    samples = matched_samples(runs)
    _require_own_judges(runs)
    _require_same_videos(runs)
    for run in runs:
        match_answers(run.edition, run.responses)  # checks them against the edition
    responses = [{(row.video_id, row.question_id): row for row in run.responses} for run in runs]
    videos = by_sample(runs[0].with_video)
    votes = []
    asked = [(sample, video) for sample in samples for video in videos.get(sample.id, ())]
    for sample, video in asked:
        for question in sample.questions:
            rows = [table.get((video, question.id)) for table in responses]
            answers = tuple(row.answer if row else None for row in rows)
            votes.append(
                Votes(
                    sample_id=sample.id,
                    take=take_of(video),
                    question_id=question.id,
                    question=question.question,
                    answers=answers,
                    majority=majority_answer(answers),
                    weighted=weighted_answer(answers, weights) if weights else None,
                    # P(yes) is given that the answer is yes or no; of any other it says little.
                    p_yes=mean_p_yes(
                        [row.p_yes if row and row.answer in ("yes", "no") else None for row in rows]
                    ),
                )
            )
    return tuple(votes)


def judge_agreement(
    runs: Sequence[Run],
    *,
    weights: Sequence[Weights] | None = None,
    missing: Missing | None = None,
) -> JudgeAgreement:
    """How several judges of the same videos agree, and what they say together.

    Args:
        runs, weights: As for `collect_votes`.
        missing: What a sample without a video counts in the scores; None for the first run's rule.

    Raises:
        UserError: As for `collect_votes`.
    """
    votes = collect_votes(runs, weights)
    complete = [row for row in votes if row.complete]
    summaries = []
    together = ("majority", "weighted majority")[: 2 if weights else 1]
    for number, run in enumerate([*runs, *(None for _ in together)]):
        answers: dict[str, dict[str, Answer]] = {}
        counts = dict.fromkeys((*JUDGED, "error", "missing"), 0)
        for row in votes:
            given = (*row.answers, row.majority, row.weighted)
            answer = given[number]
            counts[answer or "missing"] += 1
            if answer is not None:
                answers.setdefault(row.video_id, {})[row.question_id] = answer
        scores = compute_scores(
            runs[0].samples,
            answers,
            with_video=runs[0].with_video,
            judged=runs[0].judgeable,
            missing=missing or runs[0].info.missing,
        )
        judge = run.info.judge if run else None
        summaries.append(
            JudgeSummary(
                name=judge.name if judge else together[number - len(runs)],
                manner=judge.manner if judge else "",
                fingerprint=judge.fingerprint if judge else None,
                answers=counts,
                accuracy=scores.scores["accuracy"],
                success=scores.outcomes["success"] if scores.outcomes else None,
                unavailable=scores.judge_unavailable,
            )
        )
    return JudgeAgreement(
        edition=runs[0].info.edition,
        submission=runs[0].info.submission.name,
        judges=tuple(summaries[: len(runs)]),
        majority=summaries[len(runs)],
        weighted=summaries[-1] if weights else None,
        pairs=tuple(
            pair_agreement(votes, *pair) for pair in combinations(range(1, len(runs) + 1), 2)
        ),
        complete=len(complete),
        unanimous=sum(not row.split for row in complete),
        fleiss_kappa=fleiss_kappa([row.answers for row in complete]),
        votes=votes,
    )


def _require_own_judges(runs: Sequence[Run]) -> None:
    seen: dict[str, Run] = {}
    for run in runs:
        if run.info.judge is None:
            raise UserError(f"{run.paths.folder}: has no judge; score it with --judge")
        first = seen.setdefault(run.info.judge.fingerprint, run)
        if first is not run:
            raise UserError(
                f"{run.paths.folder}: has the judge of {first.paths.folder}; agreement needs "
                "different judges"
            )


def _require_same_videos(runs: Sequence[Run]) -> None:
    first = {video.video_id: video.sha256 for video in runs[0].videos}
    for run in runs[1:]:
        theirs = {video.video_id: video.sha256 for video in run.videos}
        for video_id in sorted(first.keys() | theirs.keys(), key=video_order):
            if first.get(video_id, "none") != theirs.get(video_id, "none"):
                raise UserError(
                    f"{run.paths.folder}: {video_id}: not the video of {runs[0].paths.folder}; "
                    "judges are compared on the same videos, runs with `omiti2v compare`"
                )
