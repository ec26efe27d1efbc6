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


@pytest.fixture(scope="session")
def official(site: Site) -> BoardKey:
    return next(iter(table_choices(site.board)["official"].values()))


def trade_off(site: Site, key: BoardKey) -> tuple[list[chart_rows.ChartRow], list[str]]:
    rows = site.table(key).rows
    points = chart_rows.trade_off_rows(
        rows, entry_labels(rows), x="metric:dynamic_degree", y="semantic_average"
    )
    arrows = chart_rows.arrow_rows(rows, points)
    return points, sorted({row["arrow"] for row in arrows})


def test_the_front_is_what_nobody_beats_in_both(site: Site, official: BoardKey) -> None:
    points, _ = trade_off(site, official)
    best = max(points, key=lambda row: row["y"])
    assert best["front"]
    for point in points:
        beaten = any(
            other["x"] >= point["x"] and other["y"] >= point["y"] and other is not point
            for other in points
        )
        assert point["front"] is not beaten


def test_arrows_lead_from_a_baseline_to_the_method_of_the_same_source(
    site: Site, official: BoardKey
) -> None:
    points, arrows = trade_off(site, official)
    assert arrows == [
        "official/framepack-alignvid",
        "official/framepack-f1-alignvid",
        "official/framepack-f1-alignvid-rerun",
        "official/wan2-1-i2v-14b-480p-alignvid",
    ]
    rows = site.table(official).rows
    ends = chart_rows.arrow_rows(rows, points)
    rerun = [row for row in ends if row["arrow"] == "official/framepack-f1-alignvid-rerun"]
    start = next(row for row in points if row["id"] == "official/framepack-f1-rerun")
    assert (rerun[0]["x"], rerun[0]["y"]) == (start["x"], start["y"])


def test_the_outcomes_of_an_entry_add_up_to_everything(site: Site, key: BoardKey) -> None:
    rows = site.table(key).rows
    shares: dict[str, float] = {}
    for row in chart_rows.outcome_rows(rows, entry_labels(rows)):
        shares[row["entry"]] = shares.get(row["entry"], 0) + row["share"]
    assert len(shares) == 4
    assert all(share == pytest.approx(100) for share in shares.values())


def test_the_distribution_counts_every_sample_once(site: Site, key: BoardKey) -> None:
    rows = site.table(key).rows
    edition = site.samples(key)
    assert edition
    found = chart_rows.distribution_rows(site.entries(key), entry_labels(rows), edition)
    counts: dict[str, int] = {}
    for row in found:
        counts[row["entry"]] = counts.get(row["entry"], 0) + row["samples"]
    assert set(counts.values()) == {24}


def test_groups_have_the_accuracy_of_the_table(site: Site, key: BoardKey) -> None:
    rows = site.table(key).rows
    found = chart_rows.group_rows(rows, entry_labels(rows), "category")
    first = next(row for row in found if row["group"] == "addition")
    assert first["value"] == pytest.approx(
        100 * rows[0].figures["category:addition:accuracy"].value
    )


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
