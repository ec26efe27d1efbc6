"""What a protocol uses where nothing else is asked for, and the frames that a person asks for."""

from __future__ import annotations

from evaluators.judges.protocols import PRESETS, SERVER_PRESETS


def test_a_server_is_asked_as_the_paper_does_and_by_frames_of_its_own_otherwise() -> None:
    assert SERVER_PRESETS["paper"] == PRESETS["paper"]
    fast = SERVER_PRESETS["fast"]
    assert (str(fast.frame_rule), fast.max_new_tokens, fast.parsing) == ("count=16", 16, "strict")
    assert fast.prompt != PRESETS["fast"].prompt
    paper = PRESETS["paper"]
    assert (paper.max_new_tokens, paper.parsing) == (128, "paper")
    assert paper.frame_rule.fps == 8
