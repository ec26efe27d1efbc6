"""The maintainers' way to the badge `videos`: the same judge, asked again on the real files.

A forged log is the one thing that no arithmetic finds. A random share of the samples, drawn when
nobody can prepare for it any more, is judged again; every answer is compared with the log.

An honest log of videos that do the edit only where the judge looks passes. So the same samples are
asked about once more on other frames, drawn then too; what comes out is noted with the badge.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from leaderboard.entries import names
from leaderboard.entries.add import write_files
from leaderboard.entries.entry import Entry
from leaderboard.entries.entry_files import as_json_file
from leaderboard.entries.entry_info import EntryInfo, OtherFrames, Rejudged
from leaderboard.entries.storage import MAX_FILE_BYTES
from omiti2v.comparison.paired import paired_interval
from omiti2v.comparison.paired_scores import paired_answer_scores
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file
from omiti2v.responses import Answer
from omiti2v.runs import Run
from omiti2v.takes import by_sample, sample_of

LEAST_AGREEMENT = 0.98
"""Share of the answers that must agree: the same weights on other hardware may turn a few."""


@dataclass(frozen=True)
class Disagreement:
    """A question that was answered otherwise this time.

    Attributes:
        place: Video and question.
        question: Its text.
        expected: The answer on a video that did the edit.
        logged, again: The answers; None where there is none.
    """

    place: str
    question: str
    expected: Answer
    logged: Answer | None
    again: Answer | None


@dataclass(frozen=True)
class Rejudgement:
    """What judging again gave.

    Attributes:
        record: For `entry.json`.
        disagreements: Question by question.
        other_files: Videos whose file is missing or not the one of the log.
    """

    record: Rejudged
    disagreements: tuple[Disagreement, ...]
    other_files: tuple[str, ...]

    @property
    def agreement(self) -> float:
        """Share of the questions with the same answer."""
        return self.record.agreed / self.record.questions

    def passed(self, *, least: float = LEAST_AGREEMENT) -> bool:
        """Whether the badge is earned: every file the logged one, and enough answers agree."""
        return not self.other_files and self.agreement >= least


def draw_samples(run: Run, *, share: float, seed: int) -> tuple[str, ...]:
    """The samples to judge again, of those that have a video; at least one.

    Args:
        run: Of the entry.
        share: Which part of them, above 0 and at most 1.
        seed: Of the draw. Who knows it beforehand knows which answers will not be looked at, so
            that it is drawn at random when the entry is there already.

    Raises:
        UserError: The run has no video.
    """
    with_video = sorted({video.sample_id for video in run.videos if video.sha256})
    if not with_video:
        raise UserError(f"{run.info.submission.name}: has no video to judge again")
    count = min(len(with_video), math.ceil(share * len(with_video)))
    return tuple(sorted(random.Random(seed).sample(with_video, count)))  # noqa: S311 (recorded)


def draw_phase(seed: int) -> float:
    """How far the other frames lie from the run's own, as a share of the step between these.

    Between half and three quarters: nearer by, a rule that takes every second frame takes the same.
    """
    return random.Random(f"phase {seed}").randint(510, 750) / 1000  # noqa: S311 (recorded)


def compare_frames(own: Run, other: Run, *, phase: float) -> OtherFrames | None:
    """How much success depends on which frames the judge is shown.

    Args:
        own: On the frames of the judge's rule.
        other: On frames that lie `phase` of a step later; of the same samples and videos.
        phase: For the record.

    Returns:
        None where the edition can't tell success.
    """
    scores = paired_answer_scores(own.scored, other.answers, own.answers)
    success = scores.get(("outcome", "success"))
    if success is None:
        return None
    low, high = paired_interval(success) or (-1.0, 1.0)
    return OtherFrames(phase=phase, own=success.b, other=success.a, low=low, high=high)


def compare_answers(
    logged: Run, again: Run, sample_ids: Sequence[str], *, share: float, seed: int, today: date
) -> Rejudgement:
    """Compare the answers of a run on the real files with those of the log.

    Args:
        logged: The entry's run.
        again: Of the same judge on the files at hand, over these samples.
        sample_ids: Those drawn.
        share, seed, today: For the record.

    Raises:
        UserError: The judges or editions differ.
    """
    one, other = logged.info.judge, again.info.judge
    if one is None or other is None or one.fingerprint != other.fingerprint:
        raise UserError(
            f"{logged.info.submission.name}: judged by {one.name if one else 'nobody'} "
            f"{one.fingerprint[:12] if one else ''}, judged again by "
            f"{other.name if other else 'nobody'} {other.fingerprint[:12] if other else ''}; give "
            "the judge of the entry to --judge, with the same options"
        )
    if logged.info.edition.fingerprint != again.info.edition.fingerprint:
        raise UserError(f"{logged.info.submission.name}: the two runs are of different editions")
    digests = {video.video_id: video.sha256 for video in again.videos}
    theirs = {video.video_id: video.sha256 for video in logged.videos}
    answers = [
        {(row.video_id, row.question_id): row.answer for row in run.responses}
        for run in (logged, again)
    ]
    of_sample = by_sample(theirs)
    videos = [video for name in sample_ids for video in of_sample[name]]
    questions = agreed = lost = gained = 0
    disagreements = []
    for video in videos:
        for question in logged.edition.by_id[sample_of(video)].questions:
            key = (video, question.id)
            first, second = (rows.get(key) for rows in answers)
            questions += 1
            if first == second:
                agreed += 1
                continue
            expected = question.expected_answer
            lost += first == expected
            gained += second == expected
            place = f"{video}/{question.id}"
            disagreements.append(Disagreement(place, question.question, expected, first, second))
    return Rejudgement(
        Rejudged(
            date=today,
            share=share,
            seed=seed,
            judge=one.fingerprint,
            samples=len(sample_ids),
            questions=questions,
            agreed=agreed,
            lost=lost,
            gained=gained,
            version=again.info.versions.get("omiti2v", "unknown"),
        ),
        tuple(disagreements),
        tuple(video for video in videos if digests.get(video) != theirs[video]),
    )


def award_badge(board_folder: Path, entry: Entry, record: Rejudged, *, answers: bytes) -> None:
    """Give an entry the badge `videos`, with how it was earned.

    Args:
        board_folder: Where the board lies.
        entry: With a log.
        record: See `Rejudgement`.
        answers: Of both passes; see `leaderboard.entries.rejudged_answers`.

    Raises:
        UserError: A file of the entry can't be read or written.
    """
    # Validated anew: a copy alone would not hold the badge against its fields.
    info = EntryInfo.model_validate({**dict(entry.info), "badge": "videos", "rejudged": record})
    place = names.entry_path(entry.folder, entry.slug)
    # The folder as a whole: answers without the badge would be a file that has no place there.
    files = (board_folder / place).iterdir()
    contents = {path.name: read_file(path, limit=MAX_FILE_BYTES) for path in files}
    contents |= {names.ENTRY: as_json_file(info), names.REJUDGED: answers}
    write_files(board_folder, {f"{place}/{name}": data for name, data in contents.items()})
