"""What a protocol uses where nothing else is asked for, and the frames that a person asks for."""

from __future__ import annotations

from evaluators.judges.protocols import PROTOCOL_DEFAULTS, SERVER_DEFAULTS


def test_a_server_is_asked_as_the_paper_does_and_by_frames_of_its_own_otherwise() -> None:
    assert SERVER_DEFAULTS["paper"] == PROTOCOL_DEFAULTS["paper"]
    fast = SERVER_DEFAULTS["fast"]
    assert (str(fast.frame_rule), fast.max_new_tokens, fast.parsing) == ("count=16", 16, "strict")
    assert fast.prompt != PROTOCOL_DEFAULTS["fast"].prompt
    paper = PROTOCOL_DEFAULTS["paper"]
    assert (paper.max_new_tokens, paper.parsing) == (128, "paper")
    assert paper.frame_rule.fps == 8
