"""Rules about all samples together."""

from __future__ import annotations

from collections.abc import Callable

from lab.annotation_linter.balance import (
    count_problems,
    image_use_problems,
    prompt_likeness_problems,
    share_problems,
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
    assert list(share_problems([build()])) == []
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
