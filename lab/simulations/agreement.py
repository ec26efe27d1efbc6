"""Whether the board and Compare say the same of every pair of simulated boards.

Runs are made in memory, and go through the functions of the product: `score_run` makes an entry's
marks, `board_family` and `rank_rows` the board, `compare_runs` with the board's family what
Compare shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from lab.simulations.boards import take_questions
from leaderboard.entries.entry_scores import score_run
from leaderboard.entries.ranking import RANKED_BY, RankedBy, board_family, rank_rows
from omiti2v.comparison import compare_runs
from omiti2v.comparison.verdict import HIGHER_IS_BETTER
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.responses import Answer, Response
from omiti2v.runs import EditionStamp, JudgeStamp, Run, RunInfo, RunPaths
from omiti2v.submissions import SubmissionInfo

ENTRIES = 8
SAMPLES = 24
LEVELS = (-1.0, -0.5, -0.5, 0.0, 0.0, 0.5, 1.0, 2.5)
"""Skills of the entries: some alike, some a little apart, one far ahead."""

_JUDGE = JudgeStamp(name="made-up", fingerprint=hashlib.sha256(b"made-up").hexdigest(), identity={})


def agreement(boards: int, *, seed: int) -> dict[str, int]:
    """How many pairs Compare was asked about on so many boards, and of how many it differed.

    Returns:
        `pairs` and `differing`: pairs by score; `ranks`: ranks that the verdicts of Compare do not
        give again; `apart`: pairs by score that were told apart.
    """
    rng = np.random.default_rng(seed)
    found = np.sum([board_agreement(rng) for _ in range(boards)], axis=0)
    names = ("pairs", "apart", "differing", "ranks")
    return {"boards": boards, **dict(zip(names, found.tolist(), strict=True))}


def board_agreement(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """The same for one board."""
    runs = make_runs(LEVELS, rng)
    marks = {run.info.submission.name: score_run(run)[1] for run in runs}
    family = board_family(marks, runs[0].edition.samples)
    pairs = differing = apart = 0
    wins: dict[RankedBy, set[tuple[str, str]]] = {by: set() for by in RANKED_BY}
    for one, other in combinations(runs, 2):
        names = one.info.submission.name, other.info.submission.name
        result = compare_runs(
            one,
            other,
            missing="zero",
            common=True,
            family=family.pair(*names),
            resamples=100,
        )
        for by in RANKED_BY:
            better = family.better(by, names)
            row = result.headline.get(by)
            says = row.verdict if row else None
            is_better = ("higher" if HIGHER_IS_BETTER[by] else "lower") == says
            is_worse = ("lower" if HIGHER_IS_BETTER[by] else "higher") == says
            pairs += 1
            apart += bool(better.any())
            differing += (bool(better[1, 0]), bool(better[0, 1])) != (is_better, is_worse)
            wins[by] |= {names[::-1]} if is_better else {names} if is_worse else set()
    ranks = 0
    for by in RANKED_BY:
        for name, rank in rank_rows(family, family.ids, by).items():
            best = 1 + sum(loser == name for _, loser in wins[by])
            worst = len(runs) - sum(winner == name for winner, _ in wins[by])
            ranks += (rank.best, rank.worst) != (best, worst)
    return pairs, apart, differing, ranks


def make_runs(skills: Sequence[float], rng: np.random.Generator) -> list[Run]:
    """Runs of entries of these skills on the same samples."""
    questions = take_questions(SAMPLES)
    edition = Edition(
        "made-up", questions.samples, {s.id: "0" * 64 for s in questions.samples}, None
    )
    return [
        _run(edition, f"entry {number}", row)
        for number, row in enumerate(questions.right(skills, rng))
    ]


def _run(edition: Edition, name: str, right: Sequence[bool]) -> Run:
    digests = {s.id: hashlib.sha256(f"{name}/{s.id}".encode()).hexdigest() for s in edition.samples}
    asked = [(sample, question) for sample in edition.samples for question in sample.questions]
    responses = []
    for (sample, question), is_right in zip(asked, right, strict=True):
        other: Answer = "no" if question.expected_answer == "yes" else "yes"
        responses.append(
            Response(
                sample_id=sample.id,
                question_id=question.id,
                question=question.question,
                answer=question.expected_answer if is_right else other,
                video_sha256=digests[sample.id],
                judge=_JUDGE.fingerprint,
                frames="count=2",
            )
        )
    stamp = EditionStamp(
        name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
    )
    return Run(
        paths=RunPaths(Path(name)),
        info=RunInfo(
            submission=SubmissionInfo(name=name),
            edition=stamp,
            judge=_JUDGE,
            metrics={},
            resamples=100,
            seed=0,
            versions={"python": "3"},
        ),
        edition=edition,
        responses=tuple(responses),
        measurements=(),
        videos=tuple(
            VideoReport(sample_id=sample_id, file=f"{sample_id}.mp4", sha256=digest, frames=2)
            for sample_id, digest in digests.items()
        ),
        findings=(),
    )
