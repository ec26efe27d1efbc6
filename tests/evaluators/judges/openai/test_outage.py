"""A server that fails alike on everything ends the run soon, in its own words; a pause does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evaluators.engines.worker_setup import WorkerSetup
from evaluators.engines.workers import WorkerEngine
from evaluators.frames import Clip
from evaluators.judges import JudgeLostError, JudgeSpec
from evaluators.judges.openai.judge import OpenAIJudge
from evaluators.judges.openai.outage import CLIPS, LATE_AMONG, REFUSED_CLIPS
from evaluators.judges.openai.request_rate import Backoff
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.cli import app
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError
from omiti2v.runs import read_run
from omiti2v.submissions import read_submission

MODELS = b'{"object": "list", "data": [{"id": "judge"}]}'
QUOTA = b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
QUESTIONS = 4
GOOD = 2 * QUESTIONS
"""Requests that are answered before the server fails."""

StartServer = Callable[..., Any]
Body = Callable[..., bytes]
WriteFiles = Callable[[Path, int], tuple[Path, Path]]

HOPELESS: dict[str, tuple[Any, str, str]] = {
    "the key is revoked": ((401, {}, b"bad key"), "HTTP 401: bad key", "the right API key"),
    "access is refused": ((403, {}, b"no"), "HTTP 403: no", "the right API key"),
    "the money is gone": ((429, {}, QUOTA), "HTTP 429: You exceeded your quota", "credit"),
    "payment is asked for": ((402, {}, b"pay"), "HTTP 402: pay", "credit"),
    "the model is gone": ((404, {}, b"no judge"), "HTTP 404: no judge", "serves the model"),
    "down": ((503, {}, b"down"), "HTTP 503: down", "server's log"),
    "out of memory": ((500, {}, b"CUDA out of memory"), "HTTP 500: CUDA", "server's log"),
    "too many requests for ever": ((429, {}, b"slow"), "HTTP 429: slow", "--requests-per-minute"),
    "a wait that never ends": ((503, {"Retry-After": "0.2"}, b"w"), "HTTP 503: w", "log"),
    "a wait of an hour": ((429, {"Retry-After": "3600"}, b"w"), "wait 3600 seconds", "credit"),
    "connections are reset": ("reset", "connection failed", "log"),
    "nothing in time": ("slow", "no whole answer in 0.3 seconds", "log"),
    "pages": (b"<html>maintenance</html>", "malformed", "log"),
    "no choices": (b'{"model": "judge", "choices": []}', "the server gave no choices", "log"),
    "no money, with 200": (b'{"error": {"message": "n", "code": 402}}', "error 402: n", "credit"),
}


def failing_after(good: int, fault: Any, chat_body: Body) -> Callable[[Any], Any]:
    """A rule that answers so many requests about frames, and then fails."""
    lock, seen = threading.Lock(), [0]

    def rule(asked: Any) -> Any:
        if asked.path.endswith("/models"):
            return MODELS
        if asked.about_frames:
            with lock:
                seen[0] += 1
                if seen[0] > good:
                    return fault
        return chat_body("Yes")

    return rule


def load(url: str, **options: Any) -> OpenAIJudge:
    usual = {"backoff": Backoff(first=0.005, longest=0.02), "attempts": 3, "answer_timeout": 10.0}
    return OpenAIJudge("judge", base_url=url, **usual | options)


@pytest.mark.parametrize("name", HOPELESS)
def test_a_server_that_fails_alike_on_everything_is_lost_after_a_few_videos(
    name: str, start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    fault, words, remedy = HOPELESS[name]
    server = start_server(failing_after(QUESTIONS, fault, chat_body))
    judge = load(server.url, answer_timeout=0.3 if fault == "slow" else 10.0)
    questions = [f"Is it {number}?" for number in range(QUESTIONS)]
    clip = make_clip(2)
    assert {judgement.answer for judgement in judge.judge(clip, questions)} == {"yes"}
    start = time.monotonic()
    for _ in range(CLIPS - 1):
        assert {judgement.answer for judgement in judge.judge(clip, questions)} == {"error"}
    with pytest.raises(JudgeLostError) as caught:
        judge.judge(clip, questions)
    assert time.monotonic() - start < 5
    line = str(caught.value)
    assert "\n" not in line
    assert f"the server answers nothing any more, {CLIPS} videos in a row; the last time" in line
    assert words in line
    assert remedy in line
    assert line.endswith("what was answered is kept, and the same command goes on from there")
    # The first request is tried in all attempts, and each one after it once.
    assert len(server.chats) <= QUESTIONS + CLIPS * QUESTIONS + 2


def test_the_run_ends_there_and_the_same_command_goes_on(
    start_server: StartServer, chat_body: Body, write_files: WriteFiles, tmp_path: Path
) -> None:
    folder, videos = write_files(tmp_path, CLIPS + 3)
    edition = load_edition_folder(folder)
    submission = read_submission(videos, edition)

    def score(server: Any) -> None:
        options = ScoringOptions(metrics=(), resamples=100)
        run, judge = tmp_path / "run", load(server.url)
        score_submission(submission, edition, run, judge=judge, cache=None, options=options)

    server = start_server(failing_after(GOOD, (503, {}, b"down"), chat_body))
    with pytest.raises(JudgeLostError):
        score(server)
    kept = [row for row in read_run(tmp_path / "run").responses if row.answer == "yes"]
    assert len(kept) == GOOD
    mended = start_server(failing_after(1000, None, chat_body))
    score(mended)
    assert len(mended.chats) == len(edition.samples) * QUESTIONS - GOOD
    assert {row.answer for row in read_run(tmp_path / "run").responses} == {"yes"}


def test_a_server_that_pauses_is_waited_for(
    start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    busy = (503, {}, b"busy")
    server = start_server(lambda asked: MODELS if asked.path.endswith("/models") else plan(asked))
    faults = iter([busy, None, busy, busy, None, busy, "reset", None] * 3)
    lock = threading.Lock()

    def plan(asked: Any) -> Any:
        with lock:
            fault = next(faults, None) if asked.about_frames else None
        return fault or chat_body("Yes")

    judge = load(server.url, attempts=6)
    for seed in range(4):
        answers = judge.judge(make_clip(2, seed=seed), ["Is it red?", "Is it blue?"])
        assert [judgement.answer for judgement in answers] == ["yes", "yes"]


def test_a_server_that_hangs_on_some_questions_is_lost_after_a_few_videos(
    start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    def rule(asked: Any) -> Any:
        hangs = asked.about_frames and "is it 0?" not in str(asked.payload).lower()
        return MODELS if asked.path.endswith("/models") else "slow" if hangs else chat_body("Yes")

    # Long beside an answer on a busy machine.
    judge = load(start_server(rule).url, answer_timeout=0.6, concurrency=1)
    questions = [f"Is it {number}?" for number in range(QUESTIONS)]
    start = time.monotonic()
    for seed in range(CLIPS - 1):
        judgements = judge.judge(make_clip(2, seed=seed), questions)
        assert [one.answer for one in judgements] == ["yes", *["error"] * (QUESTIONS - 1)]
    with pytest.raises(JudgeLostError, match="leaves questions unanswered, 3 videos in a row"):
        judge.judge(make_clip(2), questions)
    assert time.monotonic() - start < 8


def test_a_server_of_which_one_part_hangs_is_lost_though_each_question_is_answered(
    start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    def rule(asked: Any) -> Any:
        hangs = asked.about_frames and len(server.chats) % 4 == 0
        return MODELS if asked.path.endswith("/models") else "slow" if hangs else chat_body("Yes")

    server = start_server(rule)
    judge = load(server.url, answer_timeout=0.4)
    with pytest.raises(JudgeLostError, match=r"hang, in 8 of the last \d+ videos; .* in 0\.4 sec"):
        for _ in range(LATE_AMONG):
            assert judge.judge(make_clip(2), ["Is it red?"] * 3)[0].answer == "yes"


def test_a_model_that_changes_is_not_gone_on_with(
    start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    judge = load(start_server(failing_after(0, chat_body(model="other"), chat_body)).url)
    with pytest.raises(JudgeLostError, match=r"was 'judge'; pin the model, .* a new run folder$"):
        for _ in range(CLIPS):
            judge.judge(make_clip(2), ["Is it red?"])


def test_clips_that_fail_between_others_do_not_end_the_run(
    start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    """A server that breaks on some videos is no lost server."""

    def rule(asked: Any) -> Any:
        if asked.path.endswith("/models"):
            return MODELS
        place = sum(other.number < asked.number for other in server.chats)
        return (500, {}, b"") if asked.about_frames and place % CLIPS else chat_body("Yes")

    server = start_server(rule)
    judge = load(server.url, attempts=1)
    found = [judge.judge(make_clip(2), ["Is it red?"])[0].answer for _ in range(3 * CLIPS)]
    assert found == ["yes", *["error"] * (CLIPS - 1)] * 3


def test_requests_that_are_refused_one_by_one_end_the_run_later(
    start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    """As some videos are too long, or filtered, the next may not be."""
    server = start_server(failing_after(0, (400, {}, b"the prompt is too long"), chat_body))
    judge = load(server.url)
    for _ in range(REFUSED_CLIPS - 1):
        assert judge.judge(make_clip(2), ["Is it red?"])[0].answer == "error"
    with pytest.raises(JudgeLostError, match="HTTP 400: the prompt is too long"):
        judge.judge(make_clip(2), ["Is it red?"])
    assert len(server.chats) == REFUSED_CLIPS


def test_waits_at_the_servers_wish_have_a_bound_together(
    start_server: StartServer, chat_body: Body, make_clip: Callable[..., Clip]
) -> None:
    server = start_server(failing_after(0, (429, {"Retry-After": "0.5"}, b"w"), chat_body))
    judge = load(server.url, longest_wait=1.45, attempts=20)
    start = time.monotonic()
    (judgement,) = judge.judge(make_clip(2), ["Is it red?"])
    assert time.monotonic() - start < 3
    told = "the server asks to wait 0 seconds after 1 s of waiting, more than 1.45"
    assert told in str(judgement.reason)


def score_command(tmp_path: Path, url: str, *more: str) -> Any:
    options = ["--judge", "openai:judge", "--base-url", url, "--no-cache", *more]
    folders = [str(tmp_path / name) for name in ("videos", "edition", "run")]
    command = ["score", folders[0], "--edition", folders[1], "-o", folders[2], "--resamples", "100"]
    return CliRunner().invoke(app, [*command, *options])


def test_the_command_says_so_in_one_line(
    start_server: StartServer, chat_body: Body, write_files: WriteFiles, tmp_path: Path
) -> None:
    write_files(tmp_path, CLIPS + 1)
    server = start_server(failing_after(QUESTIONS, (401, {}, b"bad key"), chat_body))
    done = score_command(tmp_path, server.url)
    assert isinstance(done.exception, UserError)
    assert "HTTP 401: bad key" in str(done.exception)
    assert not (tmp_path / "run" / "scores.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["503", "stopped", "429 from the first video on"])
def test_a_hopeless_server_stops_the_command_in_half_a_minute(
    fault: str, start_server: StartServer, chat_body: Body, write_files: WriteFiles, tmp_path: Path
) -> None:
    """With the waits as they are."""
    write_files(tmp_path, CLIPS + 3)
    server = start_server(failing_after(GOOD, (503, {}, b"down"), chat_body))
    if fault.startswith("429"):
        server = start_server(failing_after(0, (429, {}, b"slow down"), chat_body))
    if fault == "stopped":
        act = server._rule

        def rule(asked: Any) -> Any:
            if len(server.chats) > GOOD:
                threading.Thread(target=server.stop).start()
                return "reset"
            return act(asked)

        server._rule = rule
    start = time.monotonic()
    done = score_command(tmp_path, server.url)
    assert isinstance(done.exception, JudgeLostError)
    assert time.monotonic() - start < 30


@pytest.mark.slow
def test_a_server_that_is_lost_in_a_worker_ends_the_run_too(
    start_server: StartServer, chat_body: Body, write_files: WriteFiles, tmp_path: Path
) -> None:
    folder, videos = write_files(tmp_path, CLIPS + 5)
    edition = load_edition_folder(folder)
    server = start_server(failing_after(GOOD, (401, {}, b"bad key"), chat_body))
    spec = JudgeSpec(model="openai:judge", base_url=server.url)
    setup = WorkerSetup(edition=edition, judge=spec)
    with (
        WorkerEngine(setup, [None]) as engine,
        pytest.raises(JudgeLostError, match="HTTP 401: bad key"),
    ):
        score_submission(
            read_submission(videos, edition),
            edition,
            tmp_path / "run",
            judge=engine,
            cache=None,
            options=ScoringOptions(metrics=(), resamples=100),
        )
    assert len(server.chats) <= GOOD + CLIPS * QUESTIONS


def test_a_server_that_never_answers_at_the_start_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evaluators.judges.openai.start._LIST_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.monotonic()
        with pytest.raises(UserError, match=r"no whole answer in 0\.2 seconds"):
            load(f"http://127.0.0.1:{server.getsockname()[1]}/v1")
    assert time.monotonic() - start < 3


def test_a_first_request_that_hangs_is_told_in_time(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluators.judges.openai.start._ANSWER_SECONDS", 0.2)
    server = start_server(lambda asked: MODELS if asked.path.endswith("/models") else "slow")
    with pytest.raises(UserError, match=r"no whole answer in 0\.2 seconds \(attempt 1\)"):
        load(server.url)
