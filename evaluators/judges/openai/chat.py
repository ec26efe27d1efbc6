"""The request: what the model is shown and told. Pure functions.

The frames come first, then the prompt with the question in it, so that all that the questions of a
clip share is a prefix, and a server with a prefix cache reads the frames once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from evaluators.frames import Clip
from evaluators.frames.resizing import fit_pixels
from evaluators.judges.openai.data_urls import (
    JPEG_QUALITY,
    MP4_CRF,
    ImageFormat,
    image_url,
    jpeg_video_url,
    mp4_video_url,
)
from omiti2v.judge_spec import FrameForm
from omiti2v.prompt_file import PLACE
from omiti2v.records import brief

# A server writes the question into its chat template as it stands, control tokens included.
_CONTROL_TOKEN = re.compile(
    r"<\|[^<>|]*\|>|</?s>|<(?:image|video|audio|think|bos|eos|pad|unk)>|\[/?INST\]"
    r"|<(?:start|end)_of_(?:turn|image)>|<IMG_CONTEXT>",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class FrameEncoding:
    """How frames are sent.

    Attributes:
        form: `images`, one picture a frame, which every server with a vision model takes;
            `video-jpeg`, vLLM's sequence of JPEG files with its times beside it; `video-mp4`, a
            video file, which vLLM and SGLang take and sample by their own rules.
        image_format: Of the pictures in the form `images`.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down.
    """

    form: FrameForm
    image_format: ImageFormat
    max_pixels: int

    @property
    def identity(self) -> dict[str, object]:
        """Everything about it that answers depend on."""
        encoding = {
            "images": "png" if self.image_format == "png" else f"jpeg {JPEG_QUALITY}",
            "video-jpeg": f"jpeg {JPEG_QUALITY}",
            "video-mp4": f"h264 crf {MP4_CRF}",
        }[self.form]
        return {"form": self.form, "encoding": encoding, "max_pixels": self.max_pixels}


@dataclass(frozen=True)
class SharedPrefix:
    """What the questions of a clip share.

    Attributes:
        parts: The user's turn up to the prompt, as content parts of the chat API.
        prompt: The text after it, with `{question}` in it once.
        media_hints: Fields of the request beyond the API: what vLLM wants to know of the frames.
    """

    parts: tuple[dict[str, Any], ...]
    prompt: str
    media_hints: dict[str, Any]

    def messages(self, question: str) -> list[dict[str, Any]]:
        """The whole chat: one turn of the user's."""
        text = {"type": "text", "text": self.prompt.replace(PLACE, question)}
        return [{"role": "user", "content": [*self.parts, text]}]


def shared_prefix(clip: Clip, *, prompt: str, encoding: FrameEncoding) -> SharedPrefix:
    """The times of the frames and the frames: all of the clip's and no others.

    Args:
        clip: At least one frame.
        prompt: The text after them, with `{question}` in it once.
        encoding: How to send them.

    Raises:
        ValueError: The clip's rate is not positive, and the form is a video, which needs one.
    """
    if encoding.form != "images" and not (math.isfinite(clip.fps) and clip.fps > 0):
        raise ValueError(f"expected a positive frame rate, got {clip.fps}")
    frames = fit_pixels(clip.frames, max_pixels=encoding.max_pixels)
    parts: list[dict[str, Any]] = [{"type": "text", "text": frame_times(clip)}]
    hints: dict[str, Any] = {}
    if encoding.form == "images":
        urls = [image_url(frame, image_format=encoding.image_format) for frame in frames]
        parts += [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    elif encoding.form == "video-jpeg":
        parts.append({"type": "video_url", "video_url": {"url": jpeg_video_url(frames)}})
        hints = media_hints(_vllm_metadata(clip))
    else:
        # Recent SGLang takes the rate and the number beside the file; vLLM takes the number apart.
        video = {"url": mp4_video_url(clip, frames), "fps": clip.fps, "max_frames": len(frames)}
        parts.append({"type": "video_url", "video_url": video})
        hints = media_hints({"num_frames": len(frames)})
    return SharedPrefix(parts=tuple(parts), prompt=prompt, media_hints=hints)


def media_hints(video: dict[str, Any]) -> dict[str, Any]:
    """The field of a request in which vLLM is told of a video."""
    return {"media_io_kwargs": {"video": video}}


def frame_times(clip: Clip) -> str:
    """The number of frames and their times, as the model is told them."""
    times = ", ".join(f"{time:.2f}" for time in clip.times)
    if len(clip.times) == 1:
        return f"The video has 1 frame, at {times} seconds."
    return f"The video has {len(clip.times)} frames, at {times} seconds."


def control_token(question: str) -> str | None:
    """Why a question can't be asked: it holds what may be a control token; None where it can."""
    found = _CONTROL_TOKEN.search(question)
    return f"the question holds the control token {brief(found.group())}" if found else None


def _vllm_metadata(clip: Clip) -> dict[str, Any]:
    """The clip as a video of its own: its frames are all there are, at its own rate.

    Without `num_frames` vLLM would drop all frames after the 32nd without a word.
    """
    count = len(clip.frames)
    return {
        "num_frames": count,
        "fps": clip.fps,
        "frames_indices": list(range(count)),
        "total_num_frames": count,
        "duration": count / clip.fps,
        "do_sample_frames": False,
    }
