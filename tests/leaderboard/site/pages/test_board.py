"""The table of one edition and judge, and the addresses that lead to it."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.entries import PACKAGED
from leaderboard.entries.headline import as_text, table_headline
from leaderboard.site.state import Site


def markup(app: AppTest) -> str:
    """All the HTML of a page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def names(app: AppTest) -> list[str]:
    """The names of the rows."""
    return [html.unescape(name) for name in re.findall(r'"o-name"[^>]*><bdi>(.*?)<', markup(app))]


def test_the_board_with_most_judged_entries_is_shown_first(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("board")
    # Four with logs, which can be ranked, before eight published rows, which can't.
    assert app.selectbox(key="edition").value == "rendered"


@pytest.mark.parametrize("entry", ["official/framepack", "framepack"])
def test_the_address_of_an_entry_alone_leads_to_its_edition(
    run_page: Callable[..., AppTest], entry: str
) -> None:
    app = run_page("board", entry=entry)
    assert app.selectbox(key="edition").value == "official"
    assert app.selectbox(key="entry").value == "official/framepack"


def test_the_address_of_an_unknown_entry_alone_shows_the_first_board(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("board", entry="gone")
    assert app.selectbox(key="edition").value == "rendered"
    assert "names an entry that is not in this table" in texts_of(app)


def test_the_board_follows_edition_and_entry_of_the_address(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("board", edition="rendered", entry="rendered/wan-base")
    assert app.selectbox(key="edition").value == "rendered"
    assert app.selectbox(key="entry").value == "rendered/wan-base"
    assert any("Wan base" in str(block.value) for block in app.markdown)


def test_an_address_with_an_unknown_entry_is_told(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered", entry="rendered/gone")
    assert "names an entry that is not in this table" in texts_of(app)


def test_words_filter_the_table(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered")
    assert len(names(app)) == 4
    assert not app.text_input, "controls that stand folded are not drawn"
    app.session_state["filters opened"] = True
    app.run()
    app.text_input(key="words").set_value("alignvid").run()
    assert names(app) == ["Wan + AlignVid"]
    app.text_input(key="words").set_value("nothing like it").run()
    assert "No entry fits" in texts_of(app)


def test_broken_entries_are_named_and_the_rest_is_shown(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered")
    assert any("broken-one" in text.value for text in app.text)


def test_the_judges_measured_error_is_shown(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered")
    labels = [expander.label.replace("\\", "") for expander in app.expander]
    assert any("96.7" in label for label in labels)
    assert any(text.value.startswith("false yes: 2.0") for text in app.text)


def test_every_answer_of_an_entry_can_be_looked_at(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered", entry="rendered/wan-base")
    app.toggle(key="answers rendered/wan-base").set_value(True).run()
    answers = app.dataframe[-1].value
    assert len(answers) == 24 * 4
    assert set(answers["Answer"]) == {"yes", "no"}


def test_the_board_does_not_wait_for_the_library_of_the_charts() -> None:
    code = (
        "import sys, leaderboard.site.pages.board as board\n"
        "sys.exit('altair' in sys.modules or not board.render)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_table_holds_what_the_download_holds(
    run_page: Callable[..., AppTest], site: Site
) -> None:
    app = run_page("board", edition="rendered")
    key = site.choices()["rendered"]["judge-32B"]
    assert names(app) == [row.name for row in site.table(key).rows]
    assert "4 entries, 3 ranked by success" in texts_of(app)


def test_filters_columns_and_order_stand_in_the_address(run_page: Callable[..., AppTest]) -> None:
    columns = "columns rendered judge-32B"
    query = {"by": "Accuracy", "method": "baseline", "since": "2026-01-01"}
    order = {columns: ["Entry", "Accuracy"], "sort": "Accuracy", "smallest": "true"}
    app = run_page("board", edition="rendered", **query, **order)
    assert not app.warning
    assert set(names(app)) == {"Wan base", "Half a run"}
    shown = [float(x) for x in re.findall(r'"o-value">([0-9.]+)\u202f%', markup(app))]
    assert len(shown) == 2
    assert shown == sorted(shown)
    assert app.code[-1].value.endswith(
        "&by=Accuracy&method=baseline&since=2026-01-01&columns+rendered+judge-32B=Entry"
        "&columns+rendered+judge-32B=Accuracy&sort=Accuracy&smallest=true"
    )


def test_unknown_filters_in_the_address_are_told(run_page: Callable[..., AppTest]) -> None:
    text = texts_of(run_page("board", edition="rendered", method="magic", by="Beauty"))
    assert "magic" in text
    assert "Beauty" in text


def test_what_the_table_says_stands_before_it(run_page: Callable[..., AppTest], site: Site) -> None:
    app = run_page("board", edition="rendered")
    key = site.choices()["rendered"]["judge-32B"]
    said = table_headline(site.board, site.view(key).table, site.family(key))
    shown = markup(app)
    text = html.unescape(re.sub(r"<[^>]*>", "", shown))
    for sentence in said.sentences:
        assert as_text(sentence) in text
    assert shown.index("o-lead") < shown.index('class="o-board"')


def test_rows_are_put_in_another_order(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="official")
    app.session_state["filters opened"] = True
    app.run()
    order = next(box for box in app.selectbox if box.label == "Order by")
    order.set_value("Deletion").run()
    shown = [float(x) for x in re.findall(r'"o-value">([0-9.]+)\u202f%', markup(app))[2::4]]
    assert len(shown) == 8
    assert shown == sorted(shown, reverse=True)


@pytest.fixture
def packaged_page(run_page: Callable[..., AppTest]) -> Callable[..., AppTest]:
    return lambda **query: run_page("board", board=PACKAGED, **query)


def test_the_packaged_board_opens_on_published_results(
    packaged_page: Callable[..., AppTest],
) -> None:
    app = packaged_page()
    assert app.selectbox(key="edition").value == "official"
    assert "known-answer" not in app.selectbox(key="edition").options
    assert "published, no log: <bdi>paper (ICML 2026)" in markup(app)


@pytest.mark.parametrize("query", [{"edition": "known-answer"}, {"section": "Controls"}])
def test_controls_are_in_a_part_of_their_own_which_an_address_can_name(
    packaged_page: Callable[..., AppTest], query: dict[str, str]
) -> None:
    app = packaged_page(**query)
    assert app.selectbox(key="edition").value == "known-answer"
    assert "No models: rendered clips" in texts_of(app)
    assert app.query_params["section"] == "Controls"
    parts = app.get("button_group")[0]
    parts.set_value("Methods").run()
    assert app.selectbox(key="edition").value == "official"
    assert "section" not in app.query_params
