"""The main table without Streamlit: every number is the log's, filters do what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from run_rows import on_contrast

from leaderboard.entries import BoardKey, read_entry_run
from leaderboard.entries.entry_scores import score_run
from leaderboard.entries.ranking import RowRank
from leaderboard.site.board_table import (
    Filter,
    board_view,
    few_note,
    figure_text,
    filter_table,
    judge_errors,
    place_floor,
    summary,
    table_cells,
    view_cells,
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


def test_every_number_of_the_table_is_computed_again_from_the_log(
    site: Site, key: BoardKey
) -> None:
    table = site.table(key)
    columns = [column for column in table_columns(table.rows) if column.kind in ("share", "number")]
    cells = table_cells(table.rows, columns)
    for index, row in enumerate(table.rows):
        scores, _ = score_run(read_entry_run(site.board.storage, site.board.by_id[row.id]))
        for name, estimate in scores.scores.items():
            assert estimate
            shown = cells[figure_column(name).label][index]
            assert shown == pytest.approx(100 * estimate.value)
        for category, found in scores.breakdowns["category"].items():
            label = figure_column(f"category:{category}:accuracy").label
            assert cells[label][index] == pytest.approx(100 * found["accuracy"].value)
        for metric, mean in scores.metrics.items():
            assert mean
            assert cells[figure_column(f"metric:{metric}").label][index] == pytest.approx(
                mean.value
            )
        assert scores.outcomes
        assert cells["Success"][index] == pytest.approx(100 * scores.outcomes["success"].value)


def test_intervals_follow_their_numbers(site: Site, key: BoardKey) -> None:
    table = site.table(key)
    cells = table_cells(table.rows, [figure_column("success")], intervals=True)
    assert list(cells) == ["Success", "Success, 95 %"]
    figure = table.rows[1].figures["success"]
    assert figure.low is not None
    assert str(cells["Success, 95 %"][1]).startswith(f"[{100 * figure.low:.1f}, ")


def test_published_numbers_have_no_interval_column(site: Site) -> None:
    official = next(iter(table_choices(site.board)["official"].values()))
    rows = site.table(official).rows
    cells = table_cells(rows, [figure_column("semantic_average")], intervals=True)
    assert list(cells) == ["Semantic average"]


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


def test_a_rank_sorts_as_text_in_the_order_of_its_numbers(site: Site, key: BoardKey) -> None:
    row = site.table(key).rows[0]
    places = [(1, 1), (2, 5), (3, 3), (10, 11)]
    rows = [replace(row, standing=RowRank(*place)) for place in places]
    shown = table_cells(rows, [column for column in table_columns(rows) if column.name == "rank"])
    assert shown["Rank"] == sorted(map(str, shown["Rank"]))
    assert [str(cell).replace(" ", "") for cell in shown["Rank"]] == [*("1", "2-5", "3", "10-11")]


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


def test_a_view_has_the_cells_that_the_table_gives(site: Site, key: BoardKey) -> None:
    view = board_view(site.table(key))
    columns = [view.columns[label] for label in view.chosen]
    rows = view.table.rows
    assert view.cells == table_cells(rows, columns, intervals=True)
    assert view_cells(view, rows, view.chosen, intervals=True) is view.cells
    assert view_cells(view, rows[:1], ["Entry"], intervals=False) == {
        "Entry": view.cells["Entry"][:1]
    }


def test_no_filter_leaves_the_table_as_it_is(site: Site, key: BoardKey) -> None:
    table = site.table(key)
    assert filter_table(table, Filter()) is table


def test_a_view_is_prepared_once_for_all_visitors(site: Site, key: BoardKey) -> None:
    assert site.view(key) is site.view(key, site.table(key).by)


def test_a_number_of_few_samples_is_marked_and_its_column_named(site: Site, key: BoardKey) -> None:
    rows = site.table(key).rows
    few = Estimate(value=0.5, low=0.1, high=0.9, n=29)
    assert figure_text(few).replace("\u202f", " ") == f"50.0 %{FEW_MARK} [10.0, 90.0]"
    enough = few.model_copy(update={"n": 30})
    columns = [figure_column("success"), figure_column("accuracy")]
    marked = [replace(row, figures={"success": few, "accuracy": enough}) for row in rows]
    assert few_note(marked, columns).endswith("samples: Success.")
    assert few_note(marked, columns[1:]) == ""
