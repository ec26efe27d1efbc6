"""What each protocol uses where nothing else is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evaluators.answers import Rules
from evaluators.frames import FrameRule
from evaluators.judges.openai.chat import FAST_PROMPT

ProtocolName = Literal["fast", "paper"]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A protocol's settings.

    Attributes:
        prompt: Text after the frames, with `{question}` in it once.
        frame_rule: The frames to look at.
        max_pixels: Largest number of pixels of a frame.
        max_tokens: Most tokens of an answer.
        rules: How text is read.
    """

    prompt: str
    frame_rule: FrameRule
    max_pixels: int
    max_tokens: int
    rules: Rules


# A server counts each picture apart: fewer frames than for a model that reads videos.
_FAST = Preset(
    prompt=FAST_PROMPT,
    frame_rule=FrameRule(count=16),
    max_pixels=256 * 28 * 28,
    max_tokens=16,
    rules="strict",
)


def preset_for(protocol: ProtocolName) -> Preset:
    """The settings of `fast`, made for pictures, or of `paper`, which are the authors'."""
    return _FAST if protocol == "fast" else _paper()


def _paper() -> Preset:
    # Imported late: these modules load torch, which a judge on a server has no need of.
    from evaluators.judges.protocols import PRESETS

    paper = PRESETS["paper"]
    return Preset(
        prompt=paper.prompt,
        frame_rule=paper.frame_rule,
        max_pixels=paper.max_pixels,
        max_tokens=128,
        rules="paper",
    )
