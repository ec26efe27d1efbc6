"""Files that claim to be videos and would harm who believes them: each kind a function to bytes."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.stream import Disposition
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from lab.soak.boxes import body_of, join_boxes, split_boxes, with_body

Maker = Callable[[bytes, random.Random], bytes]
"""From an honest mp4 file, and for what is random about it."""

_MANY = 1 << 30


def encoded(
    frames: NDArray[np.uint8],
    container: str = "mp4",
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    *,
    seconds: Sequence[float] | None = None,
    disposition: Disposition | None = None,
    **options: str,
) -> bytes:
    """RGB frames, shape (n, height, width, 3), as a file; `seconds`: when each is shown."""
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as target:
        stream = cast(VideoStream, target.add_stream(codec, rate=8))
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pix_fmt
        stream.codec_context.thread_count = 1
        if seconds:
            stream.codec_context.time_base = Fraction(1, 1000)
        if disposition:
            stream.disposition = disposition
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if seconds:
                frame.pts, frame.time_base = round(1000 * seconds[number]), Fraction(1, 1000)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return file.getvalue()


def noise(
    rng: random.Random, count: int = 8, height: int = 48, width: int = 64
) -> NDArray[np.uint8]:
    """Random frames."""
    generator = np.random.default_rng(rng.getrandbits(64))
    return generator.integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def muxed(
    packets: Sequence[bytes], size: tuple[int, int], container: str = "avi", codec: str = "mjpeg"
) -> bytes:
    """Packets as they are in a container that says they are frames of this width and height."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        stream = cast(VideoStream, target.add_stream(codec, rate=8))
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p"
        for number, data in enumerate(packets):
            packet = av.Packet(data)
            packet.pts = packet.dts = number
            packet.time_base, packet.is_keyframe, packet.stream = Fraction(1, 8), True, stream
            target.mux(packet)
    return file.getvalue()


def picture(rng: random.Random, width: int, height: int, *, progressive: bool = False) -> bytes:
    """A JPEG of one color."""
    file = io.BytesIO()
    color = tuple(rng.randrange(256) for _ in range(3))
    Image.new("RGB", (width, height), color).save(file, "jpeg", progressive=progressive)
    return file.getvalue()


