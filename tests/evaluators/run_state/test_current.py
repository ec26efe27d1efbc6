"""Which logged rows are still about today's files."""

from __future__ import annotations

from evaluators.run_state.current import is_current


def test_a_row_is_current_while_its_file_has_the_same_bytes() -> None:
    assert is_current("s1", "a", {"s1": "a"})
    assert not is_current("s1", "a", {"s1": "b"})
    assert not is_current("s1", "a", {"s2": "a"})


def test_a_row_about_no_file_and_a_file_that_can_t_be_read_are_never_current() -> None:
    assert not is_current("s1", None, {"s1": None})
    assert not is_current("s1", None, {})
    assert not is_current("s1", "a", {"s1": None})
