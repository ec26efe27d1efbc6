"""Thoughts are told from answers, however they are marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.thoughts import thinking_in, without_thoughts

MARKS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<Thought>", "</Thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<thoughts>", "</thoughts>"),
    ("<analysis>", "</analysis>"),
    ("<think >", "</think >"),
    ("<longcat_think>", "</longcat_think>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
]


@pytest.mark.parametrize(("begin", "end"), MARKS)
def test_a_thought_is_taken_off_with_its_marks(begin: str, end: str) -> None:
    assert without_thoughts(f"{begin}is it no?{end} yes") == " yes"
    assert without_thoughts(f"is it no?{end} yes") == " yes"
    assert without_thoughts(f"is it no?{end} yes", inside=True) == " yes"
    assert without_thoughts(f"{begin}is it no") is None
    assert without_thoughts(f"yes {begin}or no?{end}!") == "yes !"
    assert (thinking_in(begin), thinking_in(begin + end)) == ("open", "closed")


def test_what_holds_no_mark_is_an_answer_unless_the_prompt_had_opened_a_thought() -> None:
    assert without_thoughts("I think not") == "I think not"
    assert without_thoughts("I think not", inside=True) is None
    assert thinking_in("I think not") == "none"


def test_a_thought_within_a_thought_ends_with_the_last_mark() -> None:
    assert without_thoughts("<think>a<think>b</think>c</think>yes") == "yes"
    assert without_thoughts("<think>a</think>yes<think>b") is None


@given(st.lists(st.sampled_from(["<think>", "</think>", "yes "]), max_size=12))
def test_what_is_left_holds_no_mark(parts: list[str]) -> None:
    left = without_thoughts("".join(parts))
    assert left is None or "think" not in left
