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


def test_filters_order_and_page_stand_in_the_address(run_page: Callable[..., AppTest]) -> None:
    app = run_page("samples", edition="rendered", order="hardest", page="2")
    assert app.selectbox(key="order").value == "hardest"
    assert app.code[0].value.endswith("&order=hardest&page=2")
    app = run_page("samples", edition="rendered", find="number 13", category="deletion")
    assert app.text_input(key="find").value == "number 13"
    assert app.multiselect(key="category").value == ["deletion"]


def test_samples_tells_of_a_sample_and_a_filter_that_are_not_there(
    run_page: Callable[..., AppTest],
) -> None:
    told = texts_of(run_page("samples", edition="rendered", sample="s999", category="magic"))
    assert "s999" in told
    assert "magic" in told
