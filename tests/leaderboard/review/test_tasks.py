"""What a reviewer is asked: blind, in an order of their own, and on from where they stopped."""

from __future__ import annotations

from itertools import groupby

from leaderboard.review.markup import picture_markup, question_markup
from leaderboard.review.settings import ReviewSettings, read_review_settings
from leaderboard.review.tasks import annotation_tasks, next_task, recheck_tasks
from omiti2v.editions import Edition
from omiti2v.runs import Run


def test_every_question_is_asked_once_in_each_form(edition: Edition) -> None:
    tasks = annotation_tasks(edition, reviewer="ada", seed=0)
    assert len(tasks) == len({task.key for task in tasks}) == 2 * 12
    for form in ("reference", "edit"):
        asked = {(task.sample_id, task.question_id) for task in tasks if task.form == form}
        assert asked == {(s.id, q.id) for s in edition.samples for q in s.questions}


def test_the_prompt_is_shown_only_after_all_questions_on_the_image_alone(edition: Edition) -> None:
    tasks = annotation_tasks(edition, reviewer="ada", seed=0)
    for _, of_sample in groupby(tasks, key=lambda task: task.sample_id):
        assert [task.form for task in of_sample] == ["reference"] * 4 + ["edit"] * 4
    assert {task.form for task in tasks if task.prompt} == {"edit"}
    assert "Change number" not in question_markup(tasks[0])
    assert "Change number" in question_markup(tasks[4])


def test_the_order_is_the_reviewers_own_and_always_the_same(edition: Edition) -> None:
    ada = annotation_tasks(edition, reviewer="ada", seed=0)
    assert ada == annotation_tasks(edition, reviewer="ada", seed=0)
    assert ada != annotation_tasks(edition, reviewer="bob", seed=0)
    assert ada != annotation_tasks(edition, reviewer="ada", seed=1)


def test_a_limit_draws_the_same_samples_for_all_reviewers(edition: Edition) -> None:
    drawn = [
        {task.sample_id for task in annotation_tasks(edition, reviewer=name, seed=3, limit=2)}
        for name in ("ada", "bob", "cay", "dee")
    ]
    assert len(drawn[0]) == 2
    assert all(one == drawn[0] for one in drawn)


def test_skipped_questions_come_last_in_the_order_of_skipping(edition: Edition) -> None:
    tasks = annotation_tasks(edition, reviewer="ada", seed=0)[:3]
    one, two, three = (task.key for task in tasks)
    assert next_task(tasks, {}) == tasks[0]
    assert next_task(tasks, {}, [one]) == tasks[1]
    assert next_task(tasks, {three}, [two, one]) == tasks[1]
    assert next_task(tasks, {one, two, three}, [two]) is None


def test_only_a_yes_or_no_of_the_judge_on_a_video_at_hand_is_re_checked(run: Run) -> None:
    tasks = recheck_tasks(run, {"s000", "s001"}, reviewer="ada", seed=0)
    asked = {(task.sample_id, task.question_id) for task in tasks}
    assert len(asked) == len(tasks) == 7
    assert ("s001", "q1") not in asked
    assert all(task.form == "video" and task.prompt is None for task in tasks)
    assert len({task.sample_id for task in tasks[:3]}) == 1  # one video at a time
    limited = [
        {task.sample_id for task in recheck_tasks(run, run_ids(run), reviewer=n, seed=0, limit=1)}
        for n in ("ada", "bob", "cay")
    ]
    assert limited[0] == limited[1] == limited[2]
    assert len(limited[0]) == 1


def run_ids(run: Run) -> set[str]:
    return {sample.id for sample in run.samples}


def test_text_is_shown_as_text(edition: Edition) -> None:
    sample = edition.samples[0].model_copy(update={"prompt": "<b>&amp; \u202eit"})
    changed = Edition("x", (sample,), edition.image_sha256, edition.root)
    (*_, task) = annotation_tasks(changed, reviewer="ada", seed=0)
    assert "&lt;b&gt;&amp;amp; [U+202E]it" in question_markup(task)
    assert 'src="data:&#34;' in picture_markup(task, 'data:"')


def test_settings_survive_the_way_through_the_environment(tmp_path) -> None:
    for settings in (
        ReviewSettings("ada", annotations=tmp_path, limit=3),
        ReviewSettings("bob", run=tmp_path / "run", videos=tmp_path / "v", seed=7),
    ):
        assert read_review_settings(settings.as_environment()) == settings
