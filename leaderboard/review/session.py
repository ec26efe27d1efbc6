"""A reviewer's session: what is asked, what was answered, and the next line of the file."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from leaderboard.review.questions import ReviewQuestion, annotation_questions, recheck_questions
from leaderboard.review.shown_files import find_videos, read_judged_video, read_picture
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.estimation.choice import Choice, draw_choice, keep_choice, kept_choice
from omiti2v.estimation.people_answers import people_answers
from omiti2v.reviews.confirmed import REVIEWS
from omiti2v.reviews.people import (
    Key,
    PersonAnswer,
    Verdict,
    hold_answers,
    now,
    read_people,
    read_person,
    reviewer_path,
    standing_answers,
)
from omiti2v.runs import Run, read_run


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


class AnsweredError(UserError):
    """The question has another answer by now than was thought; nothing was written."""


@dataclass(frozen=True)
class ReviewSession:
    """What one person is asked.

    Attributes:
        reviewer: The person's name.
        folder: The folder of all reviewers' files.
        edition: Whose questions; without images where a run's videos are shown.
        questions: In the order in which they come.
        drawn: The samples that were drawn for a limit; None where there is no limit.
        run: Whose judge is re-checked; None where the edition is verified.
        videos: The file of each video that is asked about, by the video's id.
        left_out: Videos that can't be shown, each with the reason.
    """

    reviewer: str
    folder: Path
    edition: Edition
    questions: tuple[ReviewQuestion, ...]
    drawn: frozenset[str] | None = None
    run: Run | None = None
    videos: Mapping[str, Path] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The reviewer's file."""
        return reviewer_path(self.folder, self.reviewer)

    @cached_property
    def by_key(self) -> Mapping[Key, ReviewQuestion]:
        """The questions by what an answer would be to."""
        return {question.key: question for question in self.questions}

    @property
    def drawn_run(self) -> Run:
        """The run, of a limit's samples alone."""
        if self.run is None:
            raise ValueError("no run")
        return self.run if self.drawn is None else only_samples(self.run, self.drawn)

    def standing(self) -> dict[Key, PersonAnswer]:
        """The reviewer's answers to what is asked here, the latest given last.

        Read from the file every time, so that two pages of one reviewer resume from the same place.
        """
        rows = standing_answers(read_person(self.path))
        return {key: row for key, row in rows.items() if key in self.by_key}

    def answer(self, question: ReviewQuestion, verdict: Verdict, *, note: str = "") -> None:
        """Write an answer to the reviewer's file; one that stands there already is not repeated.

        Raises:
            AnsweredError: Another answer stands; it has to be taken back first.
            UserError: The file can't be written; nothing was answered.
        """
        row = PersonAnswer(
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
        )
        with hold_answers(self.path) as log:
            stands = self.standing().get(question.key)
            if stands is None:
                log.append([row])
            elif (stands.answer, stands.note) != (row.answer, row.note):
                raise AnsweredError(f'was answered "{stands.answer}" before; "{verdict}" not taken')

    def withdraw(self, question: ReviewQuestion, verdict: Verdict) -> None:
        """Take an answer back; nothing is to be done where it was taken back already.

        Raises:
            AnsweredError: Another answer stands.
            UserError: The file can't be written; nothing was taken back.
        """
        with hold_answers(self.path) as log:
            stands = self.standing().get(question.key)
            if stands is not None and stands.answer != verdict:
                raise AnsweredError(f'is answered "{stands.answer}" by now; not taken back')
            if stands is not None:
                changes = {"answer": "withdrawn", "time": now(), "note": None}
                log.append([stands.model_copy(update=changes)])

    @cached_property
    def media(self) -> Mapping[str, ReviewQuestion]:
        """A question about each picture or video that is shown, by the SHA-256 of its file."""
        return {self.medium(question): question for question in self.questions}

    def medium(self, question: ReviewQuestion) -> str:
        """SHA-256 of the picture's or video's file that a question is about."""
        if question.video_id is None:
            return self.edition.image_sha256[question.sample_id]
        return self._video_sha256[question.video_id]

    @cached_property
    def _video_sha256(self) -> Mapping[str, str]:
        reports = self.run.videos if self.run else ()
        return {row.video_id: row.sha256 for row in reports if row.sha256 is not None}

    def content(self, medium: str) -> bytes:
        """What is shown: the video that the judge saw, byte for byte, or the image as a JPEG.

        Args:
            medium: Of `media`.

        Raises:
            UserError: It can't be read or shown any more, or is another file by now.
        """
        question = self.media[medium]
        if question.video_id is not None:
            path = self.videos[question.video_id]
            read = partial(read_judged_video, path, sha256=medium)
        else:
            path = self.edition.image_path(self.edition.by_id[question.sample_id])
            read = partial(read_picture, path, sha256=medium)
        try:
            return read()
        except UserError as error:
            raise UserError(f"{path.name}: {error}") from None


def open_run(folder: Path) -> Run:
    """A run whose judge can be re-checked.

    Raises:
        UserError: It is broken or has no judge.
    """
    run = read_run(folder)
    if run.info.judge is None:
        raise UserError(f"{folder}: has no judge (metrics only); there is nothing to re-check")
    return run


def only_samples(run: Run, sample_ids: Container[str]) -> Run:
    """The same run with the rows of these samples alone."""
    return run.only({row.video_id for row in run.videos if row.sample_id in sample_ids})


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
        drawn = _drawn(settings, questions)
        review = ReviewSession(settings.name, folder, edition, questions, drawn)
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
    drawn = _drawn(settings, questions)
    reviews = run_reviews(folder)
    return ReviewSession(
        settings.name, reviews, run.edition, questions, drawn, run, found, left_out
    )


def _drawn(
    settings: ReviewSettings, questions: tuple[ReviewQuestion, ...]
) -> frozenset[str] | None:
    return None if settings.limit is None else frozenset(row.sample_id for row in questions)
