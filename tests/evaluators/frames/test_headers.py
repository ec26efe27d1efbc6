"""What the first bytes of a file announce, and what its headers may claim."""

from __future__ import annotations

import io
import struct
from typing import cast

import pytest

from evaluators.frames.headers import MAX_SAMPLES, HeaderError, check_mov_headers, container_of


def opened(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(cast(io.RawIOBase, io.BytesIO(data)))


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def samples(count: int) -> bytes:
    return box(b"stsz", struct.pack(">III", 0, 1, count))


@pytest.mark.parametrize(
    ("start", "container"),
    [
        (b"\x1a\x45\xdf\xa3more", "matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"RIFF\0\0\0\0WAVEfmt ", "mov"),
        (b"GIF89a", "gif"),
        (b"\0\0\0\x18ftypisom", "mov"),
        (b"#EXTM3U", "mov"),
        (b"", "mov"),
    ],
)
def test_a_container_is_known_by_its_first_bytes(start: bytes, container: str) -> None:
    file = opened(start)
    assert container_of(file) == container
    assert file.tell() == 0


def test_as_many_samples_as_a_video_needs_are_let_through() -> None:
    file = opened(box(b"moov", samples(MAX_SAMPLES)))
    check_mov_headers(file)
    assert file.tell() == 0


@pytest.mark.parametrize(
    "body",
    [
        samples(MAX_SAMPLES + 1),
        samples(MAX_SAMPLES // 2) + samples(MAX_SAMPLES // 2 + 1),
        samples(MAX_SAMPLES // 2) + box(b"elst", struct.pack(">II", 0, 3)),
    ],
)
def test_what_is_claimed_is_added_up(body: bytes) -> None:
    with pytest.raises(HeaderError, match="a header that claims"):
        check_mov_headers(opened(box(b"moov", body)))


def test_the_media_data_may_hold_any_bytes() -> None:
    check_mov_headers(opened(box(b"mdat", samples(MAX_SAMPLES + 1)) + box(b"moov")))


def test_a_user_s_text_that_names_a_box_claims_nothing() -> None:
    text = box(b"\xa9cmt", b"a trunk: trun" + b"\xff" * 12)
    check_mov_headers(opened(box(b"moov", box(b"udta", text))))


def test_a_compressed_header_is_refused() -> None:
    with pytest.raises(HeaderError, match="a compressed header"):
        check_mov_headers(opened(box(b"moov", box(b"cmov"))))


def test_endless_boxes_are_refused() -> None:
    with pytest.raises(HeaderError, match="more than 100000 top-level boxes"):
        check_mov_headers(opened(box(b"free") * 100_001))
