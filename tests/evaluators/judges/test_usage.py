"""Tokens are counted by kind, and add up."""

from __future__ import annotations

from evaluators.judges import Judge, Metered, Usage


def test_usage_adds_up_by_kind() -> None:
    one = Usage(clips=1, questions=2, video_prefill=300, question_prefill=40, decoded=5)
    assert one + Usage(clips=1, decoded=1000) == Usage(
        clips=2, questions=2, video_prefill=300, question_prefill=40, decoded=1005
    )
    assert str(one + one) == (
        "tokens: 600 video prefill, 80 question prefill, 10 decoded; 4 questions about 2 clips"
    )


def test_a_judge_that_counts_nothing_is_not_metered(always_yes: Judge) -> None:
    assert not isinstance(always_yes, Metered)
