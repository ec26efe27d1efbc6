"""How fast videos become RGB frames: PyAV with several settings, OpenCV, torchcodec.

Usage: python -m lab.benchmarks.decode VIDEOS [--few 16] [--limit N] [--json]

VIDEOS is a file or a folder of *.mp4. Each row is the sum over all videos of the least of three
runs, and its ratio to the way in which `decode_video` decodes. "Few" are that many evenly spaced
frames of each video, either by decoding all of it or by seeking to each.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from evaluators.frames import decode_video
from evaluators.frames.decoder import EXACT
from evaluators.frames.video import Frames
from lab.benchmarks.measuring import Seconds, benchmark_parser, fastest, print_rows

Decode = Callable[[Path], Frames]


def ours(path: Path) -> Frames:
    """As every evaluator gets it: hashed, held against its limits, one thread, exact colours."""
    return decode_video(path).frames


@contextmanager
def opened(path: Path, *, threads: int = 1) -> Iterator[tuple[Any, Any]]:
    """A video's container and stream, with so many threads; 0 for as many as libav likes."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = threads
        yield container, stream


def exact_converter() -> Callable[[Any], Any]:
    """Converts frames to RGB without short cuts, as `decode_video` does."""
    converter = VideoReformatter()
    return lambda frame: converter.reformat(
        frame, format="rgb24", interpolation=EXACT, threads=1
    ).to_ndarray()


def evenly(count: int, few: int) -> list[int]:
    """The numbers of a few evenly spaced frames of `count`."""
    numbers: list[int] = np.rint(np.linspace(0, count - 1, few)).astype(int).tolist()
    return numbers


def as_rgb(frame: Any) -> Any:
    """As PyAV converts by itself."""
    return frame.to_ndarray(format="rgb24")


def brightness(frame: Any) -> Any:
    """The brightness alone, not converted."""
    plane = frame.planes[0]
    return np.frombuffer(bytes(plane), np.uint8)[: plane.line_size]


def pyav(
    path: Path,
    *,
    threads: int = 1,
    kind: str = "SLICE",
    convert: Callable[[Any], Any] | None = None,
) -> Frames:
    """PyAV without our checks.

    Args:
        path: The video.
        threads: Threads of the decoder; 0 for as many as libav likes.
        kind: `SLICE`, `FRAME` or `AUTO`.
        convert: What is made of each frame; None converts it exactly.
    """
    convert = convert or exact_converter()
    with opened(path, threads=threads) as (container, stream):
        stream.thread_type = kind
        return np.stack([convert(frame) for frame in container.decode(stream)])


def opencv(path: Path) -> Frames:
    """OpenCV's reader; colours by its own conversion."""
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
    capture.release()
    return np.stack(frames)


def sought(path: Path, *, few: int) -> Frames:
    """A few evenly spaced frames: to the key frame before each, and on from there."""
    convert, frames = exact_converter(), []
    with opened(path) as (container, stream):
        stamps = sorted(p.pts for p in container.demux(stream) if p.pts is not None)
        for number in evenly(len(stamps), few):
            container.seek(stamps[number], stream=stream)
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts >= stamps[number]:
                    frames.append(convert(frame))
                    break
    return np.stack(frames)


def picked(path: Path, *, few: int) -> Frames:
    """The same frames out of all: decoded from the first to the last, only those converted."""
    convert = exact_converter()
    with opened(path) as (container, stream):
        count = sum(1 for packet in container.demux(stream) if packet.pts is not None)
        wanted = evenly(count, few)
        container.seek(0, stream=stream)
        decoded = enumerate(container.decode(stream))
        return np.stack([convert(frame) for number, frame in decoded if number in wanted])


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
        "PyAV, one thread, to_ndarray": partial(pyav, convert=as_rgb),
        "PyAV, one thread, not converted": partial(pyav, convert=brightness),
        "PyAV, 2 threads, SLICE, exact": partial(pyav, threads=2),
        "PyAV, 2 threads, FRAME, exact": partial(pyav, threads=2, kind="FRAME"),
        "PyAV, AUTO, to_ndarray": partial(pyav, threads=0, kind="AUTO", convert=as_rgb),
        "OpenCV": opencv,
        f"few ({few}), sequential": partial(picked, few=few),
        f"few ({few}), seeking": partial(sought, few=few),
    }
    other = torchcodec_or_why(videos[0])
    note = ""
    if callable(other):
        ways["torchcodec, one thread"] = other
    else:
        note = f"torchcodec was not measured. {other}"
    totals = dict.fromkeys(ways, Seconds(0.0, 0.0))
    apart: dict[str, float] = {}
    for path in videos:
        exact = ours(path)
        for name, decode in ways.items():
            frames = decode(path)
            if frames.shape == exact.shape:
                difference = np.abs(frames[::8].astype(np.int16) - exact[::8])
                apart[name] = max(apart.get(name, 0.0), float(difference.mean()))
            elif frames.ndim == 4 and len(frames) == few:
                kept = exact[evenly(len(exact), few)]
                assert np.array_equal(frames, kept), f"{path}: {name}: other frames"
                apart.setdefault(name, 0.0)
            totals[name] += fastest(partial(decode, path))
    base = next(iter(totals.values()))
    return [
        {
            "way": name,
            **taken.columns(),
            "ratio of wall": taken.wall / base.wall,
            "ratio of processor": taken.cpu / base.cpu,
            # None where nothing could be compared: no colours, or another number of frames.
            "mean difference, levels": apart.get(name),
        }
        for name, taken in totals.items()
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
