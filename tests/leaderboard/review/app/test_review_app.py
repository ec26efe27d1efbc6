"""The pages as Streamlit runs them, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.review.questions import ReviewQuestion
from leaderboard.review.session import ReviewSettings, open_session
from leaderboard.site.server import REVIEW_APP
from leaderboard.site.settings import hand_over
from omiti2v.errors import UserError
from omiti2v.reviews.people import read_person
from omiti2v.runs import Run

Start = Callable[[ReviewSettings], AppTest]


@pytest.fixture
def start() -> Start:
    def run(settings: ReviewSettings) -> AppTest:
        hand_over(settings)
        return AppTest.from_file(str(REVIEW_APP), default_timeout=60).run()

    return run


def shown(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.error, app.success, app.html)
    return "\n".join(str(getattr(one, "value", one.proto)) for kind in kinds for one in kind)


def press(app: AppTest, question: ReviewQuestion, answer: str) -> AppTest:
    return app.button(key=f"{answer} {question.key}").click().run()


def test_answers_are_on_disk_at_once_and_another_page_goes_on(
    start: Start, annotations: Path
) -> None:
    settings = ReviewSettings("ada", annotations=annotations)
    questions = open_session(settings).questions
    app = start(settings)
    assert not app.exception
    press(app, questions[0], "yes")
    app.text_input(key=f"note {questions[1].key}").input("two  towers").run()
    press(app, questions[1], "unclear")
    path = annotations / "reviews" / "ada.jsonl"
    assert [(row.answer, row.note) for row in read_person(path)] == [
        ("yes", None),
        ("unclear", "two towers"),
    ]
    again = start(settings)
    assert again.button(key=f"yes {questions[2].key}")
    again.button(key="undo").click().run()
    assert again.text_input(key=f"note {questions[1].key}").value == "two towers"
    again.button(key=f"skip {questions[1].key}").click().run()
    assert again.button(key=f"no {questions[2].key}")


def test_the_annotation_is_nowhere_on_the_page(start: Start, annotations: Path) -> None:
    settings = ReviewSettings("ada", annotations=annotations)
    app = start(settings)
    for question in open_session(settings).questions[:8]:
        assert question.text in shown(app)
        assert not any(word in shown(app) for word in ("expected_answer", "agree", "preserve"))
        press(app, question, "yes")


def test_the_end_is_told(start: Start, annotations: Path) -> None:
    settings = ReviewSettings("ada", annotations=annotations, limit=1)
    app = start(settings)
    for question in open_session(settings).questions:
        press(app, question, "no")
    assert "Everything is answered" in shown(app)
    assert not app.exception


def test_an_unwritable_file_is_told_and_nothing_counts_as_answered(
    start: Start, annotations: Path
) -> None:
    settings = ReviewSettings("ada", annotations=annotations)
    question = open_session(settings).questions[0]
    app = start(settings)
    (annotations / "reviews").symlink_to(annotations / "images")
    app = press(app, question, "yes")
    assert "is a link" in shown(app).replace("\\", "")


def test_a_video_that_was_exchanged_is_not_asked_about(
    start: Start, run: Run, videos: Path
) -> None:
    settings = ReviewSettings("ada", run=run.paths.folder, videos=videos)
    review = open_session(settings)
    first = review.questions[0]
    (videos / f"{first.sample_id}.mp4").write_bytes(b"another")
    app = start(settings)
    assert "is not the file that the judge saw" in shown(app)
    assert app.button(key=f"yes {first.key}").disabled
    with pytest.raises(UserError, match="is not the file that the judge saw"):
        review.video(first.video_id)


def test_videos_that_differ_from_the_log_are_left_out_from_the_start(
    run: Run, videos: Path
) -> None:
    (videos / "s000.mp4").write_bytes(b"another")
    (videos / "s001.mp4").unlink()
    review = open_session(ReviewSettings("bob", run=run.paths.folder, videos=videos))
    assert set(review.left_out) == {"s000", "s001"}
    assert {question.sample_id for question in review.questions} == {"s002"}
