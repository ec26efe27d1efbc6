"""How fast videos become RGB frames: PyAV with several settings, OpenCV, torchcodec.

Usage: python -m lab.benchmarks.decode VIDEOS [--few 16] [--limit N] [--json]

VIDEOS is a file or a folder of *.mp4. Each row is the sum over all videos of the least of three
runs, and its ratio to the way in which `decode_video` decodes. "Few" are that many evenly spaced
frames of each video, either by decoding all of it or by seeking to each.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from evaluators.frames import decode_video
from evaluators.frames.decode import _EXACT
from evaluators.frames.video import Frames
from lab.benchmarks.measuring import benchmark_parser, fastest, print_rows

Decode = Callable[[Path], Frames]


def ours(path: Path) -> Frames:
    """As every evaluator gets it: hashed, held against its limits, one thread, exact colours."""
    return decode_video(path).frames


def pyav(
    path: Path, *, threads: int = 1, kind: str = "SLICE", exact: bool = True, rgb: bool = True
) -> Frames:
    """PyAV without our checks.

    Args:
        path: The video.
        threads: Threads of the decoder; 0 for as many as libav likes.
        kind: `SLICE`, `FRAME` or `AUTO`.
        exact: Convert without short cuts, as `decode_video` does; otherwise as `to_ndarray` does.
        rgb: Convert at all; otherwise the brightness alone is kept.
    """
    converter = VideoReformatter()
    frames: list[Any] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = kind
        stream.codec_context.thread_count = threads
        for frame in container.decode(stream):
            if not rgb:
                plane = frame.planes[0]
                frames.append(np.frombuffer(bytes(plane), np.uint8)[: plane.line_size])
            elif exact:
                picture = converter.reformat(frame, format="rgb24", interpolation=_EXACT, threads=1)
                frames.append(picture.to_ndarray())
            else:
                frames.append(frame.to_ndarray(format="rgb24"))
    return np.stack(frames)


def opencv(path: Path) -> Frames:
    """OpenCV's reader; colours by its own conversion."""
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        found, frame = capture.read()
        if not found:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    capture.release()
    return np.stack(frames)


def sought(path: Path, *, few: int) -> Frames:
    """A few evenly spaced frames: to the key frame before each, and on from there."""
    converter = VideoReformatter()
    frames = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stamps = sorted(p.pts for p in container.demux(stream) if p.pts is not None)
        wanted = [stamps[i] for i in np.rint(np.linspace(0, len(stamps) - 1, few)).astype(int)]
        for stamp in wanted:
            container.seek(stamp, stream=stream)
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts >= stamp:
                    picture = converter.reformat(
                        frame, format="rgb24", interpolation=_EXACT, threads=1
                    )
                    frames.append(picture.to_ndarray())
                    break
    return np.stack(frames)


def picked(path: Path, *, few: int) -> Frames:
    """The same frames out of all: decoded from the first to the last, only those converted."""
    converter = VideoReformatter()
    frames = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        count = sum(1 for packet in container.demux(stream) if packet.pts is not None)
        wanted = set(np.rint(np.linspace(0, count - 1, few)).astype(int).tolist())
        container.seek(0, stream=stream)
        for number, frame in enumerate(container.decode(stream)):
            if number in wanted:
                picture = converter.reformat(frame, format="rgb24", interpolation=_EXACT, threads=1)
                frames.append(picture.to_ndarray())
    return np.stack(frames)


def torchcodec_or_why(video: Path) -> Decode | str:
    """torchcodec's decoder, or in a line why it can't decode this video here."""
    if importlib.util.find_spec("torchcodec") is None:
        return "It is not installed: pip install torchcodec."

    def decode(path: Path) -> Frames:
        from torchcodec.decoders import VideoDecoder

        decoder = VideoDecoder(str(path), dimension_order="NHWC", num_ffmpeg_threads=1)
        frames: Frames = decoder[:].numpy()
        return frames

    try:
        decode(video)
    except Exception as error:  # it raises RuntimeError where FFmpeg's shared libraries are missing
        return next((line for line in str(error).splitlines() if line.strip()), repr(error))[:150]
    return decode


def measure(videos: Sequence[Path], *, few: int) -> tuple[list[dict[str, object]], str]:
    """The rows of the table, and what could not be measured."""
    ways: dict[str, Decode] = {
        "decode_video (one thread, exact, checked)": ours,
        "PyAV, one thread, exact": pyav,
        "PyAV, one thread, to_ndarray": lambda path: pyav(path, exact=False),
        "PyAV, one thread, not converted": lambda path: pyav(path, rgb=False),
        "PyAV, 2 threads, SLICE, exact": lambda path: pyav(path, threads=2),
        "PyAV, 2 threads, FRAME, exact": lambda path: pyav(path, threads=2, kind="FRAME"),
        "PyAV, AUTO, to_ndarray": lambda path: pyav(path, threads=0, kind="AUTO", exact=False),
        "OpenCV": opencv,
        f"few ({few}), sequential": lambda path: picked(path, few=few),
        f"few ({few}), seeking": lambda path: sought(path, few=few),
    }
    other = torchcodec_or_why(videos[0])
    note = ""
    if callable(other):
        ways["torchcodec, one thread"] = other
    else:
        note = f"torchcodec was not measured. {other}"
    totals = dict.fromkeys(ways, (0.0, 0.0))
    apart: dict[str, float] = {}
    for path in videos:
        exact = ours(path)
        for name, decode in ways.items():
            frames = decode(path)
            if frames.shape == exact.shape:
                difference = np.abs(frames[::8].astype(np.int16) - exact[::8])
                apart[name] = max(apart.get(name, 0.0), float(difference.mean()))
            elif frames.ndim == 4 and len(frames) == few:
                kept = exact[np.rint(np.linspace(0, len(exact) - 1, few)).astype(int)]
                assert np.array_equal(frames, kept), f"{path}: {name}: other frames"
                apart.setdefault(name, 0.0)
            seconds = fastest(partial(decode, path))
            totals[name] = (totals[name][0] + seconds.wall, totals[name][1] + seconds.cpu)
    base = totals[next(iter(ways))]
    return [
        {
            "way": name,
            "wall, s": wall,
            "processor, s": cpu,
            "ratio of wall": wall / base[0],
            "ratio of processor": cpu / base[1],
            # None where nothing could be compared: no colours, or another number of frames.
            "mean difference, levels": apart.get(name),
        }
        for name, (wall, cpu) in totals.items()
    ], note


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("videos", type=Path)
    parser.add_argument("--few", type=int, default=16)
    parser.add_argument("--limit", type=int, help="that many of the videos, evenly chosen")
    arguments = parser.parse_args()
    place: Path = arguments.videos
    videos = [place] if place.is_file() else sorted(place.rglob("*.mp4"))
    if arguments.limit:
        videos = videos[:: -(-len(videos) // arguments.limit)]
    rows, note = measure(videos, few=arguments.few)
    print_rows(rows, as_json=arguments.json, note=f"{len(videos)} videos. {note}")


if __name__ == "__main__":
    main()
