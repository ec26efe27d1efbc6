"""The numbers of an edition as tables of text."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.stats import EditionStats, FacetCount, compute_stats
from omiti2v.dataset.stats_tables import StatsTable, build_tables, markdown, percent
from omiti2v.definitions import FACET_TITLE
from omiti2v.samples import FACET_KINDS


@pytest.fixture
def faceted(annotations: Path) -> EditionStats:
    """An edition with facets, and with counts as wide as those of a large one."""
    facets = tuple(
        FacetCount(
            kind=kind,
            facets=1234,
            asked=1234,
            questions=12345,
            yes_share=1.0,
            samples={"addition": 1234},
        )
        for kind in FACET_KINDS
    )
    stats = compute_stats(read_annotations(annotations))
    return stats.model_copy(update={"facets": facets})


def test_every_row_has_a_cell_for_each_column(annotations: Path) -> None:
    tables = build_tables(compute_stats(read_annotations(annotations)))
    assert [table.title for table in tables][:2] == ["Edition open", "Categories"]
    assert all(len(row) == len(table.head) for table in tables for row in table.rows)


def test_markdown_takes_no_cell_for_markup() -> None:
    text = markdown([StatsTable("T", ("", "n"), (("a|b <i>\n", "1"),))])
    assert text == "### T\n\n|  | n |\n| --- | ---: |\n| a\\|b &lt;i> | 1 |\n"


def test_a_share_that_is_not_known_is_said() -> None:
    assert (percent(0.6134), percent(None)) == ("61.3 %", "not available")


def test_facets_are_under_short_names_in_markdown_too(faceted: EditionStats) -> None:
    (table,) = [table for table in build_tables(faceted) if table.title == FACET_TITLE]
    head, rule, first = markdown([table]).splitlines()[2:5]
    names = ["kind", "addition", "deletion", "modification", "facets", "asked", "questions"]
    assert head == f"| {' | '.join([*names, 'expect yes'])} |"
    assert rule.count("---:") == 7
    assert first == "| identity | 1234 | 0 | 0 | 1234 | 1234 | 12345 | 100.0 % |"
    assert markdown([table]).endswith("asked: facets that a question tests.\n")


def test_an_edition_without_facets_has_no_table_of_them(annotations: Path) -> None:
    titles = [table.title for table in build_tables(compute_stats(read_annotations(annotations)))]
    assert FACET_TITLE not in titles
    assert titles[-2:] == ["Answers, and the still floor", "Judges that do not look"]
