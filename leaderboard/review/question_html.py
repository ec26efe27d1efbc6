"""A question and its picture as HTML, every value escaped by the template."""

from __future__ import annotations

from collections.abc import Mapping

from leaderboard.review.questions import ReviewQuestion
from omiti2v.html_templates import page_environment
from omiti2v.reviews.people import AskedForm

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

COMPACT = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 3.5rem; padding-bottom: 1rem; }
[data-testid="stMainBlockContainer"] h1 { font-size: 1.1rem; padding: 0; }
</style>"""
"""Leaves the room of the page to the picture."""

_TEMPLATES = page_environment("leaderboard.review")


def picture_markup(question: ReviewQuestion, picture: str) -> str:
    """The reference image, given as a `data:` URI."""
    template = _TEMPLATES.get_template("question.html")
    return template.render(part="picture", question=question, picture=picture)


def question_markup(question: ReviewQuestion) -> str:
    """The question with what it is about, and the prompt where the form shows it."""
    step, how = HOW[question.form]
    template = _TEMPLATES.get_template("question.html")
    return template.render(part="question", question=question, step=step, how=how)
