"""The numbers of an entry, from its log alone.

Every entry of a board is scored by one rule, whatever its run was scored with: over all samples of
the edition, and a sample without a video counts 0.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from leaderboard.entries.entry_info import SampleResults
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.outcomes import sample_outcome
from omiti2v.responses import Answers
from omiti2v.runs import Run
from omiti2v.samples import Sample
from omiti2v.score_ratios import has_roles, takes_of_samples
from omiti2v.scores import RESAMPLES, Scores, compute_scores

SEED = 0


def score_run(run: Run) -> tuple[Scores, SampleResults]:
    """A run's numbers on a board.

    Raises:
        UserError: The log does not fit the edition.
    """
    answers = run.answers if run.info.judge else None
    scores = compute_scores(
        run.edition.samples,
        answers,
        with_video=run.with_video,
        judged=run.judgeable,
        measurements=run.measurements,
        chances=run.right_chances,
        missing="zero",
        resamples=RESAMPLES,
        seed=SEED,
        metric_bounds={name: stamp.bounds for name, stamp in run.info.metrics.items()},
    )
    if scores.judge_unavailable:
        answers = None
    return scores, mark_samples(run.edition.samples, answers, with_video=run.with_video)


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
        edition.samples,
        known,
        with_video=everything,
        resamples=RESAMPLES,
        seed=SEED,
        exact=True,
    )
    return scores, mark_samples(edition.samples, known, with_video=everything)


def mark_samples(
    samples: Sequence[Sample], answers: Answers | None, *, with_video: Collection[str]
) -> SampleResults:
    """What became of each sample.

    Args:
        samples: All of the edition.
        answers: By video and question; None where no judge was asked, or where its answers
            make no score.
        with_video: The videos that are there.
    """
    if answers is None:
        return SampleResults(outcomes=None, right=None)
    grouped = takes_of_samples(samples, {video: answers.get(video, {}) for video in with_video})
    rows = [(sample, row) for sample, takes in grouped for row in takes]
    return SampleResults(
        outcomes="".join(sample_outcome(*row)[0] for row in rows) if has_roles(samples) else None,
        right=tuple(
            sum(row.get(question.id) == question.expected_answer for question in sample.questions)
            for sample, row in rows
        ),
        takes=tuple(len(takes) for _, takes in grouped) if len(rows) > len(grouped) else None,
    )
