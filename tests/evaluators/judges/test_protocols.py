"""What a protocol uses where nothing else is asked for, and the frames that a person asks for."""

from __future__ import annotations

import pytest

from evaluators.judges.protocols import PROTOCOL_DEFAULTS, SERVER_DEFAULTS, frame_rule_for
from omiti2v.errors import UserError
from omiti2v.judge_spec import JudgeSpec


def test_a_server_is_asked_as_the_paper_does_and_by_frames_of_its_own_otherwise() -> None:
    assert SERVER_DEFAULTS["paper"] == PROTOCOL_DEFAULTS["paper"]
    fast = SERVER_DEFAULTS["fast"]
    assert (str(fast.frame_rule), fast.max_new_tokens, fast.parsing) == ("count=16", 16, "strict")
    assert fast.prompt != PROTOCOL_DEFAULTS["fast"].prompt
    paper = PROTOCOL_DEFAULTS["paper"]
    assert (paper.max_new_tokens, paper.parsing) == (128, "paper")


def test_frames_are_those_asked_for_or_the_protocols_own() -> None:
    assert frame_rule_for(JudgeSpec(model="tiny", protocol="paper", fps=None, frames=None)) is None
    assert (
        str(frame_rule_for(JudgeSpec(model="tiny", protocol="paper", fps=2, frames=None)))
        == "fps=2,max=768"
    )
    assert (
        str(frame_rule_for(JudgeSpec(model="tiny", protocol="fast", fps=2.5, frames=None)))
        == "fps=2.5,max=64"
    )
    assert (
        str(frame_rule_for(JudgeSpec(model="tiny", protocol="fast", fps=None, frames=5)))
        == "count=5"
    )
    assert PROTOCOL_DEFAULTS["paper"].frame_rule.fps == 8


@pytest.mark.parametrize(("fps", "frames"), [(2, 3), (0, None), (float("nan"), None), (None, -1)])
def test_frames_that_make_no_sense_are_one_line(fps: float | None, frames: int | None) -> None:
    with pytest.raises(UserError, match="expected"):
        frame_rule_for(JudgeSpec(model="tiny", protocol="fast", fps=fps, frames=frames))
