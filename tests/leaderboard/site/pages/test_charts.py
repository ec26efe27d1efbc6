"""Charts of one edition and judge."""

from __future__ import annotations

from collections.abc import Callable

from page_texts import texts_of
from streamlit.testing.v1 import AppTest


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
    assert app.subheader[0].value == "What following the prompt costs"
    labels = [button.label for button in app.download_button]
    assert labels.count("Numbers (CSV)") == labels.count("Chart (Vega-Lite)") == 5
