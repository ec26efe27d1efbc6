"""`omiti2v data review`: the page that it starts, and what it prints without one."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from leaderboard.review.page import question_list
from leaderboard.review.session import ReviewSession, ReviewSettings, open_session
from omiti2v.editions import Edition
from omiti2v.errors import UserError

Invoke = Callable[..., Any]
Served = list[tuple[TestClient, dict[str, object]]]


@pytest.fixture
def annotations(make_edition: Callable[..., Edition], tmp_path: Path) -> Path:
    """Three samples of four questions each."""
    make_edition(tmp_path / "annotations", count=3)
    return tmp_path / "annotations"


@pytest.fixture
def videos(scored: Path, runs: Path) -> Path:
    """The videos of the runs, which lie where the command is run."""
    return scored.parent / "videos"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """The pages that are started: none, but they are noted."""
    calls: Served = []

    def serve(app: Starlette, **options: object) -> None:
        calls.append((TestClient(app), options))

    monkeypatch.setattr("leaderboard.site.serving.serve", serve)
    return calls


def answer_all(review: ReviewSession, *, note: str = "") -> None:
    for question in review.questions:
        review.answer(question, "yes", note=note)


def test_a_page_is_started_with_what_is_left_to_ask(
    invoke: Invoke, annotations: Path, served: Served
) -> None:
    options = ("--annotations", "annotations", "--seed", 3, "--limit", 2, "--port", 9000)
    done = invoke("data", "review", "--name", "ada", *options)
    ((page, where),) = served
    review = open_session(ReviewSettings("ada", annotations, seed=3, limit=2))
    assert page.get("/questions").json()["questions"] == question_list(review)["questions"]
    assert (where["address"], where["port"]) == ("127.0.0.1", 9000)
    assert "annotations/reviews/ada.jsonl: 16 of 16 questions left" in done.stderr
    assert f"http://127.0.0.1:9000/?token={where['token']}" in done.stderr
    assert len(str(where["token"])) >= 32
    review.answer(review.questions[0], "yes")
    again = invoke("data", "review", "--name", "ada", *options)
    assert "15 of 16 questions left" in again.stderr
    assert served[1][1]["token"] != where["token"]


def test_a_run_is_re_checked_on_the_videos_that_can_be_shown(
    invoke: Invoke, videos: Path, runs: Path, served: Served
) -> None:
    (runs / "mine").mkdir()
    for path in videos.glob("*.mp4"):
        (runs / "mine" / path.name).write_bytes(path.read_bytes())
    (runs / "mine" / "s001.mp4").write_bytes(b"another")
    done = invoke("data", "review", "--name", "ada", "--run", "all", "--videos", "mine")
    ((page, _),) = served
    asked = page.get("/questions").json()["questions"]
    assert {row["sample"] for row in asked} == {f"s00{number}" for number in (0, 2, 3, 4, 5)}
    assert "all/reviews/ada.jsonl: 20 of 20 questions left" in done.stderr
    assert "1 videos can't be shown; first: s001.mp4 is not the file" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "expected --name"),
        (("--name", "../x"), "expected 1 to 40"),
        (("--name", "ada", "--run", "all"), "--run and --videos go together"),
        (("--name", "ada", "--videos", "."), "--run and --videos go together"),
        (("--name", "ada", "--annotations", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_what_can_not_be_reviewed_is_refused_and_no_page_started(
    invoke: Invoke, served: Served, options: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        invoke("data", "review", *options)
    assert served == []


def test_outside_a_checkout_the_annotations_must_be_given(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omiti2v.dataset.load.annotations_of", lambda package: None)
    with pytest.raises(UserError, match="no annotations here; in a checkout, give --annotations"):
        invoke("data", "review", "--summary")


def test_without_starlette_the_pip_command_is_named(
    invoke: Invoke, annotations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r'needs starlette; run: pip install "omiti2v\[leaderb'):
        invoke("data", "review", "--name", "ada", "--annotations", "annotations")


def test_the_summary_says_plainly_that_there_are_no_reviews(
    invoke: Invoke, annotations: Path, runs: Path
) -> None:
    done = invoke("data", "review", "--summary", "--annotations", "annotations")
    assert "No person has reviewed anything yet" in done.stdout
    assert done.stdout.count("none yet") == 2
    done = invoke("data", "review", "--summary", "--run", "all")
    assert "No person has reviewed anything yet" in done.stdout


def test_the_summary_says_what_differs(invoke: Invoke, annotations: Path) -> None:
    answer_all(open_session(ReviewSettings("ada", annotations)), note="I see it")
    summary = ("data", "review", "--annotations", "annotations")
    found = json.loads(invoke(*summary, "--json").stdout)
    assert (found["confirmed"], found["disputed"], found["open"]) == (3, 9, 0)
    assert [row["agreed"] for row in found["agreement"]] == [6, 6]
    assert len(found["disagreements"]) == 12
    said = " ".join(invoke(*summary, "--summary").stdout.split())
    assert "questions confirmed by people 3 12" in said
    assert "Answers that differ from the annotation" in said
    assert "ada image and prompt 12 12 3 of 3 0 50.0 %" in said
    assert (
        "s000.q1, the image alone: ada says yes, the annotation no: Question 1 about s000? "
        "(I see it)" in said
    )


def test_the_judges_error_is_printed_without_a_page(
    invoke: Invoke, videos: Path, runs: Path
) -> None:
    # To half of the questions the answer of this run's judge is no.
    answer_all(open_session(ReviewSettings("ada", run=runs / "all", videos=videos)))
    found = json.loads(invoke("data", "review", "--json", "--run", "all").stdout)
    assert (found["error"]["wrong"], found["error"]["answers"]) == (12, 24)
    said = " ".join(invoke("data", "review", "--summary", "--run", "all").stdout.split())
    assert "false no, where people say yes 12 24 6 50.00 %" in said
    assert "By reviewer: ada 24 (6 of 6 samples in full)." in said


def test_a_run_without_a_judge_has_nothing_to_re_check(invoke: Invoke, files: Path) -> None:
    invoke("score", "videos", "-e", "edition", "-o", "run", "--limit", 1)
    with pytest.raises(UserError, match="has no judge"):
        invoke("data", "review", "--summary", "--run", "run")


def test_choosing_says_what_interval_to_expect(
    invoke: Invoke, runs: Path, videos: Path, served: Served
) -> None:
    run = runs / "all"
    done = invoke(
        "data", "review", "--name", "ada", "--run", run, "--videos", videos, "--choose", 2
    )
    ((page, _),) = served
    assert len({row["sample"] for row in page.get("/questions").json()["questions"]}) == 2
    assert (run / "reviews" / "choice.json").is_file()
    assert "2 samples answered: 95 % interval of accuracy about" in done.stderr
    assert "4 samples answered" in done.stderr
    with pytest.raises(UserError, match="--choose goes with --run"):
        invoke("data", "review", "--name", "ada", "--choose", 2)


def test_with_a_limit_the_summary_counts_what_was_drawn(
    invoke: Invoke, annotations: Path, videos: Path, runs: Path
) -> None:
    for name in ("ada", "bob"):
        review = open_session(ReviewSettings(name, annotations, seed=3, limit=2))
        answer_all(review)
    options = ("--summary", "--annotations", "annotations", "--seed", 3, "--limit")
    said = " ".join(invoke("data", "review", *options, 2).stdout.split())
    assert "ada image and prompt 8 8 2 of 2" in said
    assert "ada and bob image and prompt 8 100.0 %" in said
    assert "ada image and prompt 8 12 2 of 3" in " ".join(
        invoke("data", "review", *options, 3).stdout.split()
    )
    answer_all(open_session(ReviewSettings("ada", run=runs / "all", videos=videos, limit=2)))
    found = ("data", "review", "--json", "--run", "all", "--limit", 2)
    with pytest.raises(UserError, match="draws from the videos at hand: give --videos"):
        invoke(*found)
    told = json.loads(invoke(*found, "--videos", videos).stdout)
    assert (told["samples"], told["in_full"], told["judged"]) == (2, {"ada": 2}, 8)
