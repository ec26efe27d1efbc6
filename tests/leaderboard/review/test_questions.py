"""What a reviewer is asked: blind, in an order of their own, and on from where they stopped."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from run_rows import as_takes

from leaderboard.review.questions import annotation_questions, recheck_questions
from omiti2v.editions import Edition
from omiti2v.runs import Run


def test_every_question_is_asked_once_in_each_form(edition: Edition) -> None:
    questions = annotation_questions(edition, reviewer="ada", seed=0)
    assert len(questions) == len({question.key for question in questions}) == 2 * 12
    for form in ("reference", "edit"):
        asked = {
            (question.sample_id, question.question_id)
            for question in questions
            if question.form == form
        }
        assert asked == {(s.id, q.id) for s in edition.samples for q in s.questions}


def test_the_prompt_is_shown_only_after_all_questions_on_the_image_alone(edition: Edition) -> None:
    questions = annotation_questions(edition, reviewer="ada", seed=0)
    for _, of_sample in groupby(questions, key=lambda question: question.sample_id):
        assert [question.form for question in of_sample] == ["reference"] * 4 + ["edit"] * 4
    assert {question.form for question in questions if question.prompt} == {"edit"}


def test_the_order_is_the_reviewers_own_and_always_the_same(edition: Edition) -> None:
    ada = annotation_questions(edition, reviewer="ada", seed=0)
    assert ada == annotation_questions(edition, reviewer="ada", seed=0)
    assert ada != annotation_questions(edition, reviewer="bob", seed=0)
    assert ada != annotation_questions(edition, reviewer="ada", seed=1)


def test_a_limit_draws_the_same_samples_for_all_reviewers(edition: Edition) -> None:
    drawn = [
        {
            question.sample_id
            for question in annotation_questions(edition, reviewer=name, seed=3, limit=2)
        }
        for name in ("ada", "bob", "cay", "dee")
    ]
    assert len(drawn[0]) == 2
    assert all(one == drawn[0] for one in drawn)


def test_everything_is_asked_on_the_videos_at_hand(run: Run) -> None:
    """What the judge left open too: a sample counts as answered once all of it is."""
    questions = recheck_questions(run, {"s000", "s001"}, reviewer="ada", seed=0)
    asked = {(question.sample_id, question.question_id) for question in questions}
    assert len(asked) == len(questions) == 8
    assert ("s001", "q1") in asked
    assert all(question.form == "video" and question.prompt is None for question in questions)
    assert len({question.sample_id for question in questions[:3]}) == 1  # one video at a time
    limited = [
        {
            question.sample_id
            for question in recheck_questions(run, run_ids(run), reviewer=n, seed=0, limit=1)
        }
        for n in ("ada", "bob", "cay")
    ]
    assert limited[0] == limited[1] == limited[2]
    assert len(limited[0]) == 1


def test_each_take_is_asked_about_by_itself(run: Run) -> None:
    def other(row: object) -> object:
        name = "video_sha256" if hasattr(row, "video_sha256") else "sha256"
        return row.model_copy(update={"take": 9, name: "9" * 64})  # type: ignore[attr-defined]

    both = as_takes({3: run})
    rows = {name: getattr(both, name) for name in ("responses", "videos")}
    both = replace(both, **{name: (*row, *map(other, row)) for name, row in rows.items()})
    questions = recheck_questions(both, both.with_video, reviewer="ada", seed=0)
    once = recheck_questions(run, run.with_video, reviewer="ada", seed=0)
    assert len({question.key for question in questions}) == 2 * len(once)
    assert {question.video_id for question in questions} == {
        f"{question.video_id}@{take}" for question in once for take in (3, 9)
    }


def test_chosen_samples_come_in_one_order_for_all(run: Run) -> None:
    orders = {
        tuple(
            dict.fromkeys(
                question.sample_id
                for question in recheck_questions(
                    run, run_ids(run), reviewer=name, seed=0, chosen=("s002", "s000")
                )
            )
        )
        for name in ("ada", "bob", "cay")
    }
    assert orders == {("s002", "s000")}


def run_ids(run: Run) -> set[str]:
    return {sample.id for sample in run.samples}
