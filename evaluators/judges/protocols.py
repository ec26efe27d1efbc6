"""The two ways of asking, as settings: what a protocol looks at and what it says."""

from __future__ import annotations

from dataclasses import dataclass

from evaluators.answers import Rules
from evaluators.frames import FrameRule
from evaluators.judges.prompt import DEFAULT_PROMPT, FRAMES_PROMPT, PAPER_PROMPT
from omiti2v.judge_spec import ProtocolName

ONE_FRAME = "a video of one frame, which the authors' evaluator can't read; --frames 1 shows it"
"""Why a question by a rule with `pairs` is unknown: theirs answers nothing either."""


@dataclass(frozen=True, kw_only=True)
class ProtocolDefaults:
    """What a protocol uses where nothing else is asked for.

    Attributes:
        prompt: Text after the video, with `{question}` in it once.
        frame_rule: The frames to look at.
        max_pixels: Largest number of pixels of a frame, for models that take frames of any size.
        max_new_tokens: Longest written answer, in tokens.
        parsing: The rules by which a written answer is read.
    """

    prompt: str
    frame_rule: FrameRule
    max_pixels: int
    max_new_tokens: int = 128
    parsing: Rules = "paper"


PROTOCOL_DEFAULTS: dict[ProtocolName, ProtocolDefaults] = {
    "fast": ProtocolDefaults(
        prompt=DEFAULT_PROMPT,
        frame_rule=FrameRule(fps=8, max_frames=64),
        # 256 visual tokens of Qwen2.5-VL for two frames: at most 8192 for a clip of 64.
        max_pixels=256 * 28 * 28,
    ),
    "paper": ProtocolDefaults(
        prompt=PAPER_PROMPT,
        # The authors set the rate only. The bound is qwen-vl-utils' own.
        frame_rule=FrameRule(fps=8, max_frames=768, pairs=True),
        max_pixels=360 * 420,
    ),
}
"""`fast` is ours. `paper` is the evaluator of the authors of OmitI2V; see `docs/paper.md`."""

SERVER_DEFAULTS: dict[ProtocolName, ProtocolDefaults] = {
    "fast": ProtocolDefaults(
        prompt=FRAMES_PROMPT,
        # A server counts each picture apart: fewer frames than for a model that reads videos.
        frame_rule=FrameRule(count=16),
        max_pixels=256 * 28 * 28,
        max_new_tokens=16,
        parsing="strict",
    ),
    "paper": PROTOCOL_DEFAULTS["paper"],
}
"""The same for a model on a server, which may see frames as pictures."""
