"""What a world's samples and their answers promise."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from evaluators.world import (
    BEHAVIOURS,
    KINDS,
    WORDS,
    Behaviour,
    Photograph,
    Scene,
    WorldSettings,
    make_scenes,
    true_answers,
)
from evaluators.world.phrasings import PHRASINGS
from evaluators.world.questions import every_ask
from omiti2v.samples import Sample


def right_share(scene: Scene, behaviour: Behaviour) -> float:
    truth = true_answers(scene, behaviour)
    questions = scene.sample.questions
    return sum(truth[q.id] == q.expected_answer for q in questions) / len(questions)


def test_the_same_seed_gives_the_same_samples_and_another_seed_others() -> None:
    samples = [scene.sample for scene in make_scenes(12, seed=1)]
    assert samples == [scene.sample for scene in make_scenes(12, seed=1)]
    others = [scene.sample for scene in make_scenes(12, seed=2)]
    assert all(a.questions != b.questions for a, b in zip(samples, others, strict=True))


def test_a_scene_does_not_depend_on_how_many_are_made() -> None:
    assert make_scenes(3, seed=1)[2].sample == make_scenes(30, seed=1)[2].sample


def test_ids_are_unique_and_kinds_of_edit_take_turns(scenes: list[Scene]) -> None:
    assert len({scene.sample.id for scene in scenes}) == len(scenes)
    assert Counter(scene.sample.subcategory for scene in scenes) == dict.fromkeys(KINDS, 100)


def test_every_sample_survives_being_written_and_parsed(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert Sample.model_validate_json(scene.sample.model_dump_json()) == scene.sample


def test_every_sample_has_the_mix_of_questions_that_scores_rely_on(scenes: list[Scene]) -> None:
    for scene in scenes:
        questions = scene.sample.questions
        assert 4 <= len(questions) <= 6
        edits = {q.expected_answer for q in questions if q.role == "edit"}
        assert edits == {"yes", "no"}
        blank = true_answers(scene, "blank")
        assert any(
            q.role == "preserve"
            and q.expected_answer == "yes"
            and q.dimension != "background_preservation"
            and blank[q.id] == "no"
            for q in questions
        )
        assert len({q.question for q in questions}) == len(questions)


def test_done_gets_every_expected_answer_and_still_every_reference_answer(
    scenes: list[Scene],
) -> None:
    for scene in scenes:
        done, still = true_answers(scene, "done"), true_answers(scene, "still")
        for question in scene.sample.questions:
            assert done[question.id] == question.expected_answer
            assert still[question.id] == question.reference_answer


@pytest.mark.parametrize("behaviour", ["camera_only", "text", "too_late"])
def test_what_looks_like_effort_but_changes_nothing_scores_as_a_still_clip(
    scenes: list[Scene], behaviour: Behaviour
) -> None:
    for scene in scenes:
        assert true_answers(scene, behaviour) == true_answers(scene, "still")


@pytest.mark.parametrize("behaviour", [b for b in BEHAVIOURS if b != "done"])
def test_every_failure_gets_some_question_of_every_sample_wrong(
    scenes: list[Scene], behaviour: Behaviour
) -> None:
    shares = [right_share(scene, behaviour) for scene in scenes]
    assert max(shares) < 1
    assert sum(shares) / len(shares) < 0.65


def test_a_flicker_is_seen_at_some_time_but_not_at_the_end(scenes: list[Scene]) -> None:
    for scene in scenes:
        flicker, done, still = (true_answers(scene, b) for b in ("flicker", "done", "still"))
        for question in scene.sample.questions:
            lasting = "at any time" not in question.question.lower()
            assert flicker[question.id] == (still if lasting else done)[question.id]


def test_half_of_all_expected_answers_are_yes(scenes: list[Scene]) -> None:
    answers = [q.expected_answer for scene in scenes for q in scene.sample.questions]
    assert 0.45 <= answers.count("yes") / len(answers) <= 0.55


def test_no_family_of_questions_gives_its_answer_away(scenes: list[Scene]) -> None:
    answers: dict[str, list[str]] = defaultdict(list)
    for scene in scenes:
        for ask, question in zip(scene.asks, scene.sample.questions, strict=True):
            # Only a black picture tells these apart, and neither edit nor reference is black.
            family = "black" if ask.dimension == "background_preservation" else ask.family
            answers[family].append(question.expected_answer)
    assert len(answers) == len(PHRASINGS) - 2
    for family, given in answers.items():
        assert 0.2 <= given.count("yes") / len(given) <= 0.8, family


@pytest.mark.parametrize("word", ["red", "white", "circle", "cross"])
def test_colours_and_shapes_say_nothing_about_the_answer(scenes: list[Scene], word: str) -> None:
    answers = [
        q.expected_answer
        for scene in scenes
        for q in scene.sample.questions
        if word in q.question.lower()
    ]
    assert 0.4 <= answers.count("yes") / len(answers) <= 0.6


def test_questions_use_the_closed_list_of_words_and_all_of_it(scenes: list[Scene]) -> None:
    used = {
        word
        for scene in scenes
        for q in scene.sample.questions
        for word in re.findall(r"[^\s,?]+", q.question.lower())
    }
    assert used == set(WORDS)


def test_all_dimensions_are_asked_about(scenes: list[Scene]) -> None:
    asked = {q.dimension for scene in scenes for q in scene.sample.questions}
    assert asked == {dimension for dimension, _ in PHRASINGS.values()}
    assert len(asked) == 8


def test_every_phrasing_is_used(scenes: list[Scene]) -> None:
    texts = {q.question for scene in scenes for q in scene.sample.questions}
    for _, templates in PHRASINGS.values():
        for template in templates:
            pattern = re.sub(r"\\{[a-z_]+\\}", "[A-Za-z ]+", re.escape(template))
            assert any(re.fullmatch(pattern, text) for text in texts), template


def test_every_question_that_can_be_asked_has_both_answers_somewhere(scenes: list[Scene]) -> None:

    seen: dict[str, set[str]] = defaultdict(set)
    for scene in scenes[:60]:
        for ask in every_ask(scene.stage, scene.lines, np.random.default_rng(0)):
            seen[ask.family] |= {ask.answer(scene.lines[b]) for b in BEHAVIOURS}
    assert set(seen) == set(PHRASINGS)
    assert all(answers == {"yes", "no"} for answers in seen.values())


def test_a_sample_on_a_photograph_names_the_photograph_s_licence() -> None:
    photograph = Photograph(path=Path("p.jpg"), licence="CC-BY-4.0", attribution="A. Person")
    (scene,) = make_scenes(1, seed=1, settings=WorldSettings(backgrounds=(photograph,)))
    assert (scene.sample.licence, scene.sample.attribution) == ("CC-BY-4.0", "A. Person")
    (plain,) = make_scenes(1, seed=1)
    assert plain.sample.licence == "CC0-1.0"
