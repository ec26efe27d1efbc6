"""A reviewer's session: what is asked, what was answered, and the next line of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from leaderboard.entries.names import is_plain_path
from leaderboard.report.page_videos import MAX_VIDEO_BYTES, video_data_uri
from leaderboard.review.questions import ReviewQuestion, annotation_questions, recheck_questions
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.estimation.choice import Choice, draw_choice, keep_choice, kept_choice
from omiti2v.estimation.people_answers import people_answers
from omiti2v.ordinary_file import read_file
from omiti2v.reviews.confirmed import REVIEWS
from omiti2v.reviews.people import (
    Key,
    PersonAnswer,
    Verdict,
    append_answer,
    now,
    read_people,
    read_person,
    reviewer_path,
    standing_answers,
)
from omiti2v.runs import Run, read_run

H264 = "h264"


@dataclass(frozen=True)
class ReviewSettings:
    """What is reviewed, and by whom.

    Attributes:
        name: The reviewer's.
        annotations: Folder of the edition; None with a run.
        run: Run folder whose judge is re-checked; None to verify the edition.
        videos: Folder of the run's videos.
        seed: Decides the order and the draw.
        limit: How many samples; None for all.
        choose: How many samples of the run are to be answered, in the order of its choice; None
            to draw them at random.
    """

    name: str
    annotations: Path | None = None
    run: Path | None = None
    videos: Path | None = None
    seed: int = 0
    limit: int | None = None
    choose: int | None = None


@dataclass(frozen=True)
class ReviewSession:
    """What one person is asked.

    Attributes:
        reviewer: The person's name.
        folder: The folder of all reviewers' files.
        edition: Whose questions; without images where a run's videos are shown.
        questions: In the order in which they come.
        run: Whose judge is re-checked; None where the edition is verified.
        videos: The file of each video that is asked about, by the video's id.
        left_out: Videos that can't be shown, each with the reason.
    """

    reviewer: str
    folder: Path
    edition: Edition
    questions: tuple[ReviewQuestion, ...]
    run: Run | None = None
    videos: Mapping[str, Path] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The reviewer's file."""
        return reviewer_path(self.folder, self.reviewer)

    def standing(self) -> dict[Key, PersonAnswer]:
        """The reviewer's answers to what is asked here, the latest given last.

        Read from the file every time, so that two pages of one reviewer resume from the same place.
        """
        asked = {question.key for question in self.questions}
        rows = standing_answers(read_person(self.path))
        return {key: row for key, row in rows.items() if key in asked}

    def answer(self, question: ReviewQuestion, verdict: Verdict, *, note: str = "") -> None:
        """Write an answer to the reviewer's file.

        Raises:
            UserError: The file can't be written; nothing was answered.
        """
        append_answer(
            self.path,
            PersonAnswer(
                reviewer=self.reviewer,
                kind="human",
                time=now(),
                form=question.form,
                edition=self.edition.fingerprint,
                sample_id=question.sample_id,
                question_id=question.question_id,
                question=question.text,
                seen=question.key[3],
                answer=verdict,
                note=" ".join(note.split())[:4000] or None,
            ),
        )

    def withdraw_latest(self) -> PersonAnswer | None:
        """Take the latest answer back; what it was, or None where there is none.

        Raises:
            UserError: The file can't be written; nothing was taken back.
        """
        standing = self.standing()
        if not standing:
            return None
        latest = list(standing.values())[-1]
        append_answer(
            self.path,
            latest.model_copy(update={"answer": "withdrawn", "time": now(), "note": None}),
        )
        return latest

    def video(self, video_id: str) -> bytes:
        """The video that the judge saw, byte for byte.

        Raises:
            UserError: It is not there any more, or is another file than the judge saw.
        """
        if self.run is None:
            raise ValueError("no run, no videos")
        path = self.videos[video_id]
        (report,) = [row for row in self.run.videos if row.video_id == video_id]
        return read_judged_video(path, sha256=report.sha256)


