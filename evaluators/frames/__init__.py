"""Frames of video files: decoded once, sampled by rule."""

from evaluators.frames.decode import decode_video
from evaluators.frames.limits import Limits
from evaluators.frames.sampling import FRAMES_VERSION, FrameRule, sample_frames
from evaluators.frames.source import CostlyFileError, DecodeError, hash_file
from evaluators.frames.video import Clip, Frames, Video

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
