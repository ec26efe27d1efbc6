"""What is refused, how it is said, and that no file does harm."""

from __future__ import annotations

import random
import struct
import time

import av
import numpy as np
import psutil
import pytest

from evaluators.frames import DecodeError, Limits, Video, decode_video
from lab.soak.boxes import body_of, join_boxes, split_boxes, with_body


def refusal(path, **limits):
    with pytest.raises(DecodeError) as caught:
        decode_video(path, limits=Limits(**limits))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        bytes(5000),
        b"\0\0\0\x10ftypisom\0\0\0\0",
        b"RIFF",
    ],
)
def test_what_is_not_a_video_is_refused(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert refusal(path).startswith("not a video that can be decoded: ")


def test_sound_alone_is_refused(tmp_path, write_video, noise):
    both = write_video(tmp_path / "both.mp4", noise, sound=True)
    path = tmp_path / "a.mp4"
    with av.open(str(both)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    assert refusal(path) == "expected a video, found no video stream"


@pytest.mark.parametrize("suffix", [".mkv", ".gif"])
def test_a_video_without_frames_is_refused(tmp_path, write_video, noise, suffix):
    codec = {".mkv": "libx264", ".gif": "gif"}[suffix]
    pix_fmt = {".mkv": "yuv420p", ".gif": "rgb8"}[suffix]
    path = write_video(tmp_path / f"a{suffix}", noise, codec=codec, pix_fmt=pix_fmt)
    data = path.read_bytes()
    end = data.index(b"\x1f\x43\xb6\x75") if suffix == ".mkv" else 13
    path.write_bytes(data[:end])
    assert refusal(path)


def test_a_codec_off_the_list_is_refused(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.avi", noise, codec="huffyuv", pix_fmt="yuv422p")
    assert refusal(path).startswith("codec huffyuv, expected one of av1, ")


# Limits.


def test_each_limit_is_kept(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise)
    size = path.stat().st_size
    assert refusal(path, max_file_bytes=size - 1) == f"{size} bytes, expected at most {size - 1}"
    assert refusal(path, max_pixels=64 * 48 - 1) == "frames of 64x48, expected at most 3071 pixels"
    assert refusal(path, max_frames=7) == "more than 7 frames"
    enough = 8 * 64 * 48 * 3
    assert refusal(path, max_decoded_bytes=enough - 1) == (
        f"more than {enough - 1} bytes of decoded frames"
    )
    assert refusal(path, max_decoded_bytes=10) == "more than 10 bytes of decoded frames"
    assert refusal(path, max_seconds=0.4) == "0.4375 seconds, expected at most 0.4"
    assert refusal(path, max_decode_seconds=1e-9) == "not decoded within 1e-09 seconds"


def test_a_video_just_within_the_limits_is_let_through(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise)
    limits = Limits(
        max_file_bytes=path.stat().st_size,
        max_pixels=64 * 48,
        max_frames=8,
        max_decoded_bytes=8 * 64 * 48 * 3,
        max_seconds=0.4375,
    )
    assert len(decode_video(path, limits=limits).frames) == 8


def join_videos(path, *parts):
    """Put the packets of several mkv files of one codec behind each other."""
    with av.open(str(path), "w") as target:
        stream, offset = None, 0
        for part in parts:
            with av.open(str(part)) as source:
                stream = stream or target.add_stream_from_template(source.streams.video[0])
                for packet in source.demux(video=0):
                    if packet.size:
                        packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                        packet.stream = stream
                        target.mux(packet)
            offset += 1000
    return path


@pytest.fixture
def large_and_small(tmp_path, write_video, noise):
    jpeg = {"codec": "mjpeg", "pix_fmt": "yuvj420p"}
    large = write_video(tmp_path / "large.mkv", noise, **jpeg)
    small = write_video(tmp_path / "small.mkv", noise[:, :32, :32], **jpeg)
    return large, small


def test_a_change_of_size_midway_is_refused(tmp_path, large_and_small):
    path = join_videos(tmp_path / "a.mkv", *large_and_small)
    assert refusal(path) == "frame size changes from 64x48 to 32x32 at frame 8"


def test_the_decoder_itself_makes_no_frame_beyond_the_limit(tmp_path, large_and_small):
    path = join_videos(tmp_path / "a.mkv", *reversed(large_and_small))
    assert refusal(path) == "frame size changes from 32x32 to 64x48 at frame 8"
    video = decode_video(path, limits=Limits(max_pixels=32 * 32))
    assert video.frames.shape == (8, 32, 32, 3)
    assert video.truncated


# Claims of headers.


def test_a_claim_of_four_gigapixels_takes_no_memory(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.avi", noise, codec="rawvideo", pix_fmt="yuv420p")
    data = bytearray(path.read_bytes())
    at = data.index(b"strf") + 8
    assert struct.unpack_from("<ii", data, at + 4) == (64, 48)
    struct.pack_into("<ii", data, at + 4, 65535, 65535)
    path.write_bytes(data)
    before = psutil.Process().memory_info()
    message = refusal(path)
    after = psutil.Process().memory_info()
    assert message.startswith("no frame size found, or one of more than 9437184 pixels")
    assert after.rss - before.rss < 50 << 20


@pytest.fixture
def mp4(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise, container_options={"movflags": "faststart"})
    return path, split_boxes(path.read_bytes())


def test_a_sample_table_that_claims_a_billion_samples_is_refused(mp4):
    path, parts = mp4
    count = 1 << 30
    parts = with_body(parts, b"stsz", struct.pack(">III", 0, 1, count))
    parts = with_body(parts, b"stts", struct.pack(">IIII", 0, 1, count, 1))
    parts = with_body(parts, b"stsc", struct.pack(">IIIII", 0, 1, 1, count, 1))
    path.write_bytes(join_boxes(parts))
    assert refusal(path).startswith(f"a header that claims {count} samples in 1 edits")


def test_an_edit_list_that_plays_the_video_millions_of_times_is_refused(mp4):
    path, parts = mp4
    edits = 5_000_000
    path.write_bytes(join_boxes(with_body(parts, b"elst", struct.pack(">II", 0, edits))))
    assert refusal(path).startswith(f"a header that claims 8 samples in {edits} edits")


def test_a_fragment_that_claims_a_billion_samples_is_refused(tmp_path, write_video, noise):
    options = {"movflags": "frag_keyframe+empty_moov"}
    path = write_video(tmp_path / "a.mp4", noise, container_options=options)
    data = bytearray(path.read_bytes())
    struct.pack_into(">I", data, data.index(b"trun") + 8, 1 << 30)
    path.write_bytes(data)
    assert refusal(path).startswith("a header that claims 107374182")


def test_a_compressed_header_is_refused(mp4):
    path, parts = mp4
    body = struct.pack(">I4s", 16, b"cmov") + bytes(8)
    path.write_bytes(join_boxes(with_body(parts, b"moov", body)))
    assert refusal(path) == "a compressed header, expected a plain one"


def test_more_streams_than_a_video_needs_are_refused(mp4):
    path, parts = mp4
    moov = body_of(parts, b"moov")
    moov.extend([part for part in moov if part[0] == b"trak"] * 20)
    path.write_bytes(join_boxes(parts))
    assert refusal(path).startswith("not a video that can be decoded: ")


# Other files.


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".mkv", ".gif"])
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
        "concat:{path}|{path}",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        '<?xml version="1.0"?><MPD><Period><BaseURL>file://{path}</BaseURL></Period></MPD>',
    ],
    ids=["m3u8", "ffconcat", "concat", "sdp", "dash"],
)
def test_a_playlist_can_not_reach_another_file(tmp_path, write_video, noise, text, suffix):
    victim = write_video(tmp_path / "victim.mp4", noise)
    path = tmp_path / f"a{suffix}"
    path.write_text(text.format(path=victim))
    assert refusal(path).startswith("not a video that can be decoded: ")


