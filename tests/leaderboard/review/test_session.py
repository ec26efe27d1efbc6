"""A reviewer's session: answers are on disk at once, and can be taken back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.review.session import AnsweredError, ReviewSettings, open_run, open_session
from leaderboard.review.shown_files import find_videos, read_judged_video
from omiti2v.errors import UserError
from omiti2v.estimation.choice import kept_choice
from omiti2v.reviews.people import read_person
from omiti2v.runs import Run


def test_an_answer_is_taken_back_and_the_file_keeps_both_lines(annotations: Path) -> None:
    review = open_session(ReviewSettings("ada", annotations=annotations))
    one, two, *_ = review.questions
    review.answer(one, "yes")
    review.answer(two, "no", note="  a   b ")
    review.withdraw(two, "no")
    assert set(review.standing()) == {one.key}
    rows = read_person(review.path)
    assert [(row.answer, row.note) for row in rows] == [
        ("yes", None),
        ("no", "a b"),
        ("withdrawn", None),
    ]


def test_an_answer_does_not_take_the_place_of_another(annotations: Path) -> None:
    review = open_session(ReviewSettings("ada", annotations=annotations))
    again = open_session(ReviewSettings("ada", annotations=annotations))
    one, *_ = review.questions
    review.answer(one, "yes")
    with pytest.raises(AnsweredError, match='was answered "yes" before; "no" not taken'):
        again.answer(one, "no")
    with pytest.raises(AnsweredError, match='is answered "yes" by now'):
        again.withdraw(one, "no")
    again.answer(one, "yes")
    assert len(read_person(review.path)) == 1


def test_answers_to_what_is_not_asked_here_do_not_stand_here(annotations: Path) -> None:
    whole = open_session(ReviewSettings("ada", annotations=annotations))
    for question in whole.questions:
        whole.answer(question, "yes")
    part = open_session(ReviewSettings("ada", annotations=annotations, limit=1))
    assert len(part.standing()) == len(part.questions) == len(whole.questions) // 3


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.mp4", b"\0\0\0\x08ftypother", "is not the file that the judge saw"),
        ("a.webm", b"\0\0\0\x08ftypisom", "is no mp4"),
        ("a.mp4", b"<html></html>", "is no mp4"),
    ],
)
def test_only_the_judged_mp4_is_read(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    seen = b"\0\0\0\x08ftypisom" if "judge" in message else content
    with pytest.raises(UserError, match=message):
        read_judged_video(path, sha256=hashlib.sha256(seen).hexdigest())


def test_videos_that_browsers_do_not_play_or_outside_the_folder_are_left_out(
    run: Run, videos: Path
) -> None:
    odd = [
        run.videos[0].model_copy(update={"codec": "hevc"}),
        run.videos[1].model_copy(update={"file": "../videos/s001.mp4"}),
        run.videos[2],
    ]
    found, left_out = find_videos(replace(run, videos=tuple(odd)), videos)
    assert set(found) == {"s002"}
    assert "has codec hevc; browsers play h264" in left_out["s000"]
    assert "is no plain path" in left_out["s001"]


def test_a_run_without_any_video_at_hand_can_not_be_re_checked(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder; expected the videos"):
        open_session(ReviewSettings("ada", run=run.paths.folder, videos=tmp_path / "gone"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no video of .* can be shown; the first: s000\.mp4"):
        open_session(ReviewSettings("ada", run=run.paths.folder, videos=tmp_path / "empty"))


def test_a_run_with_a_judge_opens(run: Run) -> None:
    assert open_run(run.paths.folder).info.judge is not None


def test_settings_that_say_neither_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="expected annotations, or a run"):
        open_session(ReviewSettings("ada"))


def test_a_choice_is_made_once_and_its_samples_come_in_its_order(run: Run, videos: Path) -> None:
    folder = run.paths.folder
    first = open_session(ReviewSettings("ada", run=folder, videos=videos, choose=2))
    choice = kept_choice(folder / "reviews")
    assert choice
    asked = list(dict.fromkeys(question.sample_id for question in first.questions))
    assert asked == list(choice.first(2))
    later = open_session(ReviewSettings("bob", run=folder, videos=videos, seed=9, choose=3))
    assert [q.sample_id for q in later.questions[::4]] == list(choice.order)
    assert kept_choice(folder / "reviews") == choice


def test_videos_that_differ_from_the_log_are_left_out_from_the_start(
    run: Run, videos: Path
) -> None:
    (videos / "s000.mp4").write_bytes(b"another")
    (videos / "s001.mp4").unlink()
    review = open_session(ReviewSettings("bob", run=run.paths.folder, videos=videos))
    assert set(review.left_out) == {"s000", "s001"}
    assert {question.sample_id for question in review.questions} == {"s002"}
