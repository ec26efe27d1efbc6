"""What an edition consists of, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import get_args

from omiti2v.editions import Edition
from omiti2v.records import Record
from omiti2v.responses import Answers
from omiti2v.samples import (
    CATEGORIES,
    FACET_KINDS,
    Difficulty,
    FacetKind,
    Question,
    Role,
    Sample,
    YesNo,
)
from omiti2v.score_ratios import (
    accuracy_ratios,
    floor_ratios,
    has_roles,
    question_groups,
    role_ratios,
)

# Shares of the authors' edition as its project page gives them, for comparison. The counts of the
# domains there add up to 389.
PUBLISHED_SHARES: Mapping[str, Mapping[str, float]] = {
    "category": {"modification": 0.342, "addition": 0.332, "deletion": 0.326},
    "image_type": {"real": 0.756, "animation": 0.190, "generated": 0.054},
    "domain": {
        name: count / 389
        for name, count in {
            "Living Beings": 135,
            "Nature & Environment": 67,
            "Arts & Entertainment": 65,
            "Objects": 46,
            "Structures": 40,
            "Technological & Virtual Elements": 22,
            "Text & Communication": 8,
            "Food & Necessities": 6,
        }.items()
    },
}


DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)


class Count(Record):
    """How many samples are of a kind.

    Attributes:
        name: The kind; None for samples that do not say.
        samples: How many.
        share: Of all samples, 0 to 1.
        published: The authors' share; None where not published.
    """

    name: str | None
    samples: int
    share: float
    published: float | None = None


class QuestionCount(Record):
    """Questions of a kind. Shares are None where there is no such question.

    Attributes:
        name: The kind.
        questions: How many.
        yes_share: Share that expects yes.
        edit, preserve: How many of each role; their rest has no known role.
    """

    name: str
    questions: int
    yes_share: float | None
    edit: int
    preserve: int


class CategoryCount(QuestionCount):
    """The questions of a category's samples.

    Attributes:
        samples: How many samples.
        edit_yes_share, preserve_yes_share: Shares that expect yes, by role.
        still_floor: Accuracy of a frozen copy of the reference image; None where a reference
            answer is not known.
    """

    samples: int
    edit_yes_share: float | None
    preserve_yes_share: float | None
    still_floor: float | None


class FacetCount(Record):
    """The facets of a kind: what prompts ask for, or leave alone.

    Attributes:
        kind: Which.
        facets: How many.
        asked: How many of them some question tests.
        questions: How many questions test one.
        yes_share: Share of them that expects yes; None where there are none.
        samples: How many samples list one, by category.
    """

    kind: FacetKind
    facets: int
    asked: int
    questions: int
    yes_share: float | None
    samples: dict[str, int]


class ConstantJudge(Record):
    """What a judge scores that always gives the same answer.

    Attributes:
        answer: The answer.
        accuracy: A fraction.
        edit_success: A fraction; None where a reference answer is not known.
    """

    answer: YesNo
    accuracy: float
    edit_success: float | None


class EditionStats(Record):
    """All numbers of an edition.

    Attributes:
        edition, fingerprint: Which.
        samples, images, questions: How many; images that differ.
        human_verified: Questions that people have confirmed, as their reviews say.
        samples_verified: Samples all of whose questions are.
        groups: By "category", "domain", "image_type", "people", "edits", "difficulty" and
            "licence".
        subcategories: By category.
        overall: All samples together.
        categories: In the order of `CATEGORIES`.
        dimensions: Most frequent first.
        facets: By kind; empty where the edition lists none.
        constant_judges: Always yes, always no.
    """

    edition: str
    fingerprint: str
    samples: int
    images: int
    questions: int
    human_verified: int
    samples_verified: int
    groups: dict[str, tuple[Count, ...]]
    subcategories: dict[str, tuple[Count, ...]]
    overall: CategoryCount
    categories: tuple[CategoryCount, ...]
    dimensions: tuple[QuestionCount, ...]
    facets: tuple[FacetCount, ...]
    constant_judges: tuple[ConstantJudge, ...]


def compute_stats(edition: Edition) -> EditionStats:
    """Count an edition; no image is read."""
    samples = edition.samples
    questions = [question for sample in samples for question in sample.questions]
    by_category = {
        category: [sample for sample in samples if sample.category == category]
        for category in CATEGORIES
    }
    kinds = ("category", "domain", "image_type", "people", "edits", "difficulty", "licence")
    return EditionStats(
        edition=edition.name,
        fingerprint=edition.fingerprint,
        samples=len(samples),
        images=len(set(edition.image_sha256.values())),
        questions=len(questions),
        human_verified=sum(question.human_verified for question in questions),
        samples_verified=sum(
            all(question.human_verified for question in sample.questions) for sample in samples
        ),
        groups={kind: _counts(samples, kind) for kind in kinds},
        subcategories={
            category: _counts(members, "subcategory")
            for category, members in by_category.items()
            if members
        },
        overall=_count_category("all", samples),
        categories=tuple(
            _count_category(category, members)
            for category, members in by_category.items()
            if members
        ),
        dimensions=tuple(
            _count_questions(name, [q for q in questions if q.dimension == name])
            for name, _ in Counter(question.dimension for question in questions).most_common()
        ),
        facets=_count_facets(samples),
        constant_judges=tuple(_constant_judge(samples, answer) for answer in ("yes", "no")),
    )


def _counts(samples: Sequence[Sample], field: str) -> tuple[Count, ...]:
    counts = Counter(getattr(sample, field) for sample in samples)
    published = PUBLISHED_SHARES.get(field, {})
    ordered = sorted(counts, key=lambda name: (-counts[name], str(name)))
    if field == "difficulty":
        ordered.sort(key=lambda name: DIFFICULTIES.index(name) if name else len(DIFFICULTIES))
    return tuple(
        Count(
            name=name,
            samples=counts[name],
            share=counts[name] / len(samples),
            published=published.get(name),
        )
        for name in ordered
    )


def _count_facets(samples: Sequence[Sample]) -> tuple[FacetCount, ...]:
    questions: dict[str, list[Question]] = {kind: [] for kind in FACET_KINDS}
    for sample in samples:
        kinds = question_groups(sample, "facet")
        for question in sample.questions:
            if question.id in kinds:
                questions[kinds[question.id]].append(question)
    found = []
    for kind in FACET_KINDS:
        listing = [
            (sample, [facet for facet in sample.facets or () if facet.kind == kind])
            for sample in samples
        ]
        if not any(facets for _, facets in listing):
            continue
        found.append(
            FacetCount(
                kind=kind,
                facets=sum(len(facets) for _, facets in listing),
                asked=sum(
                    any(question.facet == facet.id for question in sample.questions)
                    for sample, facets in listing
                    for facet in facets
                ),
                questions=len(questions[kind]),
                yes_share=_yes_share(questions[kind]),
                samples=dict(Counter(sample.category for sample, facets in listing if facets)),
            )
        )
    return tuple(found)


def _count_category(name: str, samples: Sequence[Sample]) -> CategoryCount:
    questions = [question for sample in samples for question in sample.questions]
    counted = _count_questions(name, questions)
    return CategoryCount(
        **dict(counted),
        samples=len(samples),
        edit_yes_share=_yes_share(questions, lambda question: question.role == "edit"),
        preserve_yes_share=_yes_share(questions, lambda question: question.role == "preserve"),
        still_floor=floor_ratios(samples)["still_floor",].value if has_roles(samples) else None,
    )


def _count_questions(name: str, questions: Sequence[Question]) -> QuestionCount:
    def of_role(role: Role) -> int:
        return sum(question.role == role for question in questions)

    return QuestionCount(
        name=name,
        questions=len(questions),
        yes_share=_yes_share(questions),
        edit=of_role("edit"),
        preserve=of_role("preserve"),
    )


def _yes_share(
    questions: Iterable[Question], wanted: Callable[[Question], bool] = lambda _: True
) -> float | None:
    expects = [question.expected_answer == "yes" for question in questions if wanted(question)]
    return sum(expects) / len(expects) if expects else None


def _constant_judge(samples: Sequence[Sample], answer: YesNo) -> ConstantJudge:
    answers: Answers = {
        sample.id: {question.id: answer for question in sample.questions} for sample in samples
    }
    success = role_ratios(samples, answers)["edit_success",] if has_roles(samples) else None
    return ConstantJudge(
        answer=answer,
        accuracy=accuracy_ratios(samples, answers)["accuracy",].value,
        edit_success=success.value if success and success.n else None,
    )
