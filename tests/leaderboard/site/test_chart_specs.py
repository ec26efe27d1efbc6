"""The rows behind the charts, and that the charts are whole Vega-Lite files."""

from __future__ import annotations

import json

import pytest

from leaderboard.entries import BoardKey
from leaderboard.site import chart_rows, chart_specs
from leaderboard.site.choices import entry_labels, table_choices
from leaderboard.site.state import Site


@pytest.fixture(scope="session")
def key(site: Site) -> BoardKey:
    return table_choices(site.board)["rendered"]["judge-32B"]


def trade_off(site: Site, key: BoardKey) -> tuple[list[chart_rows.ChartRow], list[str]]:
    rows = site.table(key).rows
    points = chart_rows.trade_off_rows(
        rows, entry_labels(rows), x="metric:dynamic_degree", y="semantic_average"
    )
    arrows = chart_rows.arrow_rows(rows, points)
    return points, sorted({row["arrow"] for row in arrows})


def test_each_chart_is_a_vega_lite_file_with_a_description(site: Site, key: BoardKey) -> None:
    rows = site.table(key).rows
    labels = entry_labels(rows)
    edition = site.samples(key)
    assert edition
    points, _ = trade_off(site, key)
    drawn = (
        chart_specs.trade_off_chart(points, chart_rows.arrow_rows(rows, points), x="x", y="y"),
        chart_specs.interval_chart(
            chart_rows.interval_rows(rows, labels, "success"), title="Success, %", floor=51.0
        ),
        chart_specs.outcome_chart(chart_rows.outcome_rows(rows, labels)),
        chart_specs.group_chart(chart_rows.group_rows(rows, labels, "category"), title="Category"),
        chart_specs.distribution_chart(
            chart_rows.distribution_rows(site.entries(key), labels, edition)
        ),
    )
    for chart in drawn:
        document = json.loads(chart_specs.as_vega_lite(chart))
        assert "vega-lite" in document["$schema"]
        assert "Wan base" in document["description"]


def test_long_names_in_a_legend_stand_below_each_other_in_full() -> None:
    name = "Wan2.1-I2V-14B-480P + AlignVid"
    rows = [
        {"entry": entry, "group": "g", "value": 1, "low": 0, "high": 2} for entry in (name, "b")
    ]
    legends = json.dumps(chart_specs.group_chart(rows, title="Kind").to_dict())
    assert '"columns": 1' in legends
    assert '"labelLimit": 300' in legends
    short = json.dumps(chart_specs.group_chart(rows[1:], title="Kind").to_dict())
    assert '"columns": 2' in short


def test_a_chart_can_be_had_as_a_picture(site: Site, key: BoardKey) -> None:
    pytest.importorskip("vl_convert")
    rows = site.table(key).rows
    labels = entry_labels(rows)
    chart = chart_specs.outcome_chart(chart_rows.outcome_rows(rows, labels))
    assert chart_specs.as_picture(chart, "png").startswith(b"\x89PNG")
    picture = chart_specs.as_picture(chart, "svg").decode()
    assert picture.startswith("<svg")
    assert "<script" not in picture


def test_axes_begin_where_values_can_be() -> None:
    def domain(values: list[float], most: float | None = None) -> list[float]:
        found: list[float] = chart_specs._reach(values, most=most).to_dict()["domain"]
        return found

    assert domain([0.0, 0.4])[0] == 0
    assert domain([0.0, 100.0], most=100) == [0, 100]
    assert domain([-0.2, 0.4])[0] < -0.2
    assert domain([-99.0, 99.0], most=100) == [-100, 100]
    assert domain([50.0, 60.0], most=100) == pytest.approx([49.4, 60.6])


def test_samples_are_counted_in_whole_numbers_and_ticks_have_a_legend() -> None:
    rows = [{"name": "a", "samples": 2, "published": 1.5}]
    drawn = json.dumps(chart_specs.count_chart(rows, title="samples").to_dict())
    assert '"tickMinStep": 1' in drawn
    assert chart_specs.PUBLISHED in drawn
    bare = json.dumps(chart_specs.count_chart([{"name": "a", "samples": 2}], title="x").to_dict())
    assert chart_specs.PUBLISHED not in bare


def test_a_picture_names_what_its_numbers_stand_for(site: Site, key: BoardKey) -> None:
    pytest.importorskip("vl_convert")
    points, _ = trade_off(site, key)
    chart = chart_specs.trade_off_chart(points, [], x="x", y="y")
    below = chart_rows.numbered_names(points)
    assert "2: Wan + AlignVid" in below
    assert "2: Wan + AlignVid" in chart_specs.as_picture(chart, "svg", below=below).decode()