def scan_bomb(rng: random.Random, *, scans: int = 220_000) -> bytes:
    """A progressive JPEG whose last scan, of 23 bytes, comes so often: one call into libav."""
    data = picture(rng, 4096, 2304, progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return muxed([data[:-2] + last * scans + data[-2:]], (4096, 2304))


def _larger_than_memory(rng: random.Random) -> bytes:
    """A small file of more than two gigabytes of frames."""
    return muxed([picture(rng, 4096, 2304)] * 80, (4096, 2304))


def _tables(whole: bytes, rng: random.Random) -> bytes:
    parts = with_body(split_boxes(whole), b"stsz", struct.pack(">III", 0, 1, _MANY))
    parts = with_body(parts, b"stts", struct.pack(">IIII", 0, 1, _MANY, 1))
    return join_boxes(with_body(parts, b"stsc", struct.pack(">IIIII", 0, 1, 1, _MANY, 1)))


def _edits(whole: bytes, rng: random.Random) -> bytes:
    return join_boxes(with_body(split_boxes(whole), b"elst", struct.pack(">II", 0, 5_000_000)))


def _fragments(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(encoded(noise(rng), movflags="frag_keyframe+empty_moov"))
    struct.pack_into(">I", data, data.index(b"trun") + 8, _MANY)
    return bytes(data)


def _compressed_header(whole: bytes, rng: random.Random) -> bytes:
    body = struct.pack(">I4s", 16, b"cmov") + bytes(8)
    return join_boxes(with_body(split_boxes(whole), b"moov", body))


def _many_streams(whole: bytes, rng: random.Random) -> bytes:
    parts = split_boxes(whole)
    moov = body_of(parts, b"moov")
    tracks = [part for part in moov if part[0] == b"trak"]
    return join_boxes(with_body(parts, b"moov", [*moov, *tracks * 20]))


def _unknown_codec(whole: bytes, rng: random.Random) -> bytes:
    return whole.replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC")


def _gif_bomb(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(encoded(noise(rng, 2), "gif", "gif", "rgb8"))
    struct.pack_into("<HH", data, 6, 65535, 65535)
    return bytes(data)


def _avi_bomb(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(encoded(noise(rng, 2), "avi", "rawvideo"))
    struct.pack_into("<ii", data, data.index(b"strf") + 12, 65535, 65535)
    return bytes(data)


def _size_changes(whole: bytes, rng: random.Random) -> bytes:
    packets = [picture(rng, 64, 48)] * 4 + [picture(rng, 96, 32)] * 4
    return muxed(packets, (64, 48), "matroska")


def _many_frames(whole: bytes, rng: random.Random) -> bytes:
    return muxed([picture(rng, 16, 16)] * 3601, (16, 16), "matroska")


def _no_clusters(whole: bytes, rng: random.Random) -> bytes:
    data = encoded(noise(rng), "matroska")
    return data[: data.index(b"\x1f\x43\xb6\x75")]


def _lying_size(whole: bytes, rng: random.Random) -> bytes:
    """The description of the streams says that it is longer than the file."""
    data = bytearray(encoded(noise(rng), "matroska"))
    at = data.index(b"\x16\x54\xae\x6b") + 4
    return bytes(data[:at]) + b"\x01\x7f\xff\xff\xff\xff\xff\xff" + bytes(data[at + 1 :])


def _sound_alone(whole: bytes, rng: random.Random) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=8000)
        sound = np.random.default_rng(rng.getrandbits(64)).uniform(-1, 1, (1, 8192))
        frame = av.AudioFrame.from_ndarray(sound.astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return file.getvalue()


def _cover_alone(whole: bytes, rng: random.Random) -> bytes:
    frames = noise(rng, 1)
    return encoded(frames, "mp4", "mjpeg", "yuvj420p", disposition=Disposition.attached_pic)


def _text(text: str) -> Maker:
    return lambda whole, rng: text.format(salt=rng.getrandbits(64)).encode()


MAKERS: dict[str, tuple[str, Maker]] = {
    "empty": ("mp4", lambda whole, rng: b""),
    "NULs": ("mp4", lambda whole, rng: bytes(rng.randrange(1, 5000))),
    "text": ("mp4", _text("this is no video {salt}")),
    "noise behind an mp4's first box": ("mp4", lambda whole, rng: whole[:32] + rng.randbytes(4000)),
    "cut off": ("mp4", lambda whole, rng: whole[: rng.randrange(40, len(whole) // 2)]),
    "sample table of 2**30": ("mp4", _tables),
    "millions of edits": ("mp4", _edits),
    "fragment of 2**30 samples": ("mp4", _fragments),
    "compressed header": ("mov", _compressed_header),
    "twenty streams": ("mp4", _many_streams),
    "unknown codec": ("mp4", _unknown_codec),
    "gif of 65535x65535": ("gif", _gif_bomb),
    "avi of 65535x65535": ("avi", _avi_bomb),
    "frames too large": ("avi", lambda w, rng: muxed([picture(rng, 4200, 2400)], (4200, 2400))),
    "size changes midway": ("mkv", _size_changes),
    "3,601 frames": ("mkv", _many_frames),
    "an hour": ("mp4", lambda whole, rng: encoded(noise(rng, 2), seconds=[0, 3600])),
    "eleven days": ("mkv", lambda w, rng: encoded(noise(rng, 2), "matroska", seconds=[0, 1e6])),
    "headers alone": ("mkv", _no_clusters),
    "sound alone": ("mp4", _sound_alone),
    "cover picture alone": ("mp4", _cover_alone),
    "huffyuv": ("avi", lambda whole, rng: encoded(noise(rng), "avi", "huffyuv", "yuv422p")),
    "png": ("mov", lambda whole, rng: encoded(noise(rng, 2), "mov", "png", "rgb24")),
    "m3u8": ("mp4", _text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n#{salt}\n")),
    "ffconcat": ("mkv", _text("ffconcat version 1.0\nfile '/etc/passwd'\n#{salt}\n")),
    "session description": (
        "mp4",
        _text("v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n{salt}"),
    ),
    "DASH": (
        "mp4",
        _text("<MPD><Period><BaseURL>file:///etc/passwd</BaseURL></Period></MPD>{salt}"),
    ),
}
"""Suffix and maker of each kind that can't be scored."""

COSTLY: dict[str, tuple[str, Maker]] = {
    "scan repeated 220,000 times": ("avi", lambda whole, rng: scan_bomb(rng)),
    "two gigabytes of frames": ("avi", lambda whole, rng: _larger_than_memory(rng)),
}
"""The same, but each costs seconds or minutes."""


def _flipped(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(whole)
    for _ in range(rng.randrange(1, 20)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut_midway(whole: bytes, rng: random.Random) -> bytes:
    data = encoded(noise(rng), "matroska")
    return data[: len(data) // 2]


def _odd_times(whole: bytes, rng: random.Random) -> bytes:
    steps = np.cumsum([rng.choice([0.001, 0.002, 1, 20]) for _ in range(8)])
    return encoded(noise(rng), "matroska", seconds=[float(step) for step in steps])


def _avi_length(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(encoded(noise(rng), "avi", "mpeg4"))
    struct.pack_into("<I", data, data.index(b"avih") + 24, (1 << 31) - 1)
    return bytes(data)


ODD: dict[str, tuple[str, Maker]] = {
    "flipped bits": ("mp4", _flipped),
    "cut midway": ("mkv", _cut_midway),
    "odd times": ("mkv", _odd_times),
    "lying sizes": ("mkv", _lying_size),
    "avi of 2**31 frames": ("avi", _avi_length),
    "one pixel": ("gif", lambda whole, rng: encoded(noise(rng, 8, 1, 1), "gif", "gif", "rgb8")),
}
"""Kinds that may be scored or not, but the same each time."""
