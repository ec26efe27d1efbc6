"""What a judge is called."""

from __future__ import annotations

from evaluators.tiny.judge import tiny_judge
from leaderboard.entries.judge_names import PACKAGED_JUDGES


def test_the_packaged_judge_is_known_by_the_weights_that_come_with_the_package() -> None:
    judge = tiny_judge()
    assert {judge.identity["weights_sha256"]: "tiny"} == PACKAGED_JUDGES
