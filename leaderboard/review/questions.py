"""What a reviewer is asked, and in which order."""

from __future__ import annotations

import random
from collections.abc import Container, Sequence
from dataclasses import dataclass

from omiti2v.editions import Edition, draw_samples
from omiti2v.responses import Response
from omiti2v.reviews.confirmed import annotated, question_key
from omiti2v.reviews.people import AskedForm, Key, seen_digest
from omiti2v.reviews.rounds import FORMS
from omiti2v.runs import Run


@dataclass(frozen=True)
class ReviewQuestion:
    """One question to one reviewer; what the right answer is does not stand in it.

    Attributes:
        key: What an answer would be to.
        text: The question.
        prompt: Shown in the form "edit" alone; None in the others.
        video_id: The video to be shown in the form "video"; empty in the others.
    """

    key: Key
    text: str
    prompt: str | None = None
    video_id: str = ""

    @property
    def form(self) -> AskedForm:
        """On the image, on image and prompt, or on a video."""
        return self.key[0]

    @property
    def sample_id(self) -> str:
        """The sample."""
        return self.key[1]

    @property
    def question_id(self) -> str:
        """The question within the sample."""
        return self.key[2]


def annotation_questions(
    edition: Edition, *, reviewer: str, seed: int, limit: int | None = None
) -> tuple[ReviewQuestion, ...]:
    """The questions of an edition, each in both forms.

    The samples come in an order of the reviewer's own. Within a sample all questions are asked on
    the image alone before the prompt is shown, since the prompt tells what will change; each time
    shuffled.

    Args:
        edition: What is verified.
        reviewer: Decides the order together with `seed`.
        seed: Decides with `limit` which samples are drawn: the same for all reviewers.
        limit: How many samples; None for all.
    """
    drawn = draw_samples(edition, limit, seed=seed)
    samples = [sample for sample in edition.samples if drawn is None or sample.id in drawn]
    order = random.Random(f"{seed}/{reviewer}")  # noqa: S311 (no secret)
    order.shuffle(samples)
    asked: list[ReviewQuestion] = []
    for sample in samples:
        for form in FORMS:
            rows = [row for row in sample.questions if annotated(row, form) is not None]
            order.shuffle(rows)
            asked += [
                ReviewQuestion(
                    question_key(edition, sample, row, form),
                    row.question,
                    sample.prompt if form == "edit" else None,
                )
                for row in rows
            ]
    return tuple(asked)


def judged_keys(run: Run) -> dict[Key, str]:
    """The yes or no that the judge of a run gave, by what a person would answer to."""
    return {key: response.answer for key, response in judged_responses(run).items()}


def judged_responses(run: Run) -> dict[Key, Response]:
    """The same with the rest of the log's row; of takes that are the same file, the last one's."""
    return {
        (
            "video",
            response.sample_id,
            response.question_id,
            seen_digest("video", picture_sha256=response.video_sha256, question=response.question),
        ): response
        for response in run.responses
        if response.answer in ("yes", "no") and response.video_sha256
    }


def recheck_questions(
    run: Run, video_ids: Container[str], *, reviewer: str, seed: int, limit: int | None = None
) -> tuple[ReviewQuestion, ...]:
    """The answers of a run's judge to be re-checked, video by video.

    Only where the judge said yes or no: where it said neither there is nothing to be wrong.

    Args:
        run: Whose answers.
        video_ids: The videos that are at hand.
        reviewer: Decides the order together with `seed`.
        seed: Decides with `limit` which videos are drawn: the same for all reviewers.
        limit: How many videos; None for all.
    """
    by_video: dict[str, list[ReviewQuestion]] = {}
    for key, row in sorted(judged_responses(run).items(), key=lambda item: item[0]):
        if row.video_id in video_ids:
            asked_of = by_video.setdefault(row.video_id, [])
            asked_of.append(ReviewQuestion(key, row.question, video_id=row.video_id))
    videos = sorted(by_video)
    if limit is not None and limit < len(videos):
        videos = sorted(random.Random(seed).sample(videos, limit))  # noqa: S311 (no secret)
    order = random.Random(f"{seed}/{reviewer}")  # noqa: S311 (no secret)
    order.shuffle(videos)
    asked: list[ReviewQuestion] = []
    for video in videos:
        order.shuffle(by_video[video])
        asked += by_video[video]
    return tuple(asked)


def next_question(
    questions: Sequence[ReviewQuestion], answered: Container[Key], skipped: Sequence[Key] = ()
) -> ReviewQuestion | None:
    """The first question without an answer; skipped ones come last, in the order of skipping.

    None where nothing is left.
    """
    left = {question.key: question for question in questions if question.key not in answered}
    if not left:
        return None
    fresh = next((question for key, question in left.items() if key not in skipped), None)
    return fresh or next(left[key] for key in skipped if key in left)
