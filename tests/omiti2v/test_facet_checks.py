"""Facets that don't fit their sample or its questions are named, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.dataset.load import load_edition
from omiti2v.editions import Edition
from omiti2v.facet_checks import facet_findings, stray_facets
from omiti2v.samples import Facet, FacetKind, Question, Sample


def question(number: int, facet: str | None) -> Question:
    return Question(
        id=f"q{number}",
        question="Is there a cat on the bench?",
        dimension="object_presence",
        expected_answer="yes",
        facet=facet,
    )


def sample(name: str, facets: tuple[Facet, ...] | None, *tested: str | None) -> Sample:
    return Sample(
        id=name,
        image=f"images/{name}.png",
        prompt="A cat jumps onto the bench",
        caption_before="A bench on a lawn",
        category="addition",
        facets=facets,
        questions=tuple(question(number, facet) for number, facet in enumerate(tested, 1)),
    )


CAT = Facet(id="f1", kind="identity", text="A cat")
LAWN = Facet(id="f2", kind="stays", text="on a lawn")


@pytest.fixture
def findings(
    make_edition: Callable[..., Edition], tmp_path: Path
) -> Callable[..., list[tuple[str, str, str]]]:
    def of(*samples: Sample) -> list[tuple[str, str, str]]:
        edition = make_edition(tmp_path / "edition", samples=samples)
        return [(row.code, row.subject, row.message) for row in facet_findings(edition)]

    return of


@pytest.mark.parametrize(
    ("kind", "text", "stray"),
    [
        ("identity", "A cat", False),
        ("identity", "a cat", True),
        ("identity", "on a lawn", True),
        ("stays", "on a lawn", False),
        ("stays", "the bench", False),
        ("stays", "the sky", True),
    ],
)
def test_only_what_stays_may_be_worded_by_the_caption(
    kind: FacetKind, text: str, stray: bool
) -> None:
    facet = Facet(id="f1", kind=kind, text=text)
    assert stray_facets(sample("a", (facet,), "f1")) == [facet] * stray


def test_samples_that_fit_or_list_no_facets_have_no_findings(
    findings: Callable[..., object],
) -> None:
    assert findings(sample("a", (CAT, LAWN), "f1", "f2"), sample("b", (CAT,), "f1")) == []
    assert findings(sample("a", None, None), sample("b", None, None)) == []


def test_all_that_is_wrong_with_a_sample_is_one_line(findings: Callable[..., object]) -> None:
    dog = Facet(id="f3", kind="identity", text="a dog")
    sky = Facet(id="f4", kind="stays", text="the sky")
    assert findings(sample("a", (CAT, LAWN, dog, sky), "f1", None)) == [
        (
            "facets",
            "a",
            "facet f3: 'a dog' is not in the prompt (and 1 more); no question tests f2, f3, f4; "
            "q2 without `facet`",
        )
    ]


def test_of_many_ids_a_few_are_named(findings: Callable[..., object]) -> None:
    message = "q2, q3, q4, q5 and 5 more without `facet`"
    assert findings(sample("a", (CAT,), "f1", *[None] * 9)) == [("facets", "a", message)]


def test_an_edition_where_only_some_samples_list_facets_is_named_once(
    findings: Callable[..., object],
) -> None:
    rows = (sample("a", (CAT,), "f1"), sample("b", None, None), sample("c", None, None))
    message = "1 of 3 samples list facets; accuracy by facet is about these alone"
    assert findings(*rows) == [("mixed-facets", "edition custom", message)]


def test_the_facets_of_the_open_edition_fit() -> None:
    assert list(facet_findings(load_edition("open"))) == []
