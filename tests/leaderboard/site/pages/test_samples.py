"""All samples of an edition, one of them in full."""

from __future__ import annotations

from collections.abc import Callable

from page_texts import texts_of
from streamlit.testing.v1 import AppTest


def test_samples_filter_and_turn_pages(run_page: Callable[..., AppTest]) -> None:
    app = run_page("samples", edition="rendered")
    assert "24 of 24 samples" in texts_of(app)
    app.multiselect(key="category").set_value(["deletion"]).run()
    assert "8 of 24 samples" in texts_of(app)
    app.text_input(key="find").set_value("number 13").run()
    assert "1 of 24 samples" in texts_of(app)


def test_a_sample_has_an_address_of_its_own(run_page: Callable[..., AppTest]) -> None:
    app = run_page("samples", edition="rendered", sample="s005")
    rights = dict(
        zip(app.dataframe[0].value["Entry"], app.dataframe[0].value["Right"], strict=True)
    )
    assert rights["Wan base"] == "2 of 4"
    assert rights["Half a run"] == "4 of 4"


def test_samples_of_published_numbers_are_not_known(run_page: Callable[..., AppTest]) -> None:
    app = run_page("samples", edition="official")
    assert "their samples are not on this board" in texts_of(app)
