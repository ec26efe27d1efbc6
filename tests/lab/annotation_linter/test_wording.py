"""The words of a question must not give its answer away."""

from __future__ import annotations

import random
from collections.abc import Callable

from lab.annotation_linter.wording import (
    guessing_accuracy,
    guessing_problems,
    marker_problems,
    markers,
)
from omiti2v.samples import Sample

Build = Callable[..., Sample]

NOUNS = ["hen", "dog", "cat", "boat", "tower", "lamp", "cup", "bowl", "hat", "bee", "owl", "tree"]


def edition(build: Build, texts: tuple[str, str, str, str]) -> list[Sample]:
    """Sixty samples whose questions differ in two nouns that are drawn at random."""
    rng = random.Random(1)
    samples = []
    for number in range(60):
        target, bystander = rng.sample(NOUNS, 2)
        questions = {
            place: {"question": text.format(t=target, b=bystander)}
            for place, text in enumerate(texts, start=1)
        }
        sample = build(questions, id=f"deletion-{number:03d}")
        samples.append(sample.model_copy(update={"questions": sample.questions[:4]}))
    return samples


def test_marker_words_are_found_out(build: Build) -> None:
    samples = edition(
        build,
        (
            "Does the {t} leave through the left edge?",
            "Does a second {b} turn up at any time?",
            "Is the {t} there at the end of the video?",
            "Is the {b} safe at the end of the video?",
        ),
    )
    assert guessing_accuracy(samples) > 0.9
    assert any("'second'" in problem.message for problem in marker_problems(samples))


def test_the_square_leaves_nothing_to_guess_from(build: Build) -> None:
    samples = edition(
        build,
        (
            "Does the {t} leave through the left edge?",
            "Does the {b} leave through the left edge?",
            "Is the {t} there at the end of the video?",
            "Is the {b} there at the end of the video?",
        ),
    )
    assert guessing_accuracy(samples) < 0.6
    assert list(marker_problems(samples)) == []


def test_answers_of_the_still_image_are_guessed_from_questions_about_states(build: Build) -> None:
    samples = edition(
        build,
        (
            "Does the {t} leave through the left edge?",
            "Is the {b} gone at the end of the video?",
            "Is the {t} there at the end of the video?",
            "Is the {b} there at the end of the video?",
        ),
    )
    states = [
        sample.model_copy(
            update={
                "questions": tuple(
                    q.model_copy(update={"dimension": "state"}) if q.id == "q2" else q
                    for q in sample.questions
                )
            }
        )
        for sample in samples
    ]
    assert guessing_accuracy(states, "reference") == 1
    assert any("reference" in problem.rule for problem in guessing_problems(states))


def test_a_marker_counts_questions_and_their_share_of_yes(build: Build) -> None:
    found = {marker.words: marker for marker in markers([build()], uses=1)}
    assert (found["camel"].uses, found["camel"].yes_share) == (4, 0.5)
    assert (found["young"].uses, found["young"].yes_share) == (1, 1.0)
    assert (found["does the ..."].uses, found["does the ..."].yes_share) == (2, 0.5)
