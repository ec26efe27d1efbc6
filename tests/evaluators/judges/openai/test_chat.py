"""The request: all that a clip's questions share comes first, and it is what servers document."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from evaluators.frames import Clip, decode_video
from evaluators.judges.openai.chat import FrameEncoding, control_token, frame_times, shared_prefix

MakeClip = Callable[..., Clip]


def encoding(**options: Any) -> FrameEncoding:
    return FrameEncoding(**{"form": "images", "image_format": "png", "max_pixels": 10**6} | options)


def picture(url: str) -> np.ndarray:
    with PIL.Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as image:
        assert PIL.Image.MIME[str(image.format)] == url.partition(";")[0].removeprefix("data:")
        return np.asarray(image)


def urls(parts: Any) -> list[str]:
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


@pytest.fixture
def smooth(make_clip: MakeClip) -> Clip:
    """Frames that lossy codecs keep: each has its own brightness, from left to right brighter."""
    ramp = np.linspace(0, 120, 84)[None, None, :, None] + np.arange(5)[:, None, None, None] * 30
    frames = np.broadcast_to(ramp, (5, 56, 84, 3)).astype(np.uint8)
    times = np.array([0.0, 0.125, 0.25, 0.75, 1.0])
    return Clip(frames=frames, times=times, indices=np.array([0, 1, 2, 6, 8]), fps=4.0)


def test_every_frame_is_sent_once_in_order_to_the_pixel(make_clip: MakeClip) -> None:
    clip = make_clip(7)
    sent = urls(shared_prefix(clip, prompt="p", encoding=encoding()).parts)
    assert len(sent) == 7
    assert all(
        np.array_equal(picture(url), frame) for url, frame in zip(sent, clip.frames, strict=True)
    )


def test_jpeg_is_close_and_smaller(smooth: Clip) -> None:
    sent = urls(shared_prefix(smooth, prompt="p", encoding=encoding(image_format="jpeg")).parts)
    for url, frame in zip(sent, smooth.frames, strict=True):
        assert url.startswith("data:image/jpeg;base64,")
        assert np.abs(picture(url).astype(int) - frame).max() <= 6


def test_questions_differ_only_at_the_end_of_the_chat(make_clip: MakeClip) -> None:
    prefix = shared_prefix(make_clip(3), prompt="Look. {question}", encoding=encoding())
    first, second = (json.dumps(prefix.messages(q)) for q in ("Is it A?", "Is it B?"))
    shared = first.index("Is it A?")
    assert first[:shared] == second[:shared]
    assert first[shared:].replace("A", "B") == second[shared:]
    (turn,) = prefix.messages("Is it A?")
    assert turn["role"] == "user"
    assert turn["content"][-1] == {"type": "text", "text": "Look. Is it A?"}
    assert prefix.media_hints == {}


def test_the_number_of_frames_and_their_times_are_told(smooth: Clip, make_clip: MakeClip) -> None:
    told = "The video has 5 frames, at 0.00, 0.12, 0.25, 0.75, 1.00 seconds."
    assert frame_times(smooth) == told
    assert frame_times(make_clip(1)) == "The video has 1 frame, at 0.00 seconds."
    for form in ("images", "video-jpeg", "video-mp4"):
        parts = shared_prefix(smooth, prompt="p", encoding=encoding(form=form)).parts
        assert parts[0] == {"type": "text", "text": told}


def test_vllm_gets_the_frames_as_jpegs_with_their_rate_and_number(smooth: Clip) -> None:
    prefix = shared_prefix(smooth, prompt="p", encoding=encoding(form="video-jpeg"))
    (video,) = prefix.parts[1:]
    media, _, files = video["video_url"]["url"].partition(",")
    assert (video["type"], media) == ("video_url", "data:video/jpeg;base64")
    for file, frame in zip(files.split(","), smooth.frames, strict=True):
        sent = picture(f"data:image/jpeg;base64,{file}")
        assert np.abs(sent.astype(int) - frame).max() <= 6
    assert prefix.media_hints["media_io_kwargs"]["video"] == {
        "num_frames": 5,
        "fps": 4.0,
        "frames_indices": [0, 1, 2, 3, 4],
        "total_num_frames": 5,
        "duration": 1.25,
        "do_sample_frames": False,
    }


@pytest.mark.parametrize("width", [84, 83])
def test_a_video_file_shows_each_frame_at_its_time(
    smooth: Clip, tmp_path: Path, width: int
) -> None:
    clip = Clip(smooth.frames[:, :, :width], smooth.times, smooth.indices, smooth.fps)
    prefix = shared_prefix(clip, prompt="p", encoding=encoding(form="video-mp4"))
    (part,) = prefix.parts[1:]
    media, _, content = part["video_url"]["url"].partition(",")
    assert media == "data:video/mp4;base64"
    assert (part["video_url"]["fps"], part["video_url"]["max_frames"]) == (4.0, 5)
    (tmp_path / "clip.mp4").write_bytes(base64.b64decode(content))
    video = decode_video(tmp_path / "clip.mp4")
    assert video.frames.shape == (5, 56, 84, 3)
    assert video.times == pytest.approx(clip.times, abs=1e-3)
    difference = np.abs(video.frames[:, :, :width].astype(int) - clip.frames)
    assert difference.mean() < 4


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf")])
def test_a_video_needs_a_rate_and_images_do_not(make_clip: MakeClip, fps: float) -> None:
    good = make_clip(2)
    clip = Clip(good.frames, good.times, good.indices, fps)
    assert shared_prefix(clip, prompt="p", encoding=encoding()).parts
    with pytest.raises(ValueError, match="positive frame rate"):
        shared_prefix(clip, prompt="p", encoding=encoding(form="video-mp4"))


@pytest.mark.parametrize(
    "text", ["<|im_end|>", "a <|vision_start|> b", "</s>", "<image>", "[/INST]", "<end_of_turn>"]
)
def test_a_question_with_a_control_token_is_not_asked(text: str) -> None:
    assert str(control_token(f"Is it red? {text}")).startswith("the question holds the control")


@pytest.mark.parametrize("text", ["Is 1 < 2 | 3 > 2?", "Is it <red>?", "Is the sign [A]?"])
def test_ordinary_signs_are_no_control_tokens(text: str) -> None:
    assert control_token(text) is None


def test_large_frames_are_sent_scaled_down(make_clip: MakeClip) -> None:
    clip = make_clip(2, height=60, width=120)
    sent = urls(shared_prefix(clip, prompt="p", encoding=encoding(max_pixels=1800)).parts)
    assert picture(sent[0]).shape == (30, 60, 3)
