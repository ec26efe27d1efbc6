"""The page as the browser's requests see it, and what a hostile one may not do."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leaderboard.review.page import MAX_BODY, question_id, review_app
from leaderboard.review.session import ReviewSession, ReviewSettings, open_session
from leaderboard.site.access import AccessGate
from omiti2v.reviews.people import read_person
from omiti2v.runs import Run

PATHS = ("/", "/summary", "/page.css", "/page.js", "/questions", "/answers")


@pytest.fixture
def review(annotations: Path) -> ReviewSession:
    return open_session(ReviewSettings("ada", annotations=annotations))


@pytest.fixture
def page(review: ReviewSession) -> TestClient:
    return TestClient(review_app(review))


def answer(page: TestClient, review: ReviewSession, number: int = 0, **fields: Any) -> Any:
    row = {"reviewer": "ada", "question": question_id(review.questions[number]), **fields}
    return page.post("/answers", json=row)


def answers(review: ReviewSession) -> list[str]:
    return [row.answer for row in read_person(review.path)]


def test_an_answer_is_on_disk_when_the_server_says_so(
    page: TestClient, review: ReviewSession
) -> None:
    assert answer(page, review, 1, answer="unclear", note="two  towers").status_code == 200
    (row,) = read_person(review.path)
    asked = review.questions[1]
    assert (row.key, row.question, row.answer, row.note) == (
        asked.key,
        asked.text,
        "unclear",
        "two towers",
    )
    assert row.kind == "human"
    told = [{"question": question_id(asked), "answer": "unclear", "note": "two towers"}]
    assert page.get("/answers").json() == told


def test_an_answer_that_is_sent_again_is_written_once(
    page: TestClient, review: ReviewSession
) -> None:
    for _ in range(2):
        assert answer(page, review, answer="yes", note="a").status_code == 200
    for _ in range(2):
        assert answer(page, review, answer="withdrawn", was="yes").status_code == 200
    assert answers(review) == ["yes", "withdrawn"]


def test_a_second_answer_is_refused_until_the_first_is_taken_back(
    page: TestClient, review: ReviewSession
) -> None:
    answer(page, review, answer="yes")
    for fields in ({"answer": "no"}, {"answer": "yes", "note": "n"}):
        refused = answer(page, review, **fields)
        assert refused.status_code == 409
        assert 'was answered "yes" before' in refused.json()["problem"]
    refused = answer(page, review, answer="withdrawn", was="no")
    assert (refused.status_code, answers(review)) == (409, ["yes"])
    answer(page, review, answer="withdrawn", was="yes")
    answer(page, review, answer="no")
    assert answers(review) == ["yes", "withdrawn", "no"]


def test_of_many_answers_at_once_one_is_taken(review: ReviewSession, annotations: Path) -> None:
    """Each from a session of its own, as of other processes: what they share is the file."""
    statuses = []

    def press(verdict: str) -> None:
        own = open_session(ReviewSettings("ada", annotations=annotations))
        client = TestClient(review_app(own))
        statuses.append(answer(client, review, answer=verdict).status_code)

    threads = [threading.Thread(target=press, args=(v,)) for v in ("yes", "no", "unclear") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers(review)) == 1
    assert sorted(statuses) == [200] * 4 + [409] * 8


@pytest.mark.parametrize(
    ("fields", "status", "problem"),
    [
        ({"answer": "maybe"}, 400, "answer: input should be"),
        ({"answer": None}, 400, "answer: "),
        ({"answer": "yes", "note": "x" * 4001}, 400, "note: string should have at most 4000"),
        ({"answer": "yes", "note": ["x"]}, 400, "note: "),
        ({"answer": "yes", "kind": "machine"}, 400, "unknown field"),
        ({"answer": "withdrawn"}, 400, "was: expected the answer that is taken back"),
        ({"answer": "yes", "question": "edit/../../x/0"}, 409, "is not asked here"),
        ({"answer": "yes", "question": "x" * 401}, 400, "question: "),
        ({"answer": "yes", "reviewer": "bob"}, 409, "this is the page of ada by now"),
    ],
)
def test_what_the_browser_sends_is_checked(
    page: TestClient, review: ReviewSession, fields: dict[str, Any], status: int, problem: str
) -> None:
    refused = answer(page, review, **fields)
    assert refused.status_code == status
    assert problem in refused.json()["problem"]
    assert answers(review) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b'{"reviewer": "\\ud800"}', 400),
        (b"[" * 10_000, 400),
        (b" " * (MAX_BODY + 1), 413),
    ],
)
def test_what_is_no_answer_is_refused(
    page: TestClient, review: ReviewSession, body: bytes, status: int
) -> None:
    assert page.post("/answers", content=body).status_code == status
    assert answers(review) == []


def test_a_file_that_can_not_be_written_is_told_and_nothing_is_answered(
    page: TestClient, review: ReviewSession, annotations: Path
) -> None:
    (annotations / "reviews").symlink_to(annotations / "images")
    failed = answer(page, review, answer="yes")
    assert failed.status_code == 500
    assert "is a link" in failed.json()["problem"]
    assert not list((annotations / "images").glob("*.jsonl"))
    assert "is a link" in page.get("/summary").text


def test_every_question_is_told_in_its_order_and_no_right_answer(
    page: TestClient, review: ReviewSession
) -> None:
    found = page.get("/questions").json()
    assert [row["id"] for row in found["questions"]] == [
        question_id(question) for question in review.questions
    ]
    assert {row["form"] for row in found["questions"] if row["prompt"]} == {"edit"}
    told = json.dumps(found) + page.get("/").text
    assert not any(word in told for word in ("expected_answer", "reference_answer", "preserve"))


def test_markup_and_unseen_characters_are_text(hostile: Path) -> None:
    path = hostile / "samples.jsonl"
    path.write_text(path.read_text().replace(":red[x]", "\\u202eit"))
    review = open_session(ReviewSettings("ada", annotations=hostile))
    page = TestClient(review_app(review))
    answer(page, review, answer="yes", note="<script>alert(1)</script>")
    assert "[U+202E]it" in page.get("/questions").json()["questions"][0]["text"]
    for path in ("/", "/summary"):
        assert "hacked" not in page.get(path).text
        assert page.get(path).text.count("<script") == (path == "/")
    for path in PATHS:
        headers = page.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]


def test_only_what_is_asked_about_is_shown(page: TestClient, review: ReviewSession) -> None:
    for name in page.get("/questions").json()["questions"]:
        shown = page.get(f"/media/{name['medium']}")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert shown.content.startswith(b"\xff\xd8")
    for name in ("0" * 64, "..%2fsamples.jsonl", "%2e%2e/samples.jsonl", "s000", "x%00", "%ff"):
        assert page.get(f"/media/{name}").status_code == 404


def test_a_picture_that_is_another_by_now_is_told_and_not_shown(
    page: TestClient, review: ReviewSession, annotations: Path
) -> None:
    name = review.medium(review.questions[0])
    pictures = sorted((annotations / "images").iterdir())
    contents = [path.read_bytes() for path in pictures]
    for path, content in zip(pictures, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    failed = page.get(f"/media/{name}")
    assert failed.status_code == 500
    assert "is another file than when the page was started" in failed.json()["problem"]


def test_videos_are_shown_byte_for_byte_and_never_another(run: Run, videos: Path) -> None:
    review = open_session(ReviewSettings("ada", run=run.paths.folder, videos=videos))
    page = TestClient(review_app(review))
    first = review.questions[0]
    path = videos / f"{first.sample_id}.mp4"
    shown = page.get(f"/media/{review.medium(first)}")
    assert (shown.content, shown.headers["content-type"]) == (path.read_bytes(), "video/mp4")
    path.write_bytes(b"another")
    failed = page.get(f"/media/{review.medium(first)}")
    assert failed.status_code == 500
    assert "is not the file that the judge saw" in failed.json()["problem"]


def test_without_the_token_nothing_is_told(review: ReviewSession) -> None:
    gate = AccessGate(review_app(review), hosts=None, token="secret")  # noqa: S106
    stranger = TestClient(gate)
    for path in (*PATHS, f"/media/{review.medium(review.questions[0])}"):
        assert stranger.get(path).status_code == 403
    assert answer(stranger, review, answer="yes").status_code == 403
    stranger.get("/?token=secret")  # which leaves the cookie
    assert answer(stranger, review, answer="yes").status_code == 200
    foreign = {"Origin": "http://elsewhere.example"}
    assert stranger.post("/answers", content=b"{}", headers=foreign).status_code == 403
    assert answers(review) == ["yes"]


def test_the_order_of_two_reviewers_differs_and_neither_file_touches_the_other(
    annotations: Path,
) -> None:
    pages = {}
    for name in ("ada", "bob"):
        review = open_session(ReviewSettings(name, annotations=annotations))
        pages[name] = review, TestClient(review_app(review))
    for number in range(6):
        for name, (review, page) in pages.items():
            row = {"question": question_id(review.questions[number]), "answer": "yes"}
            assert page.post("/answers", json={"reviewer": name, **row}).status_code == 200
    keys = {name: list(review.standing()) for name, (review, _) in pages.items()}
    assert [len(found) for found in keys.values()] == [6, 6]
    assert keys["ada"] != keys["bob"]
