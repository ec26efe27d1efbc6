"""The same judge on other frames: another fingerprint, the same answers to the same clip."""

from __future__ import annotations

from collections.abc import Callable

from evaluators.frames import Clip
from evaluators.judges import Judge, fingerprint_of
from evaluators.judges.reframed import ReframedJudge


def test_it_is_another_judge_by_its_frames_alone(
    always_yes: Judge, make_clip: Callable[..., Clip]
) -> None:
    other = ReframedJudge(always_yes)
    assert other.name == "always-yes, other frames"
    assert str(other.frame_rule) == "count=2,phase=0.5"
    assert other.identity == {**always_yes.identity, "frame_rule": "count=2,phase=0.5"}
    assert other.fingerprint == fingerprint_of(other.identity) != always_yes.fingerprint
    assert str(ReframedJudge(always_yes, 0.6).frame_rule) == "count=2,phase=0.6"
    assert other.judge(make_clip(2), ["a", "b"]) == always_yes.judge(make_clip(2), ["a", "b"])
