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


def at(body: str, **query: str | list[str]) -> AppTest:
    app = AppTest.from_string(f"from leaderboard.site.widgets import *\n{body}", default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


ONE = "import streamlit as st\nst.text(choose_one('Edition', ['open', 'mine'], key='edition'))"


def test_what_the_address_names_is_chosen_and_nothing_is_told() -> None:
    app = at(ONE, edition="mine")
    assert app.text[0].value == "mine"
    assert not app.warning


def test_an_unknown_name_in_the_address_is_told_and_shown_letter_by_letter() -> None:
    app = at(ONE, edition="[gone](javascript:x)")
    assert app.text[0].value == "open"
    (told,) = app.warning
    assert "asks for edition" in told.value
    assert r"\[gone\]\(javascript\:x\)" in told.value


def test_unknown_entries_in_the_address_are_told_and_the_known_ones_chosen() -> None:
    app = at(
        "choose_entries('B', {'a/one': 'One', 'a/two': 'Two'}, key='b', default=[], at_most=2)",
        b=["Two", "Three"],
    )
    assert app.multiselect(key="b").value == ["a/two"]
    assert "Three" in app.warning[0].value
    assert "Two" not in app.warning[0].value


def test_the_address_names_defaults_too_and_repeats_what_has_several_values() -> None:
    app = at(f"{ONE}\nshow_address({{'others': ['A & B', 'C'], 'find': '', 'sample': None}})")
    assert app.code[0].value == "?edition=open&others=A+%26+B&others=C"
