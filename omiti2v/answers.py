"""Answers of a run, held against the edition that the questions come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import Answer, Response
from omiti2v.samples import Question

Answers = Mapping[str, Mapping[str, Answer]]
"""Answers by sample id and question id; a sample without a video is absent."""


def match_answers(edition: Edition, responses: Iterable[Response]) -> dict[str, dict[str, Answer]]:
    """Answers by sample and question, after holding each response against the edition.

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
        place = f"response {response.sample_id}/{response.question_id}"
        question = questions.get((response.sample_id, response.question_id))
        if question is None:
            raise UserError(f"{place}: no such question in edition {edition.name}")
        if question.question != response.question:
            raise UserError(f"{place}: was asked another text than edition {edition.name} has")
        row = answers.setdefault(response.sample_id, {})
        if response.question_id in row:
            raise UserError(f"{place}: answered twice; expected one answer a question")
        row[response.question_id] = response.answer
    return answers
