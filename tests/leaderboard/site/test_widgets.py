"""What several pages share."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def run(body: str) -> AppTest:
    script = f"from leaderboard.site.widgets import *\n{body}"
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    return app


def test_a_table_is_given_by_columns_or_by_rows() -> None:
    columns = run("show_table({'A': [1, 2], 'B': ['x', None]}, alt='both')").dataframe[0].value
    rows = run("show_table([{'A': 1, 'B': 'x'}, {'A': 2, 'B': None}], alt='both')")
    assert columns.equals(rows.dataframe[0].value)
    assert list(columns["A"]) == [1, 2]


def test_a_download_has_the_projects_name_and_is_made_when_asked_for() -> None:
    app = run("offer_download('Numbers', lambda: 1 / 0, 'x.csv', 'text/csv', key='numbers')")
    (button,) = app.download_button
    assert button.label == "Numbers"


def test_entries_are_chosen_by_name_and_a_default_that_is_gone_is_left_out() -> None:
    app = run(
        "import streamlit as st\n"
        "names = {'a/one': 'One', 'a/two': 'Two'}\n"
        "found = choose_entries('B', names, key='b', default=['a/two', 'gone'], at_most=2)\n"
        "st.text(','.join(found))"
    )
    assert app.text[0].value == "a/two"
    assert app.multiselect(key="b").options == ["One", "Two"]
