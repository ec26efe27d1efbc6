"""Videos of entries side by side."""

from __future__ import annotations

from collections.abc import Callable

from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.site.state import Site
from omiti2v.definitions import FEW_NOTE


def test_compare_says_why_published_numbers_can_t_be(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="official")
    assert "needs two entries with a log" in texts_of(app)


def test_compare_holds_the_baseline_against_the_first(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="rendered")
    assert app.selectbox(key="first").value == "rendered/wan-base"
    assert "McNemar" in texts_of(app)


def test_compare_says_what_the_board_says_and_of_how_many_tests(
    run_page: Callable[..., AppTest], site: Site
) -> None:
    text = texts_of(run_page("compare", edition="rendered"))
    (key,) = [key for key in site.board.tables if key.edition == "rendered"]
    family = site.family(key)
    assert (
        f"adjusted over {4 * family.pairs} tests together, success, accuracy, semantic average "
        f"and negligence of all {family.pairs} pairs of the board" in text
    )
    assert "points higher than Wan base." in text
    assert FEW_NOTE in text


def test_the_whole_state_of_compare_stands_in_its_address(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page(
        "compare",
        edition="rendered",
        first="Wan + AlignVid",
        others=["Wan base", "Half a run"],
        second="Half a run",
        watched="s004",
    )
    assert not app.warning or "asks for" not in texts_of(app)
    assert app.selectbox(key="first").value == "rendered/wan-alignvid"
    assert app.multiselect(key="others").value == ["rendered/wan-base", "rendered/half-a-run"]
    assert app.selectbox(key="second").value == "rendered/half-a-run"
    assert app.selectbox(key="watched").value == "s004"
    (address,) = (code.value for code in app.code)
    assert address.endswith(
        "first=Wan+%2B+AlignVid&others=Wan+base&others=Half+a+run&second=Half+a+run&watched=s004"
    )


def test_compare_draws_the_differences(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="rendered")
    (chart,) = app.get("vega_lite_chart")
    assert "Differences with 95 % intervals, B less A" in chart.proto.spec


def test_compare_tells_of_entries_that_are_not_there(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="rendered", first="Nobody", others="Gone")
    told = " ".join(warning.value for warning in app.warning)
    assert "Nobody" in told
    assert "Gone" in told
    assert app.selectbox(key="first").value == "rendered/wan-base"
