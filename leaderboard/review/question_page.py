"""The page that asks: one question, its picture or video, and the keys that answer it."""

from __future__ import annotations

import streamlit as st

from leaderboard.entries.display_text import as_markdown
from leaderboard.review.question_html import COMPACT, picture_markup, question_markup
from leaderboard.review.questions import ReviewQuestion, next_question
from leaderboard.review.session import ReviewSession
from leaderboard.site.sample_list import thumbnail_uri
from omiti2v.errors import UserError
from omiti2v.reviews.people import Key, Verdict

KEYS: dict[Verdict, tuple[str, str]] = {
    "yes": ("Yes", "Y"),
    "no": ("No", "N"),
    "unclear": ("Unclear", "U"),
}
"""Label and key of each answer."""
UNDO, SKIP = "Z", "S"

_PICTURE = 1600  # pixels of the longer side
_SKIPPED, _PROBLEM = "skipped", "problem"


def render(review: ReviewSession) -> None:
    """The page."""
    st.html(COMPACT)
    st.title("Review", anchor=False)
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(as_markdown(problem))
    standing = review.standing()
    total = len(review.questions)
    left = total - len(standing)
    st.progress(
        len(standing) / total,
        text=as_markdown(
            f"{review.reviewer}: {len(standing):,} of {total:,} answered, {left:,} left"
        ),
    )
    question = next_question(review.questions, standing, _skipped())
    if question is None:
        st.success("Everything is answered. Thank you. The numbers are on the page Summary.")
        _show_moves(review, None, can_undo=bool(standing))
        return
    shown, asked = st.columns([2, 1], gap="medium")
    with shown:
        is_shown = _show_picture(review, question)
    with asked:
        st.html(question_markup(question))
        _show_answers(review, question, disabled=not is_shown)
        _show_moves(review, question, can_undo=bool(standing))


def _show_moves(review: ReviewSession, question: ReviewQuestion | None, *, can_undo: bool) -> None:
    with st.container(horizontal=True):
        if question is not None:
            st.button(
                "Skip",
                key=f"skip {question.key}",
                shortcut=SKIP,
                on_click=_skip,
                args=(question.key,),
            )
        st.button(
            "Undo",
            key="undo",
            help="Takes your last answer back",
            shortcut=UNDO,
            on_click=_undo,
            args=(review,),
            disabled=not can_undo,
        )


def _show_picture(review: ReviewSession, question: ReviewQuestion) -> bool:
    """Show what the question is about; False where that is not possible."""
    if question.video_id is not None:
        try:
            content = review.video(question.video_id)
        except UserError as error:
            st.error(as_markdown(f"{review.videos[question.video_id]}: {error}"))
            return False
        st.video(content, format="video/mp4", loop=True, autoplay=True, muted=True)
        return True
    picture = thumbnail_uri(
        review.edition, review.edition.by_id[question.sample_id], width=_PICTURE
    )
    if picture is None:
        st.error(as_markdown(f"The image of {question.sample_id} can't be read."))
        return False
    st.html(picture_markup(question, picture))
    return True


def _show_answers(review: ReviewSession, question: ReviewQuestion, *, disabled: bool) -> None:
    # The question is part of every key: a second press of a key, or one that arrives late, can
    # only answer the question that was on the screen.
    with st.container(horizontal=True):
        for verdict, (label, key) in KEYS.items():
            st.button(
                label,
                key=f"{verdict} {question.key}",
                shortcut=key,
                width="stretch",
                on_click=_answer,
                args=(review, question, verdict),
                disabled=disabled,
            )
    st.text_input(
        "Comment",
        key=_note_key(question.key),
        max_chars=1000,
        placeholder="Optional. Tab, then a key",
    )


def _answer(review: ReviewSession, question: ReviewQuestion, verdict: Verdict) -> None:
    try:
        review.answer(question, verdict, note=st.session_state.get(_note_key(question.key)) or "")
    except UserError as error:
        st.session_state[_PROBLEM] = str(error)


def _undo(review: ReviewSession) -> None:
    try:
        taken = review.withdraw_latest()
    except UserError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    if taken is not None:
        if taken.key in _skipped():
            _skipped().remove(taken.key)
        st.session_state[_note_key(taken.key)] = taken.note or ""


def _skip(key: Key) -> None:
    if key in _skipped():
        _skipped().remove(key)
    _skipped().append(key)


def _skipped() -> list[Key]:
    """Skipped in this window, in that order; a reload forgets it."""
    found: list[Key] = st.session_state.setdefault(_SKIPPED, [])
    return found


def _note_key(key: Key) -> str:
    return f"note {key}"
