"""Frames of video files: decoded once, sampled by rule."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.frames.decode import decode_video
    from evaluators.frames.limits import Limits
    from evaluators.frames.sampling import FRAMES_VERSION, FrameRule, sample_frames
    from evaluators.frames.source import CostlyFileError, DecodeError, hash_file
    from evaluators.frames.video import Clip, Frames, Video

_MODULES = {
    "FRAMES_VERSION": "sampling",
    "Clip": "video",
    "CostlyFileError": "source",
    "DecodeError": "source",
    "FrameRule": "sampling",
    "Frames": "video",
    "Limits": "limits",
    "Video": "video",
    "decode_video": "decode",
    "hash_file": "source",
    "sample_frames": "sampling",
}

__all__ = [
    "FRAMES_VERSION",
    "Clip",
    "CostlyFileError",
    "DecodeError",
    "FrameRule",
    "Frames",
    "Limits",
    "Video",
    "decode_video",
    "hash_file",
    "sample_frames",
]


# Processes that decode have no use for most of it, and start often.
def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
