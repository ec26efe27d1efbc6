"""When a run of videos goes on in vain. No torch.

The rule: a run ends after `LIMIT` videos in a row that failed alike, and at once after an error of
the GPU that stays. Alike are errors of one type whose messages differ in numbers only.
"""

from __future__ import annotations

import re

from omiti2v.errors import UserError, one_line

LIMIT = 3


class LosingStreak:
    """Counts failures in a row that are alike."""

    def __init__(self) -> None:
        self._kind: tuple[str, str] | None = None
        self._count = 0

    def won(self) -> None:
        """A video was made."""
        self._kind, self._count = None, 0

    def lost(self, error: Exception) -> str | None:
        """A video failed. Gives why the run ends and what to do; None where it goes on."""
        kind = _kind(error)
        self._count = self._count + 1 if kind == self._kind else 1
        self._kind = kind
        reason = reason_of(error)
        if _stays(error):
            return (
                f"{reason}; after it the GPU takes no more work of this process; {_advice(error)}"
            )
        if self._count < LIMIT:
            return None
        return f"the last {LIMIT} videos failed alike: {reason}; {_advice(error)}"


def reason_of(error: Exception) -> str:
    """Why a video failed, in one line."""
    return str(error) if isinstance(error, UserError) else one_line(error, limit=300)


def _kind(error: Exception) -> tuple[str, str]:
    # How much there was and which unit it is told in says nothing.
    message = "" if _out_of_memory(error) else re.sub(r"\d+", "#", reason_of(error))
    return type(error).__name__, message


def _out_of_memory(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "allocate memory" in text)
    )


def _stays(error: Exception) -> bool:
    names = {cls.__name__ for cls in type(error).__mro__}
    if "OutOfMemoryError" in names:
        return False
    text = str(error)
    return "AcceleratorError" in names or (
        isinstance(error, RuntimeError) and ("CUDA error" in text or "HIP error" in text)
    )


def _advice(error: Exception) -> str:
    if _out_of_memory(error):
        return "take --offload model (or group), a smaller size, fewer frames or --dtype bfloat16"
    if _stays(error):
        return (
            "run the same command again; if it comes again, try another --dtype, and "
            "CUDA_LAUNCH_BLOCKING=1 with `omiti2v --verbose` to see where it comes from"
        )
    return "`omiti2v --verbose generate ... --limit 1` says where it comes from"
