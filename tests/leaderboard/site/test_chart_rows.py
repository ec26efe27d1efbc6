"""The numbers behind the charts."""

from __future__ import annotations

import pytest

from leaderboard.entries import BoardKey
from leaderboard.site import chart_rows
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


def test_numbers_lie_upon_no_mark_and_no_other_number() -> None:
    points = [{"x": x, "y": y} for x, y in ((0.0, 0.0), (0.0, 0.0), (0.0, 0.5), (100.0, 100.0))]
    places = chart_rows._places(points)
    assert len(set(places[:2])) == 2
    assert places[3] == "right"
