"""What people say of a run's videos, as answers that are scored like a judge's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from omiti2v.findings import VideoReport
from omiti2v.responses import Answer, Answers
from omiti2v.reviews.people import Key, PersonAnswer, answers_by_key, seen_digest
from omiti2v.runs import Run
from omiti2v.samples import Question
from omiti2v.takes import by_sample
from omiti2v.votes import majority_answer


@dataclass(frozen=True)
class PeopleAnswers:
    """People's answers about the videos of a run.

    Of a question that several people answered, what more than half of them say counts; "unclear" is
    a vote too. Where no answer has more than half, or "unclear" has, it is unknown, which counts as
    not right, as a judge's does: what people can't see is not there. So nothing is left out for
    being hard.

    Attributes:
        answers: By video and question, of the videos of which every question was answered.
        samples: Samples all of whose videos are in `answers`.
        partial: How many more have some answers; they count as not answered.
        unknown: Questions of `samples` that people could not settle.
        reviewers: Who answered, in the order of their names.
    """

    answers: Answers
    samples: frozenset[str]
    partial: int
    unknown: int
    reviewers: tuple[str, ...]


def people_answers(run: Run, people: Mapping[str, Sequence[PersonAnswer]]) -> PeopleAnswers:
    """Match people's answers with a run; those of machines and to other videos are passed over."""
    places = _places(run)
    given = {key: rows for key, rows in answers_by_key(people).items() if key in places}
    found: dict[str, dict[str, Answer]] = {}
    for key, rows in given.items():
        answer = majority_answer([_vote(row) for row in rows])
        for video, question in places[key]:
            found.setdefault(video, {})[question] = answer
    videos = by_sample(run.with_video)
    whole = {
        sample.id
        for sample in run.samples
        if (mine := videos.get(sample.id))
        and all(len(found.get(video, ())) == len(sample.questions) for video in mine)
    }
    answers = {video: found[video] for name in sorted(whole) for video in videos[name]}
    return PeopleAnswers(
        answers=answers,
        samples=frozenset(whole),
        partial=len({key[1] for key in given} - whole),
        unknown=sum(answer == "unknown" for row in answers.values() for answer in row.values()),
        reviewers=tuple(sorted({row.reviewer for rows in given.values() for row in rows})),
    )


def answers_about(
    run: Run, people: Mapping[str, Iterable[PersonAnswer]]
) -> tuple[PersonAnswer, ...]:
    """The answers of people that are about a run's videos and hold: what is kept with an entry."""
    places = _places(run)
    given = answers_by_key(people)
    return tuple(row for key in sorted(given.keys() & places.keys()) for row in given[key])


def video_key(video: VideoReport, question: Question) -> Key:
    """What an answer to a question about a video, one that could be read, is to."""
    if video.sha256 is None:
        raise ValueError(f"{video.file}: could not be read, so that nobody has seen it")
    seen = seen_digest("video", picture_sha256=video.sha256, question=question.question)
    return ("video", video.sample_id, question.id, seen)


def _places(run: Run) -> dict[Key, list[tuple[str, str]]]:
    """What people can be asked about a run, by what they answer to: video and question, of several
    videos where these are the same to the byte."""
    questions = {sample.id: sample.questions for sample in run.samples}
    places: dict[Key, list[tuple[str, str]]] = {}
    for video in run.videos:
        for question in questions[video.sample_id] if video.sha256 else ():
            place = (video.video_id, question.id)
            places.setdefault(video_key(video, question), []).append(place)
    return places


def _vote(row: PersonAnswer) -> Answer:
    return row.answer if row.answer in ("yes", "no") else "unknown"
