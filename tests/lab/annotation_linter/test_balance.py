"""Rules about all samples together."""

from __future__ import annotations

from collections.abc import Callable

from lab.annotation_linter.balance import (
    count_problems,
    image_use_problems,
    kind_problems,
    prompt_likeness_problems,
    share_problems,
    subject_problems,
)
from lab.annotation_linter.lint import lint_samples
from omiti2v.samples import Sample

Build = Callable[..., Sample]


def test_missing_samples_subcategories_and_images_are_counted(build: Build) -> None:
    found = {(problem.place, problem.rule) for problem in count_problems([build()])}
    assert ("deletion", "sample count") in found
    assert ("deletion.animal", "subcategory count") in found
    assert ("images", "image count") in found


def test_an_image_serves_two_samples_of_different_categories_at_most(build: Build) -> None:
    one = build()
    same_category = build(id="deletion-002")
    other_category = one.model_copy(update={"id": "addition-001", "category": "addition"})
    third = one.model_copy(update={"id": "modification-001", "category": "modification"})
    assert list(image_use_problems([one, other_category])) == []
    assert len(list(image_use_problems([one, same_category]))) == 1
    assert len(list(image_use_problems([one, other_category, third]))) == 1


def test_a_share_of_yes_that_is_off_is_reported_per_group(build: Build) -> None:
    balanced = build().model_copy(update={"questions": build().questions[:4]})
    assert "all questions" not in {problem.place for problem in share_problems([balanced])}
    leaning = build({2: {"expected_answer": "yes"}, 3: {"expected_answer": "yes"}})
    places = {problem.place for problem in share_problems([leaning])}
    assert {"all questions", "deletion, preserve"} <= places


def test_prompts_with_mostly_the_same_words_are_near_duplicates(build: Build) -> None:
    one = build()
    like = build(id="deletion-002", prompt=one.prompt.replace("trots", "walks"))
    unlike = build(id="deletion-003", prompt="Smoke above the crater thins out until it has gone")
    found = list(prompt_likeness_problems([one, like, unlike]))
    assert [problem.place for problem in found] == ["deletion-002.prompt"]


def test_an_opening_that_comes_too_often_is_reported(build: Build) -> None:
    names = ["ox", "hen", "bat", "cow", "owl", "pig", "fox", "elk", "ant"]
    samples = [
        build(id=f"deletion-{number:03d}", prompt=f"A strong gust {name} {name}{name} x{number}")
        for number, name in enumerate(names)
    ]
    assert [problem.rule for problem in prompt_likeness_problems(samples)] == ["opening"]


def test_an_id_used_twice_is_reported(build: Build) -> None:
    problems = lint_samples([build(), build(image="images/other.jpg")])
    assert "id" in {problem.rule for problem in problems if problem.place == "deletion-001"}


def test_kinds_of_samples_and_domains_are_counted(build: Build) -> None:
    acting = [build(people="acting", edits="two", domain="Structures")] * 50
    found = {problem.place: problem.message for problem in kind_problems(acting)}
    assert "people who act" not in found
    assert "two edits" not in found
    assert found["changes of style"] == "expected at least 8, got 0"
    assert found["Structures"] == "expected 0% to 12%, got 100.0%"


def test_one_sample_in_twenty_may_ask_too_little_about_what_stays(build: Build) -> None:
    lacking = build({5: {"expected_answer": "no"}})
    assert list(subject_problems([build()] * 19 + [lacking])) == []
    assert len(list(subject_problems([build()] * 18 + [lacking] * 2))) == 2
