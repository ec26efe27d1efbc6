"""The numbers of an edition as tables of text."""

from __future__ import annotations

from pathlib import Path

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.stats import compute_stats
from omiti2v.dataset.stats_tables import StatsTable, build_tables, markdown, percent


def test_every_row_has_a_cell_for_each_column(annotations: Path) -> None:
    tables = build_tables(compute_stats(read_annotations(annotations)))
    assert [table.title for table in tables][:2] == ["Edition open", "Categories"]
    assert all(len(row) == len(table.head) for table in tables for row in table.rows)


def test_markdown_takes_no_cell_for_markup() -> None:
    text = markdown([StatsTable("T", ("", "n"), (("a|b <i>\n", "1"),))])
    assert text == "### T\n\n|  | n |\n| --- | ---: |\n| a\\|b &lt;i> | 1 |\n"


def test_a_share_that_is_not_known_is_said() -> None:
    assert (percent(0.6134), percent(None)) == ("61.3 %", "not available")