def test_a_pattern_in_the_name_is_just_a_name(tmp_path, write_video, noise, lossless):
    write_video(tmp_path / "a001.mp4", noise[:2])
    path = write_video(tmp_path / "b.mp4", noise, **lossless).rename(tmp_path / "a%03d.mp4")
    assert np.array_equal(decode_video(path).frames, noise)


# Damage of every kind.


def damaged(data, generator):
    data = bytearray(data)
    kind = generator.randrange(4)
    if kind == 0:
        return data[: generator.randrange(len(data))]
    if kind == 3:
        start, length = generator.randrange(len(data)), generator.randrange(1, 200)
        data[start : start + length] = generator.randbytes(length)
        return data
    reach = len(data) if kind == 1 else min(len(data), 1500)
    for _ in range(generator.randrange(1, 20)):
        data[generator.randrange(reach)] ^= 1 << generator.randrange(8)
    return data


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".gif"])
def test_a_damaged_file_is_a_video_or_refused_and_nothing_else(
    tmp_path, write_video, noise, suffix, capfd
):
    codec, pix_fmt = {".gif": ("gif", "rgb8"), ".avi": ("mpeg4", "yuv420p")}.get(
        suffix, ("libx264", "yuv420p")
    )
    options = {"movflags": "faststart"} if suffix == ".mp4" else {}
    path = write_video(
        tmp_path / f"a{suffix}", noise, codec=codec, pix_fmt=pix_fmt, container_options=options
    )
    whole = path.read_bytes()
    capfd.readouterr()
    kinds = set()
    for seed in range(60):
        path.write_bytes(damaged(whole, random.Random(seed)))
        started = time.monotonic()
        try:
            result: Video | None = decode_video(path)
        except DecodeError as error:
            assert str(error).startswith(f"{path}: ")
            result = None
        assert time.monotonic() - started < 5
        if result is not None:
            assert result.frames.shape[0] == len(result.times) > 0
            assert result.times[0] == 0
            assert (np.diff(result.times) > 0).all()
            assert np.isfinite(result.fps)
        kinds.add(type(result))
    assert kinds == {Video, type(None)}
    output = capfd.readouterr()
    assert output.out == output.err == ""
