"""What a reviewer is asked, and in which order."""

from __future__ import annotations

import random
from collections.abc import Container, Sequence
from dataclasses import dataclass

from omiti2v.editions import Edition, draw_samples
from omiti2v.estimation.people_answers import video_key
from omiti2v.findings import VideoReport
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
        video_id: The video that is shown; None in the other forms.
    """

    key: Key
    text: str
    prompt: str | None = None
    video_id: str | None = None

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
    """The yes or no that the judge of a run gave, by what a person would answer to; of takes that
    are the same file, the last one's."""
    return {
        (
            "video",
            response.sample_id,
            response.question_id,
            seen_digest("video", picture_sha256=response.video_sha256, question=response.question),
        ): response.answer
        for response in run.responses
        if response.answer in ("yes", "no") and response.video_sha256
    }


def recheck_questions(
    run: Run,
    shown: Container[str],
    *,
    reviewer: str,
    seed: int,
    limit: int | None = None,
    chosen: Sequence[str] | None = None,
) -> tuple[ReviewQuestion, ...]:
    """All questions about a run's videos, video by video.

    Also where the judge said neither yes nor no: what people say of a whole sample anchors scores.

    Args:
        run: Which.
        shown: The videos at hand, by their ids.
        reviewer: Decides the order together with `seed`.
        seed: Decides with `limit` which samples are drawn: the same for all reviewers.
        limit: How many samples; None for all.
        chosen: The samples to ask about, in the order in which all reviewers are to answer; None
            for a draw and an order of the reviewer's own.
    """
    texts = {sample.id: sample.questions for sample in run.samples}
    by_sample: dict[str, list[ReviewQuestion]] = {}
    order = random.Random(f"{seed}/{reviewer}")  # noqa: S311 (no secret)
    for video in _askable(run, shown):
        rows = [
            ReviewQuestion(video_key(video, question), question.question, video_id=video.video_id)
            for question in texts[video.sample_id]
        ]
        order.shuffle(rows)
        by_sample.setdefault(video.sample_id, []).extend(rows)
    if chosen is not None:
        return tuple(row for name in chosen for row in by_sample.get(name, ()))
    samples = drawn_videos(run, shown, seed=seed, limit=limit)
    order.shuffle(samples)
    return tuple(row for name in samples for row in by_sample[name])


def drawn_videos(run: Run, shown: Container[str], *, seed: int, limit: int | None) -> list[str]:
    """The samples of a run that are asked about, in the order of their ids.

    Args:
        run, shown, seed, limit: As for `recheck_questions`.
    """
    samples = sorted({row.sample_id for row in _askable(run, shown)})
    if limit is None or limit >= len(samples):
        return samples
    return sorted(random.Random(seed).sample(samples, limit))  # noqa: S311 (no secret)


def _askable(run: Run, shown: Container[str]) -> list[VideoReport]:
    return [row for row in run.videos if row.sha256 is not None and row.video_id in shown]
