"""Frames of video files: decoded once, sampled by rule."""

from evaluators.frames.decode import DecodeError, Limits, decode_video
from evaluators.frames.sampling import FRAMES_VERSION, FrameRule, sample_frames
from evaluators.frames.source import hash_file
from evaluators.frames.video import Clip, Frames, Video

__all__ = [
    "FRAMES_VERSION",
    "Clip",
    "DecodeError",
    "FrameRule",
    "Frames",
    "Limits",
    "Video",
    "decode_video",
    "hash_file",
    "sample_frames",
]
