"""The page that asks, driven without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.review.question_page import KEYS, SKIP, UNDO
from leaderboard.review.session import ReviewSession, ReviewSettings, open_session
from leaderboard.site.settings import hand_over

SCRIPT = """
from leaderboard.review import question_page
from leaderboard.review.session import ReviewSettings, open_session
from leaderboard.site.settings import read_settings
question_page.render(open_session(read_settings(ReviewSettings)))
"""


@pytest.fixture
def review(annotations: Path) -> Iterator[ReviewSession]:
    settings = ReviewSettings("ada", annotations=annotations)
    hand_over(settings)
    yield open_session(settings)
    open_session.cache_clear()


@pytest.fixture
def start() -> Callable[[], AppTest]:
    return lambda: AppTest.from_string(SCRIPT, default_timeout=60).run()


def test_each_answer_has_a_key_of_its_own() -> None:
    keys = [key for _, key in KEYS.values()] + [UNDO, SKIP]
    assert len(set(keys)) == len(keys) == 5


def test_nothing_can_be_undone_before_the_first_answer(
    review: ReviewSession, start: Callable[[], AppTest]
) -> None:
    app = start()
    assert app.button(key="undo").disabled
    app.button(key=f"yes {review.questions[0].key}").click().run()
    assert not app.button(key="undo").disabled


def test_a_skipped_question_comes_back_at_the_end_and_undo_shows_it_again(
    review: ReviewSession, start: Callable[[], AppTest]
) -> None:
    first, *others = review.questions
    app = start()
    app.button(key=f"skip {first.key}").click().run()
    for question in others:
        app.button(key=f"no {question.key}").click().run()
    assert app.button(key=f"yes {first.key}")
    app.button(key=f"yes {first.key}").click().run()
    assert "Everything is answered" in texts_of(app)
    app.button(key="undo").click().run()
    assert app.button(key=f"yes {first.key}")


def test_a_picture_that_is_gone_is_told_and_not_asked_about(
    review: ReviewSession, start: Callable[[], AppTest], annotations: Path
) -> None:
    for path in (annotations / "images").iterdir():
        path.write_bytes(b"no picture")
    app = start()
    assert "can't be read" in texts_of(app).replace("\\", "")
    assert app.button(key=f"yes {review.questions[0].key}").disabled
