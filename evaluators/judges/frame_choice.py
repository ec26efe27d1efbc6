"""Which frames a person asked for, as a frame rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from omiti2v.errors import UserError
from omiti2v.judge_spec import JudgeSpec

if TYPE_CHECKING:
    from evaluators.frames import FrameRule


def frame_rule_for(spec: JudgeSpec) -> FrameRule | None:
    """The frames that a person asked for by `fps` or `frames`; None where nothing is asked for.

    With `fps`, the protocol's bound on the number of frames stays.

    Raises:
        UserError: Both are given, or one is not positive.
    """
    from evaluators.frames import FrameRule
    from evaluators.judges.protocols import PROTOCOL_DEFAULTS

    if spec.fps is not None and spec.frames is not None:
        raise UserError(
            f"expected one of fps and frames, got fps {spec.fps:g} and frames {spec.frames}"
        )
    try:
        if spec.frames is not None:
            return FrameRule(count=spec.frames)
        rule = PROTOCOL_DEFAULTS[spec.protocol].frame_rule
        return None if spec.fps is None else replace(rule, fps=spec.fps)
    except ValueError as error:
        raise UserError(str(error)) from None
