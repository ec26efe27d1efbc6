"""The numbers of an entry, from its log alone.

Every entry of a board is scored by one rule, whatever its run was scored with: over all samples of
the edition, a sample without a video counts 0, and the bootstrap has the same resamples and seed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from leaderboard.entries.entry_info import SampleResults
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.outcomes import sample_outcome
from omiti2v.responses import Answers, match_answers
from omiti2v.runs import Run
from omiti2v.samples import Sample
from omiti2v.scores import RESAMPLES, Scores, compute_scores

SEED = 0


def score_run(run: Run) -> tuple[Scores, SampleResults]:
    """A run's numbers on a board.

    Raises:
        UserError: The log does not fit the edition.
    """
    with_video = {video.sample_id for video in run.videos}
    answers = match_answers(run.edition, run.responses) if run.info.judge else None
    scores = compute_scores(
        run.edition.samples,
        answers,
        with_video=with_video,
        judged=run.judgeable,
        measurements=run.measurements,
        chances=run.right_chances,
        missing="zero",
        resamples=RESAMPLES,
        seed=SEED,
    )
    if scores.judge_unavailable:
        answers = None
    return scores, mark_samples(run.edition.samples, answers, with_video=with_video)


def score_floor(edition: Edition) -> tuple[Scores, SampleResults]:
    """What frozen copies of the reference images score, with every answer right about them.

    Exact: the reference answers are the answers, so that no video and no judge is needed.

    Raises:
        UserError: The edition does not give the reference answers.
    """
    answers: dict[str, dict[str, str]] = {}
    for sample in edition.samples:
        for question in sample.questions:
            if question.reference_answer is None:
                raise UserError(
                    f"edition {edition.name}: {sample.id}/{question.id} has no reference answer, "
                    "so that the still floor is not known"
                )
            answers.setdefault(sample.id, {})[question.id] = question.reference_answer
    everything = set(edition.by_id)
    known: Answers = answers  # type: ignore[assignment]  # yes and no are answers
    scores = compute_scores(
        edition.samples, known, with_video=everything, resamples=RESAMPLES, seed=SEED
    )
    return scores, mark_samples(edition.samples, known, with_video=everything)


def mark_samples(
    samples: Sequence[Sample], answers: Answers | None, *, with_video: Collection[str]
) -> SampleResults:
    """What became of each sample.

    Args:
        samples: All of the edition.
        answers: By sample and question; None where no judge was asked, or where its answers
            make no score.
        with_video: Ids of the samples that have a video.
    """
    if answers is None:
        return SampleResults(outcomes=None, right=None)
    rows = [(s, answers.get(s.id, {}) if s.id in with_video else {}) for s in samples]
    has_roles = all(question.role for sample in samples for question in sample.questions)
    return SampleResults(
        outcomes="".join(sample_outcome(*row)[0] for row in rows) if has_roles else None,
        right=tuple(
            sum(row.get(question.id) == question.expected_answer for question in sample.questions)
            for sample, row in rows
        ),
    )
