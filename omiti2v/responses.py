"""The response log: what the judge answered and what the metrics measured.

The log is the result. Every score is recomputed from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plurals import counted
from omiti2v.records import Digest
from omiti2v.samples import Name, Question, SampleId, Text
from omiti2v.takes import AboutVideo

Answer = Literal["yes", "no", "unknown", "error"]

Answers = Mapping[str, Mapping[str, Answer]]
"""Answers by video, see `omiti2v.takes`, and question id; a video that is not there is absent."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Reason = Annotated[str, StringConstraints(max_length=1000)]
CUT_OFF = "cut off before its end"
"""In the reason of an answer that is unknown because its length ran out."""
REASON_LENGTH = 300
"""How much of a failure's message is kept."""
_NAMED = 20


def as_reason(text: str | Exception) -> str:
    """A failure as one line of bounded length."""
    if isinstance(text, Exception) and not isinstance(text, UserError):
        text = f"{type(text).__name__}: {text}"
    return " ".join(str(text).split())[:REASON_LENGTH]


class Response(AboutVideo):
    """One judge's answer to one question about one video.

    Attributes:
        sample_id, take: Which video.
        question_id: The question within the sample.
        question: The text that was asked.
        answer: `yes`, `no`, `unknown` (the judge spoke but said neither) or `error` (no judgement
            was possible). The four are never folded into each other.
        p_yes: P(yes) in [0, 1], given that the answer is yes or no; None where the judge gives
            none.
        mass: Probability in [0, 1] that the judge gave to yes and no together; None as above.
        reason: Why the answer is unknown or error; None otherwise.
        video_sha256: Digest of the video file's bytes; None where no file could be read.
        judge: Fingerprint of the judge.
        frames: The frames that were looked at, as the judge's frame rule writes them.
    """

    question_id: SampleId
    question: Text
    answer: Answer
    p_yes: Probability | None = None
    mass: Probability | None = None
    reason: Reason | None = None
    video_sha256: Digest | None
    judge: Digest
    frames: Name


def cut_off_note(responses: Iterable[Response]) -> str | None:
    """How many answers were lost because their length ran out; None where none was."""
    cut = sum(CUT_OFF in (response.reason or "") for response in responses)
    if not cut:
        return None
    return (
        f"{counted(cut, 'answer')} cut off at the largest length and unknown, where the authors' "
        "evaluator would have read what there was; --max-new-tokens gives more."
    )


class Measurement(AboutVideo):
    """One metric's value for one video.

    Attributes:
        sample_id, take: As for a response.
        metric: The metric's name.
        metric_version: Changes whenever the metric's numbers may.
        value: The number, in the metric's unit; None where it could not be measured.
        reason: Why there is no value; of a value, what is to be known of it; None for nothing.
        video_sha256: As for a response.
    """

    metric: Name
    metric_version: Name
    value: float | None
    reason: Reason | None = None
    video_sha256: Digest | None


def remarks(measurements: Iterable[Measurement]) -> list[str]:
    """What is to be known of values, a line for each remark, with its metrics and samples."""
    found: dict[str, list[Measurement]] = {}
    for row in measurements:
        if row.value is not None and row.reason is not None:
            found.setdefault(row.reason, []).append(row)
    lines = []
    for remark, rows in found.items():
        samples = sorted({row.sample_id for row in rows})
        names = ", ".join(samples[:_NAMED]) + (", ..." if len(samples) > _NAMED else "")
        metrics = ", ".join(sorted({row.metric for row in rows}))
        lines.append(f"{metrics}: {remark}: {counted(len(samples), 'sample')} ({names})")
    return lines


def too_few_answers(answers: Answers, judged: Collection[str]) -> str | None:
    """Why a judge's answers make no score: it said yes or no to fewer than half of the questions.

    Args:
        answers: By video and question id.
        judged: The videos that could be put to the judge. Questions about a video
            that is missing, broken or of another sample were not put to it; nor were those of a run
            that stopped before them, which have no answer of any kind.

    Returns:
        None where there are enough, and where no question was put to it.
    """
    put = Counter(a for name in judged for a in answers.get(name, {}).values())
    answered, total = put["yes"] + put["no"], put.total()
    if 2 * answered >= total:
        return None
    return (
        f"the judge said yes or no to {answered} of the {total} questions put to it "
        f"({put['unknown']} unknown, {put['error']} in error), fewer than half: no score that "
        "needs a judge is available"
    )


def match_answers(edition: Edition, responses: Iterable[Response]) -> dict[str, dict[str, Answer]]:
    """Answers by video and question, after checking each response against the edition.

    Raises:
        UserError: A response names no sample or question of the edition, has another question
            text, or answers a question a second time.
    """
    answers: dict[str, dict[str, Answer]] = {}
    questions: dict[tuple[str, str], Question] = {
        (sample.id, question.id): question
        for sample in edition.samples
        for question in sample.questions
    }
    for response in responses:
        place = f"response {response.video_id}/{response.question_id}"
        question = questions.get((response.sample_id, response.question_id))
        if question is None:
            raise UserError(f"{place}: no such question in edition {edition.name}")
        if question.question != response.question:
            raise UserError(f"{place}: was asked another text than edition {edition.name} has")
        row = answers.setdefault(response.video_id, {})
        if response.question_id in row:
            raise UserError(f"{place}: answered twice; expected one answer a question")
        row[response.question_id] = response.answer
    return answers
