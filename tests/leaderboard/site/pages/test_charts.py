"""Charts of one edition and judge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.site.pages import charts


def test_published_numbers_have_empty_states_instead_of_charts(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("charts", edition="official")
    assert "Published numbers come without intervals" in texts_of(app)
    assert "Needs logs" in texts_of(app)


def test_a_board_with_logs_has_each_of_its_charts_and_their_files(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("charts", edition="rendered")
    assert app.header[0].value == "What following the prompt costs"
    labels = [button.label for button in app.download_button]
    assert labels.count("Numbers (CSV)") == labels.count("Chart (Vega-Lite)") == 5


def test_the_choices_of_the_charts_stand_in_the_address(run_page: Callable[..., AppTest]) -> None:
    query = {
        "charted": ["Wan base", "Half a run"],
        "across": "Aesthetic quality",
        "up": "Accuracy",
        "score": "Negligence",
        "group": "Question dimension",
    }
    app = run_page("charts", edition="rendered", **query)
    assert not app.warning
    assert app.multiselect(key="charted").value == ["rendered/wan-base", "rendered/half-a-run"]
    assert [app.selectbox(key=name).value for name in ("across", "up", "score")] == [
        *("metric:aesthetic_quality", "accuracy", "negligence")
    ]
    assert app.code[0].value.endswith(
        "charted=Wan+base&charted=Half+a+run&across=Aesthetic+quality&up=Accuracy"
        "&score=Negligence&group=Question+dimension"
    )


def test_charts_say_what_their_numbers_stand_for(run_page: Callable[..., AppTest]) -> None:
    text = texts_of(run_page("charts", edition="rendered"))
    assert "1: " in text
    assert "Wan + AlignVid" in text


def test_entries_beyond_the_colors_are_named(
    run_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "MAX_COMPARED", 2)
    app = run_page("charts", edition="rendered")
    assert "Not shown, for want of colors: Wan base, " in texts_of(app)
