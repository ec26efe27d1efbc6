"""Real, small videos for the tests of everything that looks at videos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from evaluators.world import write_mp4
from omiti2v.editions import Edition

# Decoded frames equal the frames written, bit by bit.
LOSSLESS = {"codec": "libx264rgb", "pix_fmt": "rgb24", "options": {"crf": "0"}}

# Of libav's AVColorSpace and of swscale, which number BT.601 differently.
_MATRICES = {"bt709": (1, 1), "bt601": (6, 5)}
_RANGES = {"limited": 1, "full": 2}


class WriteVideo(Protocol):
    def __call__(
        self,
        path: Path,
        frames: NDArray[np.uint8],
        *,
        fps: float = ...,
        codec: str = ...,
        pix_fmt: str = ...,
        options: Mapping[str, str] | None = ...,
        container_options: Mapping[str, str] | None = ...,
        metadata: Mapping[str, str] | None = ...,
        times: Sequence[float] | None = ...,
        rotation: float = ...,
        matrix: str | None = ...,
        color_range: str | None = ...,
        sound: bool = ...,
    ) -> Path: ...


@pytest.fixture
def write_video() -> WriteVideo:
    """A function that writes frames of shape (n, height, width, 3), RGB, into a video file."""
    return _write_video


@pytest.fixture
def lossless() -> dict[str, object]:
    """Arguments of `write_video` with which the decoded frames equal the frames written."""
    return dict(LOSSLESS)


@pytest.fixture
def noise() -> NDArray[np.uint8]:
    """Eight frames, 48 high and 64 wide, in which every pixel and every frame is different."""
    return np.random.default_rng(7).integers(0, 256, (8, 48, 64, 3), dtype=np.uint8)


@pytest.fixture
def write_files(
    make_edition: Callable[..., Edition], make_picture: Callable[..., NDArray[np.uint8]]
) -> Callable[[Path, int], tuple[Path, Path]]:
    """A function that writes an edition of so many samples and a submission into a folder."""

    def write(folder: Path, samples: int) -> tuple[Path, Path]:
        edition = make_edition(folder / "edition", count=samples)
        for number, sample in enumerate(edition.samples):
            frames = np.repeat(make_picture(number, width=84, height=56)[None], 4, axis=0)
            frames[:, :8, :8] = np.arange(0, 240, 60, dtype=np.uint8)[:, None, None, None]
            write_mp4(folder / "videos" / f"{sample.id}.mp4", frames, fps=8)
        return folder / "edition", folder / "videos"

    return write


def _write_video(
    path: Path,
    frames: NDArray[np.uint8],
    *,
    fps: float = 16,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    times: Sequence[float] | None = None,
    rotation: float = 0,
    matrix: str | None = None,
    color_range: str | None = None,
    sound: bool = False,
) -> Path:
    """Write a video; the file's suffix decides on the container.

    Args:
        frames: RGB, shape (n, height, width, 3), uint8.
        times: Seconds at which the frames are shown, instead of `fps`.
        rotation: Degrees counterclockwise that a player is to turn the frames by.
        matrix: "bt601" or "bt709", written into the file; None leaves it unsaid (BT.601).
        color_range: "limited" or "full", written into the file; None leaves it unsaid (limited).
        sound: Add a stream of silence.
    """
    rate = Fraction(fps).limit_denominator(1001)
    tag, sws = _MATRICES.get(matrix or "", (2, 5))
    with av.open(str(path), "w", options=dict(container_options or {})) as container:
        container.metadata.update(metadata or {})
        audio = container.add_stream("aac", rate=8000) if sound else None
        stream = container.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pix_fmt
        if matrix is not None:
            stream.codec_context.colorspace = tag
        if color_range is not None:
            stream.codec_context.color_range = _RANGES[color_range]
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(rotation)
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            if pix_fmt != "rgb24":
                frame = frame.reformat(
                    format=pix_fmt,
                    dst_colorspace=sws,
                    dst_color_range=_RANGES[color_range or "limited"],
                )
            if times is not None:
                frame.pts, frame.time_base = round(times[index] * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if audio is not None:
            _add_silence(container, audio, seconds=len(frames) / fps)
    return path


def _add_silence(container: OutputContainer, audio: AudioStream, *, seconds: float) -> None:
    samples = np.zeros((1, round(8000 * seconds)), dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate = 8000
    container.mux(audio.encode(frame))
    container.mux(audio.encode())
