"""The numbers of an edition, as tables, card and figure."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.figure import draw_figure
from omiti2v.dataset.official_import import import_release
from omiti2v.dataset.stats import PUBLISHED_SHARES, EditionStats, compute_stats
from omiti2v.dataset.stats_tables import build_tables, markdown
from omiti2v.editions import Edition
from omiti2v.samples import Facet, Sample


@pytest.fixture
def stats(annotations: Path) -> EditionStats:
    return compute_stats(read_annotations(annotations))


def parsed(figure: str) -> ElementTree.Element:
    return ElementTree.fromstring(figure)  # noqa: S314 (our own)


def test_samples_are_counted_by_what_they_say(stats: EditionStats) -> None:
    assert (stats.samples, stats.images, stats.questions, stats.human_verified) == (9, 9, 36, 0)
    assert stats.samples_verified == 0
    counts = {
        kind: {count.name: count.samples for count in counts}
        for kind, counts in stats.groups.items()
    }
    assert counts == {
        "category": {"addition": 3, "deletion": 3, "modification": 3},
        "domain": {"Objects": 5, "Nature & Environment": 4},
        "image_type": {"real": 5, "animation": 4},
        "people": {None: 9},
        "edits": {None: 9},
        "difficulty": {"easy": 3, "medium": 3, "hard": 3},
        "licence": {"CC-BY-SA-4.0": 9},
    }
    assert [count.name for count in stats.groups["difficulty"]] == ["easy", "medium", "hard"]
    # Samples 0, 3 and 6 are additions; even numbers have the subcategory "object".
    assert {count.name: count.samples for count in stats.subcategories["addition"]} == {
        "object": 2,
        "time_of_day": 1,
    }


def test_facets_are_counted_by_kind_with_what_is_asked(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> None:
    facets = (
        Facet(id="f1", kind="manner", text="walks"),
        Facet(id="f2", kind="place", text="here"),
        Facet(id="f3", kind="place", text="there"),
    )
    samples = [
        sample.model_copy(
            update={
                "facets": facets,
                "questions": tuple(
                    question.model_copy(update={"facet": f"f{1 + number % 2}"})
                    for number, question in enumerate(sample.questions)
                ),
            }
        )
        for sample in make_samples(3)
    ]
    counted = compute_stats(make_edition(tmp_path / "faceted", samples=samples)).facets
    assert [(row.kind, row.facets, row.asked, row.questions, row.yes_share) for row in counted] == [
        ("place", 6, 3, 6, 0.0),
        ("manner", 3, 3, 6, 1.0),
    ]
    assert counted[0].samples == {"addition": 1, "deletion": 1, "modification": 1}


def test_answers_are_balanced_and_a_judge_that_does_not_look_succeeds_nowhere(
    stats: EditionStats,
) -> None:
    # Each sample has an edit and a preserve question for yes, and one of each for no.
    for row in (*stats.categories, stats.overall):
        assert row.yes_share == row.edit_yes_share == row.preserve_yes_share == 0.5
        assert row.still_floor == 0.5
    assert [
        (judge.answer, judge.accuracy, judge.edit_success) for judge in stats.constant_judges
    ] == [("yes", 0.5, 0.0), ("no", 0.5, 0.0)]
    dimensions = {row.name: (row.questions, row.yes_share) for row in stats.dimensions}
    assert dimensions == {"object_presence": (27, pytest.approx(2 / 3)), "count": (9, 0.0)}


def test_the_still_floor_is_the_share_of_preserve_questions(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> None:
    one, two, three = make_samples(3)
    one = one.model_copy(update={"questions": one.questions[:3]})
    two = two.model_copy(update={"questions": two.questions[:2]})
    stats = compute_stats(make_edition(tmp_path, samples=[one, two, three]))
    floors = [row.still_floor for row in stats.categories]
    assert floors == [pytest.approx(1 / 3), 0.0, 0.5]
    assert stats.overall.still_floor == pytest.approx((1 / 3 + 0 + 1 / 2) / 3)


def test_what_needs_reference_answers_is_not_available_for_the_authors_release(
    release: Path, tmp_path: Path
) -> None:
    stats = compute_stats(import_release(str(release), tmp_path / "official").edition)
    assert stats.overall.still_floor is None
    assert stats.overall.edit_yes_share is None
    assert {judge.edit_success for judge in stats.constant_judges} == {None}
    assert [judge.accuracy for judge in stats.constant_judges] == [0.5, 0.5]
    assert "not available" in markdown(build_tables(stats))
    assert parsed(draw_figure(stats)).tag.endswith("svg")


def test_published_shares_add_up_to_one() -> None:
    for shares in PUBLISHED_SHARES.values():
        assert sum(shares.values()) == pytest.approx(1, abs=0.001)
