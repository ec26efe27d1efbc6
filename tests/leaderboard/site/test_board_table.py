"""The main table without Streamlit: every number is the log's, filters do what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from run_rows import on_contrast

from leaderboard.entries import BoardKey, Row, read_entry_run
from leaderboard.entries.entry_scores import score_run
from leaderboard.report.score_cells import ScoreCell
from leaderboard.site.board_table import (
    Cell,
    Filter,
    board_view,
    figure_text,
    filter_table,
    judge_errors,
    order_rows,
    place_floor,
    shown_cell,
    summary,
)
from leaderboard.site.choices import table_choices
from leaderboard.site.columns import figure_column, table_columns
from leaderboard.site.settings import Settings
from leaderboard.site.state import Site
from omiti2v.definitions import FEW_MARK
from omiti2v.scores import Estimate


@pytest.fixture(scope="session")
def key(site: Site) -> BoardKey:
    return table_choices(site.board)["rendered"]["judge-32B"]


def cells_of(rows: Sequence[Row], name: str) -> list[Cell]:
    return [shown_cell(row, figure_column(name)) for row in rows]


def value_of(cell: Cell) -> float:
    assert isinstance(cell, ScoreCell)
    return float(cell.value.split("\u202f")[0].replace("\N{MINUS SIGN}", "-"))


def test_every_number_of_the_table_is_computed_again_from_the_log(
    site: Site, key: BoardKey
) -> None:
    for row in site.table(key).rows:
        scores, _ = score_run(read_entry_run(site.board.storage, site.board.by_id[row.id]))
        assert scores.outcomes
        groups = scores.breakdowns["category"].items()
        shares = scores.scores | {
            "success": scores.outcomes["success"],
            **{f"category:{name}:accuracy": found["accuracy"] for name, found in groups},
        }
        for name, estimate in shares.items():
            assert estimate
            shown = value_of(shown_cell(row, figure_column(name)))
            assert shown == pytest.approx(100 * estimate.value, abs=0.051)
        for metric, mean in scores.metrics.items():
            assert mean
            shown = value_of(shown_cell(row, figure_column(f"metric:{metric}")))
            assert shown == pytest.approx(mean.value, abs=0.00051)


def test_scores_to_rank_by_have_their_interval_as_a_bar(site: Site, key: BoardKey) -> None:
    row = site.table(key).rows[1]
    figure, cell = row.figures["success"], shown_cell(row, figure_column("success"))
    assert isinstance(cell, ScoreCell) and cell.bar
    assert figure.low is not None and figure.high is not None
    assert cell.interval == f"[{100 * figure.low:.1f}, {100 * figure.high:.1f}]"
    assert cell.bar.start == pytest.approx(100 * figure.low, abs=0.01)
    assert cell.bar.start + cell.bar.width == pytest.approx(100 * figure.high, abs=0.02)
    assert cell.bar.mark == pytest.approx(100 * figure.value, abs=0.01)
    addition = shown_cell(row, figure_column("category:addition:accuracy"))
    assert isinstance(addition, ScoreCell)
    assert addition.interval and addition.bar is None


def test_published_numbers_have_a_place_on_the_axis_and_no_interval(site: Site) -> None:
    official = next(iter(table_choices(site.board)["official"].values()))
    for cell in cells_of(site.table(official).rows, "semantic_average"):
        assert isinstance(cell, ScoreCell) and cell.bar
        assert (cell.interval, cell.bar.width) == ("", 0)
        assert cell.bar.mark == pytest.approx(value_of(cell), abs=0.051)


def test_a_small_negative_number_has_the_sign_of_a_large_one(site: Site, key: BoardKey) -> None:
    row = site.table(key).rows[0]
    figures = [Estimate(value=value, low=value, high=value, n=40) for value in (-0.002, -0.032)]
    rows = [replace(row, figures={"lift": figure}) for figure in figures]
    shown = [cell.value for cell in cells_of(rows, "lift") if isinstance(cell, ScoreCell)]
    assert [text[0] for text in shown] == ["\N{MINUS SIGN}"] * 2


@pytest.mark.parametrize("descending", [True, False])
def test_empty_cells_come_last_in_either_order(site: Site, key: BoardKey, descending: bool) -> None:
    rows = site.table(key).rows
    some = [
        replace(
            rows[0],
            id=f"r{number}",
            figures={}
            if value is None
            else {"lift": Estimate(value=value, low=None, high=None, n=40)},
        )
        for number, value in enumerate([None, 0.3, -0.1, None, 0.2])
    ]
    found = [row.id for row in order_rows(some, figure_column("lift"), descending=descending)]
    known = ["r1", "r4", "r2"]
    assert found == [*(known if descending else known[::-1]), "r0", "r3"]


@pytest.mark.parametrize("name", ["rank", "name", "method", "coverage", "added", "success"])
def test_rows_are_ordered_by_any_column(site: Site, key: BoardKey, name: str) -> None:
    rows = site.table(key).rows
    (column,) = (one for one in table_columns(rows) if one.name == name)
    up = order_rows(rows, column, descending=False)
    assert sorted(row.id for row in up) == sorted(row.id for row in rows)
    if name == "rank":
        assert [row.standing and row.standing.best for row in up] == [1, 2, 3, None]
    if name == "name":
        assert [row.name for row in up] == sorted((row.name for row in rows), key=str.casefold)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(words="WAN alignvid"), {"Wan + AlignVid"}),
        (Filter(fields={"method": ["baseline"]}), {"Wan base", "Half a run"}),
        (Filter(fields={"backbone": ["FramePack"]}), {"Half a run"}),
        (Filter(fields={"weights": ["open"]}), {"Wan base"}),
        (Filter(since=date(2030, 1, 1)), set()),
        (Filter(fields={"badge": ["reported"]}), set()),
        (Filter(fields={"method": ["baseline"]}, words="half"), {"Half a run"}),
    ],
)
def test_filters_keep_the_rows_that_are_wanted(
    site: Site, key: BoardKey, wanted: Filter, names: set[str]
) -> None:
    assert {row.name for row in filter_table(site.table(key), wanted).rows} == names


def test_filtered_rows_keep_their_ranks(site: Site, key: BoardKey) -> None:
    whole = {row.id: row.standing for row in site.table(key).rows}
    for row in filter_table(site.table(key), Filter(words="wan")).rows:
        assert row.standing == whole[row.id]


def test_a_row_under_full_coverage_has_no_rank(site: Site, key: BoardKey) -> None:
    row = next(row for row in site.table(key).rows if row.name == "Half a run")
    assert row.standing is None
    assert row.unranked and "coverage 50.0 %" in row.unranked


def test_the_floor_stands_where_its_score_puts_it(site: Site, key: BoardKey) -> None:
    table = site.table(key, "accuracy")
    ranked = [row for row in table.rows if row.standing]
    middle = (ranked[0].figures["accuracy"].value + ranked[-1].figures["accuracy"].value) / 2
    figure = ranked[0].figures["accuracy"]
    floor = replace(
        ranked[0],
        id="floor",
        badge="exact",
        standing=None,
        figures={"accuracy": figure.model_copy(update={"value": middle})},  # type: ignore[union-attr]
    )
    placed = place_floor(replace(table, rows=(*table.rows, floor)))
    values = [row.figures["accuracy"].value for row in placed.rows if row.standing or row is floor]
    assert values == sorted(values, reverse=True)


def test_the_summary_counts_ties(site: Site, key: BoardKey) -> None:
    text = summary(site.table(key))
    assert text.startswith("4 entries, 3 ranked by success: 3 at one place, 0 at one of several.")
    assert "6 pairs of entries were compared by 4 scores as one family" in text


def test_a_judge_without_calibration_has_no_errors() -> None:
    assert judge_errors(None) == []


def test_a_judge_s_errors_on_photographs_come_first(site: Site, key: BoardKey) -> None:
    known = site.calibration(key)
    assert known
    ((where, rows),) = judge_errors(known)
    assert where == "rendered clips"
    assert rows[0][:2] == ("accuracy", "96.7\u202f% [95.7, 97.7]")
    assert rows[-1][0] == "obeys written words"
    found = judge_errors(on_contrast(known, accuracy=0.8))
    assert [where for where, _ in found] == [
        "edits composited on photographs",
        "rendered shapes on drawn backgrounds",
        "rendered clips",
    ]
    photographs, shapes, words = (of_one for _, of_one in found)
    assert photographs[0][1].startswith("80.0")
    assert [*shapes, *words] == rows


def test_the_packaged_board_shows_its_published_rows_and_the_floor() -> None:
    site = Site(Settings())
    choices = table_choices(site.board)
    official = site.table(next(iter(choices["official"].values())))
    assert len([row for row in official.rows if row.badge == "reported"]) == 8
    floor = site.table(next(iter(choices["open"].values()))).floor
    assert floor and 0.4 < floor.value < 0.6


def test_a_view_has_rank_name_and_its_score_first(site: Site, key: BoardKey) -> None:
    assert board_view(site.table(key)).chosen[:3] == ("Rank", "Entry", "Success")
    view = board_view(site.table(key, "negligence"))
    assert view.chosen[:3] == ("Rank", "Entry", "Negligence")
    assert len(set(view.chosen)) == len(view.chosen)
    official = next(iter(table_choices(site.board)["official"].values()))
    assert not {"Rank", "Coverage"} & set(board_view(site.table(official)).chosen)


def test_no_filter_leaves_the_table_as_it_is(site: Site, key: BoardKey) -> None:
    table = site.table(key)
    assert filter_table(table, Filter()) is table


def test_a_view_is_prepared_once_for_all_visitors(site: Site, key: BoardKey) -> None:
    assert site.view(key) is site.view(key, site.table(key).by)


def test_a_number_of_few_samples_is_marked(site: Site, key: BoardKey) -> None:
    row = site.table(key).rows[0]
    few = Estimate(value=0.5, low=0.1, high=0.9, n=29)
    assert figure_text(few).replace("\u202f", " ") == f"50.0 %{FEW_MARK} [10.0, 90.0]"
    enough = few.model_copy(update={"n": 30})
    for figure, marked in ((few, True), (enough, False)):
        cell = shown_cell(replace(row, figures={"success": figure}), figure_column("success"))
        assert isinstance(cell, ScoreCell)
        assert cell.is_of_few is marked
