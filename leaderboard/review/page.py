"""The page that asks, as a Starlette application: `leaderboard.site.serving` stands before it.

The browser has all questions from the start, so that it never waits for the next one, and sends
each answer with the question that it is to. What an answer may do says `ReviewSession`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from leaderboard.review.questions import ReviewQuestion
from leaderboard.review.session import AnsweredError, ReviewSession
from leaderboard.review.summary_page import SummaryPage, summary_page
from omiti2v.errors import UserError
from omiti2v.html_templates import page_environment
from omiti2v.records import Record, parse_record
from omiti2v.reviews.people import AskedForm, Verdict
from omiti2v.safe_text import visible_text

HOW: Mapping[AskedForm, tuple[str, str]] = {
    "reference": (
        "The picture as it is",
        "Imagine a five-second clip of this picture in which nothing moves.",
    ),
    "edit": (
        "After the edit",
        "Imagine a clip that begins with this picture, does just what the prompt says, and "
        "changes nothing else.",
    ),
    "video": ("The video", "Answer from the video alone; play it as often as you like."),
}
"""What is asked in each form, and how to go about it."""

MAX_NOTE = 4000
MAX_BODY = 64 << 10

HEADERS = {
    # Pictures and videos are fetched first, and are shown once they are there.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src blob: data:; media-src blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_TEMPLATES = page_environment("leaderboard.review")


class PostedAnswer(Record):
    """What the browser sends.

    Attributes:
        reviewer: Whose page it is: another one may have been started at the same address since.
        question: Its id, see `question_id`.
        answer: "withdrawn" takes an answer back.
        was: The answer that is taken back.
        note: The comment.
    """

    reviewer: Annotated[str, StringConstraints(max_length=40)]
    question: Annotated[str, StringConstraints(max_length=400)]
    answer: Literal["yes", "no", "unclear", "withdrawn"]
    was: Verdict | None = None
    note: str = Field("", max_length=MAX_NOTE)


def question_id(question: ReviewQuestion) -> str:
    """The question's id on the page, which tells all that an answer is to."""
    return "/".join(question.key)


def review_app(review: ReviewSession) -> Starlette:
    """The page of one reviewer, with its summary."""
    style = _TEMPLATES.get_template("page.css").render()
    script = (files("leaderboard.review") / "page.js").read_text()
    by_id = {question_id(question): question for question in review.questions}

    def asked(_: Request) -> Response:
        return JSONResponse(question_list(review), headers=HEADERS)

    def standing(_: Request) -> Response:
        rows = [
            {"question": "/".join(key), "answer": row.answer, "note": row.note or ""}
            for key, row in review.standing().items()
        ]
        return JSONResponse(rows, headers=HEADERS)

    async def post(request: Request) -> Response:
        body = await _limited_body(request)
        if body is None:
            return _problem(413, "too long")
        return await run_in_threadpool(save, body)

    def save(body: bytes) -> Response:
        try:
            posted = parse_record(PostedAnswer, body, where="answer")
        except UserError as error:
            return _problem(400, str(error))
        question = by_id.get(posted.question)
        if posted.reviewer != review.reviewer:
            return _problem(409, f"this is the page of {review.reviewer} by now")
        if question is None:
            return _problem(409, "is not asked here")
        try:
            if posted.answer != "withdrawn":
                review.answer(question, posted.answer, note=posted.note)
            elif posted.was is None:
                return _problem(400, "was: expected the answer that is taken back")
            else:
                review.withdraw(question, posted.was)
        except AnsweredError as error:
            return _problem(409, str(error))
        return JSONResponse({}, headers=HEADERS)

    def medium(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in review.media:
            return _problem(404, "no such picture or video")
        kind = "image/jpeg" if review.run is None else "video/mp4"
        return Response(review.content(name), media_type=kind, headers=HEADERS)

    def page(_: Request) -> Response:
        return _html(reviewer=review.reviewer, summary=None)

    def summary(_: Request) -> Response:
        try:
            return _html(summary=summary_page(review))
        except UserError as error:
            return _html(summary=SummaryPage(str(error), {}, ()), status=500)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/summary", summary),
            Route("/page.css", _text(style, "text/css")),
            Route("/page.js", _text(script, "text/javascript")),
            Route("/questions", asked),
            Route("/answers", standing),
            Route("/answers", post, methods=["POST"]),
            Route("/media/{name}", medium),
        ],
        exception_handlers={UserError: _tell},
    )


def question_list(review: ReviewSession) -> dict[str, Any]:
    """What the browser is told: the questions in their order, and nothing of any right answer."""
    return {
        "reviewer": review.reviewer,
        "forms": HOW,
        "questions": [
            {
                "id": question_id(question),
                "form": question.form,
                "sample": question.sample_id,
                "text": visible_text(question.text),
                "prompt": visible_text(question.prompt or ""),
                "medium": review.medium(question),
            }
            for question in review.questions
        ],
    }


async def _limited_body(request: Request) -> bytes | None:
    """The body of a request; None where it is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    return body


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"problem": visible_text(text)}, status, headers=HEADERS)


def _tell(_: Request, error: Exception) -> Response:
    return _problem(500, str(error))


def _html(*, status: int = 200, **values: object) -> Response:
    content = _TEMPLATES.get_template("page.html").render(**values)
    return HTMLResponse(content, status, headers=HEADERS)


def _text(content: str, kind: str) -> Callable[[Request], Response]:
    return lambda _: Response(content, media_type=kind, headers=HEADERS)