def read_judged_video(path: Path, *, sha256: str | None) -> bytes:
    """The bytes of a run's video.

    Raises:
        UserError: It is missing, too large, no mp4, or not the file with this digest.
    """
    content = read_file(path, limit=MAX_VIDEO_BYTES)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError("is not the file that the judge saw (its SHA-256 differs)")
    if path.suffix.lower() != ".mp4" or video_data_uri(content[:64], ".mp4") is None:
        raise UserError("is no mp4, which the page can't show")
    return content


def find_videos(run: Run, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The videos of a run that can be shown, and why the others can't, by their ids."""
    found: dict[str, Path] = {}
    left_out: dict[str, str] = {}
    for report in run.videos:
        path = folder / report.file
        try:
            if not is_plain_path(report.file):
                raise UserError("is no plain path within the folder")
            if report.codec != H264:
                raise UserError(f"has codec {report.codec}; browsers play {H264}")
            read_judged_video(path, sha256=report.sha256)
        except UserError as error:
            left_out[report.video_id] = f"{report.file} {error}"
        else:
            found[report.video_id] = path
    return found, left_out


def open_run(folder: Path) -> Run:
    """A run whose judge can be re-checked.

    Raises:
        UserError: It is broken or has no judge.
    """
    run = read_run(folder)
    if run.info.judge is None:
        raise UserError(f"{folder}: has no judge (metrics only); there is nothing to re-check")
    return run


def run_reviews(folder: Path) -> Path:
    """Where the re-checks of a run lie."""
    return folder / REVIEWS


def made_choice(run: Run, *, shown: Collection[str], seed: int) -> Choice:
    """The order in which a run's samples are to be answered, drawn and kept where there is none.

    Args:
        run: With its folder.
        shown: Samples all of whose videos can be shown.
        seed: Of the draw.

    Raises:
        UserError: The choice is broken or can't be kept.
    """
    folder = run_reviews(run.paths.folder)
    kept = kept_choice(folder)
    if kept is not None:
        return kept
    before = people_answers(run, read_people(folder)).samples
    choice = draw_choice(run.samples, run.right_chances, shown=shown, before=before, seed=seed)
    keep_choice(folder, choice)
    return choice


@lru_cache(maxsize=4)
def open_session(settings: ReviewSettings) -> ReviewSession:
    """Open what a person is to review.

    Raises:
        UserError: The name is no name, the edition or run is broken, nothing can be asked, or the
            reviewer's file is broken.
    """
    if settings.run is not None and settings.videos is not None:
        review = _open_recheck(settings, settings.run, settings.videos)
    elif settings.annotations is not None:
        edition = load_edition_folder(settings.annotations)
        questions = annotation_questions(
            edition, reviewer=settings.name, seed=settings.seed, limit=settings.limit
        )
        folder = settings.annotations / REVIEWS
        review = ReviewSession(settings.name, folder, edition, questions)
    else:
        raise ValueError("expected annotations, or a run and its videos")
    review.standing()
    return review


def _open_recheck(settings: ReviewSettings, folder: Path, videos: Path) -> ReviewSession:
    if not videos.is_dir():
        raise UserError(f"{videos}: no such folder; expected the videos of {folder}")
    run = open_run(folder)
    found, left_out = find_videos(run, videos)
    chosen = None
    if settings.choose is not None:
        shown = {row.sample_id for row in run.videos} - {
            row.sample_id for row in run.videos if row.video_id not in found
        }
        choice = made_choice(run, shown=shown, seed=settings.seed)
        chosen = choice.first(settings.choose)
    questions = recheck_questions(
        run,
        found,
        reviewer=settings.name,
        seed=settings.seed,
        limit=settings.limit,
        chosen=chosen,
    )
    if not questions:
        reason = next(iter(left_out.values()), "it has no videos")
        raise UserError(f"{videos}: no video of {folder} can be shown; the first: {reason}")
    reviews = run_reviews(folder)
    return ReviewSession(settings.name, reviews, run.edition, questions, run, found, left_out)
