"""Rules about all samples together: counts, shares, use of images, prompts too alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType

from lab.annotation_linter.facet_rules import keeps_its_subject
from lab.annotation_linter.problems import Problem
from lab.annotation_linter.taxonomy import SAMPLES_PER_CATEGORY, SUBCATEGORY_NAMES
from omiti2v.samples import CATEGORIES, Question, Sample

MIN_PER_SUBCATEGORY = 8
MIN_IMAGES = 325
MAX_USES_OF_AN_IMAGE = 2
YES_SHARE = (0.45, 0.55)
YES_SHARE_PER_CATEGORY_AND_ROLE = (0.35, 0.65)
PROMPT_SIMILARITY = 0.6
MAX_PROMPTS_WITH_ONE_OPENING = 8
OPENING_WORDS = 3
KEEPS_ITS_SUBJECT = 0.95
WHOLE_SCENE = frozenset({"weather", "season", "time_of_day", "scene"})
AT_LEAST: Mapping[str, int] = MappingProxyType(
    {
        "people who act": 45,
        "two edits": 25,
        "two edits in order": 10,
        "changes of the whole scene": 10,
        "changes of style": 8,
    }
)
DOMAIN_SHARES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"Structures": (0, 0.12), "Arts & Entertainment": (0.1, 1), "Objects": (0.1, 1)}
)

_COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and as at by down from her his in into is it its of off on onto out over the to "
        "until up while with",
    )
)


def count_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Wrong numbers of samples, per category and subcategory, and of different images."""
    by_category = Counter(sample.category for sample in samples)
    by_subcategory = Counter((sample.category, sample.subcategory) for sample in samples)
    for category, expected in SAMPLES_PER_CATEGORY.items():
        if by_category[category] != expected:
            yield Problem(
                category, "sample count", f"expected {expected}, got {by_category[category]}"
            )
        for name in sorted(SUBCATEGORY_NAMES[category]):
            count = by_subcategory[category, name]
            if count < MIN_PER_SUBCATEGORY:
                yield Problem(
                    f"{category}.{name}",
                    "subcategory count",
                    f"expected at least {MIN_PER_SUBCATEGORY}, got {count}",
                )
    images = len({sample.image for sample in samples})
    if images < MIN_IMAGES:
        yield Problem("images", "image count", f"expected at least {MIN_IMAGES}, got {images}")


def kind_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Too few samples of a kind that is wanted, and domains whose share is off."""
    counts = {
        "people who act": sum(sample.people == "acting" for sample in samples),
        "two edits": sum(sample.edits == "two" for sample in samples),
        "two edits in order": sum(sample.edits == "two_in_order" for sample in samples),
        "changes of the whole scene": sum(s.subcategory in WHOLE_SCENE for s in samples),
        "changes of style": sum(sample.subcategory == "style" for sample in samples),
    }
    for kind, least in AT_LEAST.items():
        if counts[kind] < least:
            yield Problem(kind, "kind count", f"expected at least {least}, got {counts[kind]}")
    domains = Counter(sample.domain for sample in samples)
    for domain, (low, high) in DOMAIN_SHARES.items():
        if samples and not low <= domains[domain] / len(samples) <= high:
            yield Problem(
                domain,
                "domain share",
                f"expected {low:.0%} to {high:.0%}, got {domains[domain] / len(samples):.1%}",
            )


def subject_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Samples that ask too little about what should stay, where they are too many."""
    lacking = [sample.id for sample in samples if not keeps_its_subject(sample)]
    if len(lacking) > (1 - KEEPS_ITS_SUBJECT) * len(samples):
        for name in lacking:
            yield Problem(
                f"{name}.questions",
                "preserve",
                "expected two preserve questions that expect yes, one of subject_preservation; "
                f"{1 - KEEPS_ITS_SUBJECT:.0%} of the samples may go without",
            )


def image_use_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Images in more than two samples, or in two of one category."""
    users: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        users[sample.image].append(sample)
    for image, using in sorted(users.items()):
        names = ", ".join(sample.id for sample in using)
        if len(using) > MAX_USES_OF_AN_IMAGE:
            yield Problem(
                image,
                "image use",
                f"expected in at most {MAX_USES_OF_AN_IMAGE} samples, used in {names}",
            )
        elif len({sample.category for sample in using}) < len(using):
            yield Problem(image, "image use", f"used twice in one category: {names}")


def share_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Shares of questions expecting yes that are off, overall and per category and role."""
    bounds = {
        f"{category}, {role}": YES_SHARE_PER_CATEGORY_AND_ROLE
        for category in CATEGORIES
        for role in ("edit", "preserve")
    }
    counts = count_yes(samples, lambda s, q: ("all questions", f"{s.category}, {q.role}"))
    for group, (low, high) in ({"all questions": YES_SHARE} | bounds).items():
        yes, total = counts.get(group, (0, 0))
        if total and not low <= yes / total <= high:
            yield Problem(
                group,
                "yes share",
                f"expected {low:.0%} to {high:.0%}, got {yes} of {total} ({yes / total:.0%})",
            )


def count_yes(
    samples: Sequence[Sample], groups_of: Callable[[Sample, Question], Iterable[str]]
) -> dict[str, tuple[int, int]]:
    """Questions that expect yes, and questions in all, by group.

    Args:
        samples: Their questions are counted.
        groups_of: The groups that a question belongs to.
    """
    yes: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for sample in samples:
        for question in sample.questions:
            for group in groups_of(sample, question):
                total[group] += 1
                yes[group] += question.expected_answer == "yes"
    return {group: (yes[group], count) for group, count in total.items()}


def prompt_likeness_problems(samples: Sequence[Sample]) -> Iterator[Problem]:
    """Prompts that share most of their words, and openings that come too often."""
    bags = [(sample.id, _content_words(sample.prompt)) for sample in samples]
    for (one, words), (other, other_words) in combinations(bags, 2):
        likeness = len(words & other_words) / max(1, len(words | other_words))
        if likeness >= PROMPT_SIMILARITY:
            yield Problem(
                f"{other}.prompt",
                "near-duplicate prompt",
                f"shares {likeness:.0%} of its words with {one}",
            )
    openings = Counter(" ".join(_words(sample.prompt)[:OPENING_WORDS]) for sample in samples)
    for opening, count in openings.items():
        if count > MAX_PROMPTS_WITH_ONE_OPENING:
            yield Problem(
                "prompts",
                "opening",
                f"{count} prompts begin with {opening!r}, at most {MAX_PROMPTS_WITH_ONE_OPENING}",
            )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _content_words(text: str) -> frozenset[str]:
    return frozenset(_words(text)) - _COMMON_WORDS
