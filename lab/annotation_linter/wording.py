"""Whether the words of a question give its answer away.

A benchmark whose answers can be guessed from the questions measures reading, not seeing. Two looks:
a classifier over bags of words, and single words and openings that lean to one answer.
"""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from lab.annotation_linter.balance import count_yes
from lab.annotation_linter.problems import Problem
from omiti2v.errors import UserError
from omiti2v.samples import Sample

Answered = Literal["expected", "reference"]
"""The answers on a right video, or on the still reference image: there of questions about states
alone, since no event is to be seen in it."""

MAX_ACCURACY: Mapping[Answered, float] = MappingProxyType({"expected": 0.60, "reference": 0.68})
FOLDS = 5
MARKER_USES = 25
MARKER_SHARE = (0.25, 0.75)
OPENING_WORDS = 2


@dataclass(frozen=True)
class Marker:
    """A word or opening and how often questions with it expect yes.

    Attributes:
        words: The word, or the first two words followed by "...".
        uses: Number of questions that have it.
        yes_share: Share of them that expect yes, 0 to 1.
    """

    words: str
    uses: int
    yes_share: float


def guessing_accuracy(samples: Sequence[Sample], answers: Answered = "expected") -> float:
    """How often a bag-of-words classifier guesses an answer from the question's text.

    Logistic regression (C 0.3) on counts of the words and pairs of adjacent words that two
    questions have; each sample's questions are predicted by a model that has seen none of them.

    Args:
        samples: At least as many as `FOLDS`.
        answers: Which are guessed.

    Returns:
        The share of questions guessed right, 0 to 1; 0.5 is chance where yes and no are even.

    Raises:
        UserError: scikit-learn is not installed.
    """
    try:
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GroupKFold, cross_val_predict
        from sklearn.pipeline import make_pipeline
    except ImportError:
        raise UserError(
            "the bag-of-words check needs scikit-learn: pip install 'omiti2v[dev]'"
        ) from None
    pairs = [
        (sample, question)
        for sample in samples
        for question in sample.questions
        if answers == "expected" or question.dimension != "action_correctness"
    ]
    right = [
        question.expected_answer if answers == "expected" else str(question.reference_answer)
        for _, question in pairs
    ]
    guesses = cross_val_predict(
        make_pipeline(
            CountVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(C=0.3, max_iter=1000)
        ),
        [question.question for _, question in pairs],
        right,
        groups=[sample.id for sample, _ in pairs],
        cv=GroupKFold(n_splits=FOLDS),
    )
    hits = [guess == answer for guess, answer in zip(guesses, right, strict=True)]
    return float(sum(hits) / len(hits))


def guessing_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Answers that the words give away."""
    for answers, limit in MAX_ACCURACY.items():
        accuracy = guessing_accuracy(samples, answers)
        if accuracy > limit:
            yield Problem(
                "questions",
                f"{answers} answers",
                f"guessed from the words at {accuracy:.1%}, expected at most {limit:.0%}",
            )


def markers(samples: Sequence[Sample], *, uses: int = MARKER_USES) -> list[Marker]:
    """Words and openings in at least `uses` questions, those that lean most first."""
    counts = count_yes(samples, lambda _, question: _words_and_beginning(question.question))
    found = [Marker(key, n, yes / n) for key, (yes, n) in counts.items() if n >= uses]
    return sorted(found, key=lambda marker: (-abs(marker.yes_share - 0.5), marker.words))


def _words_and_beginning(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {*words, " ".join(words[:OPENING_WORDS]) + " ..."}


def marker_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Words and openings that lean too far to one answer."""
    low, high = MARKER_SHARE
    for marker in markers(samples):
        if not low <= marker.yes_share <= high:
            yield Problem(
                "questions",
                "marker word",
                f"{marker.words!r} stands in {marker.uses} questions, {marker.yes_share:.0%} of "
                f"which expect yes; expected {low:.0%} to {high:.0%}",
            )
