"""A question and its picture as HTML."""

from __future__ import annotations

from leaderboard.review.question_html import picture_markup, question_markup
from leaderboard.review.questions import annotation_questions
from omiti2v.editions import Edition


def test_text_is_shown_as_text(edition: Edition) -> None:
    sample = edition.samples[0].model_copy(update={"prompt": "<b>&amp; \u202eit"})
    changed = Edition("x", (sample,), edition.image_sha256, edition.root)
    (*_, question) = annotation_questions(changed, reviewer="ada", seed=0)
    assert "&lt;b&gt;&amp;amp; [U+202E]it" in question_markup(question)
    assert 'src="data:&#34;' in picture_markup(question, 'data:"')
