"""The page with the numbers, which gives no single right answer away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.review.session import ReviewSession, ReviewSettings, open_session
from leaderboard.review.summary_page import FEWEST_SHOWN
from leaderboard.site.settings import hand_over
from omiti2v.runs import Run

SCRIPT = """
from leaderboard.review import summary_page
from leaderboard.review.session import ReviewSettings, open_session
from leaderboard.site.settings import read_settings
summary_page.render(open_session(read_settings(ReviewSettings)))
"""
Start = Callable[[ReviewSettings], tuple[ReviewSession, AppTest]]


@pytest.fixture
def start() -> Iterator[Start]:
    def run(settings: ReviewSettings) -> tuple[ReviewSession, AppTest]:
        hand_over(settings)
        return open_session(settings), AppTest.from_string(SCRIPT, default_timeout=60)

    yield run
    open_session.cache_clear()


def test_without_reviews_it_says_so(start: Start, annotations: Path) -> None:
    _, app = start(ReviewSettings("ada", annotations=annotations))
    app.run()
    assert not app.exception
    assert "No person has reviewed anything yet" in texts_of(app)


def test_what_is_confirmed_is_shown_only_to_who_has_answered_everything(
    start: Start, annotations: Path
) -> None:
    review, app = start(ReviewSettings("ada", annotations=annotations))
    *most, last = review.questions
    for question in most:
        review.answer(question, "yes")
    app.run()
    assert len(app.dataframe) == 1
    assert "is shown once you have answered everything" in texts_of(app)
    assert set(app.dataframe[0].value["agree"]) == {"too few answers"}  # 12 a form
    review.answer(last, "yes")
    app.run()
    assert "questions disputed" in set(app.dataframe[1].value[""])


def test_the_judges_error_is_shown_from_enough_answers_on(
    start: Start, run: Run, videos: Path
) -> None:
    review, app = start(ReviewSettings("ada", run=run.paths.folder, videos=videos))
    for question in review.questions:
        review.answer(question, "yes")
    assert len(review.questions) < FEWEST_SHOWN
    app.run()
    assert not app.exception
    assert f"shown from {FEWEST_SHOWN} re-checked answers" in texts_of(app)
    assert not app.dataframe
