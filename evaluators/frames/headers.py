"""What the first bytes and the headers of a file say, before libav is let near it.

libav builds its tables as large as an mp4 header claims that they are: fifty kilobytes can ask for
many gigabytes of memory. The claims are added up here first.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from typing import Literal

ContainerName = Literal["mov", "matroska", "avi", "gif"]
"""Containers that hold their own frames. Playlists, session descriptions, image patterns and
subtitles, which may point at other files, are not among them."""

# Two minutes of uncompressed sound at 192 kHz are 23 million samples; each takes libav 80 bytes.
MAX_SAMPLES = 32_000_000
MAX_HEADER_BYTES = 64 << 20
MAX_BOXES = 100_000

# Where a box's claimed number of entries stands, counted from the end of its name.
_COUNT_OFFSETS = {b"stsz": 8, b"stz2": 8, b"trun": 4, b"elst": 4}

# Where libav reads a box's content as text, and as nothing else.
_TEXT_PATHS = {
    b"": (b"moov",),
    b"moov": (b"udta", b"meta"),
    b"udta": (b"meta",),
    b"meta": (b"ilst",),
}


class HeaderError(Exception):
    """A header that claims more than a video needs. The message says what."""


def container_of(file: BufferedReader) -> ContainerName:
    """The container that the first bytes announce; `mov` (mp4) where they announce no other."""
    file.seek(0)
    start = file.read(12)
    file.seek(0)
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if start.startswith(b"RIFF") and start.endswith(b"AVI "):
        return "avi"
    if start.startswith(b"GIF8"):
        return "gif"
    return "mov"


def check_mov_headers(file: BufferedReader) -> None:
    """Check what an mp4 or mov file claims outside of its media data; `file` ends at its start.

    Raises:
        HeaderError: The sample tables are larger than those of any video that is let through.
    """
    samples, edits = 0, 0
    for body in _headers(file):
        if b"cmov" in body:
            raise HeaderError("a compressed header, expected a plain one")
        for name, count in _claims(body):
            if name == b"elst":
                edits += count
            else:
                samples += count
    file.seek(0)
    # Each edit may play all of the samples again, and libav lists them for each.
    if samples * max(edits, 1) > MAX_SAMPLES:
        raise HeaderError(
            f"a header that claims {samples} samples in {edits} edits, "
            f"expected at most {MAX_SAMPLES} altogether"
        )


def _headers(file: BufferedReader) -> Iterator[bytes]:
    """The top-level boxes of the file, except for the media data."""
    position, total = 0, 0
    for _ in range(MAX_BOXES):
        file.seek(position)
        start = file.read(16)
        if len(start) < 8:
            return
        size, name, head = int.from_bytes(start[:4]), start[4:8], 8
        if size == 1:
            size, head = int.from_bytes(start[8:]), 16
        if size != 0 and size < head:
            return
        if name != b"mdat":
            file.seek(position)
            body = file.read(min(size or MAX_HEADER_BYTES + 1, MAX_HEADER_BYTES + 1))
            total += len(body)
            if total > MAX_HEADER_BYTES:
                raise HeaderError(f"headers of more than {MAX_HEADER_BYTES} bytes")
            yield _without_text(body)
        if size == 0:
            return
        position += size
    raise HeaderError(f"more than {MAX_BOXES} top-level boxes")


def _without_text(box: bytes) -> bytes:
    """The box with its user's texts blanked: a prompt may well speak of a tree trunk."""
    blanked = bytearray(box)

    def blank(parent: bytes, start: int, end: int) -> None:
        for name, inner, stop in _children(box, start, end):
            if parent in (b"udta", b"ilst") and (name[0] == 0xA9 or name[:2] == b"\0\0"):
                blanked[inner:stop] = bytes(stop - inner)
            elif name in _TEXT_PATHS.get(parent, ()):
                # In mp4, not in mov, a version number stands before the boxes of "meta".
                versioned = name == b"meta" and box[inner + 4 : inner + 8] != b"hdlr"
                blank(name, inner + (4 if versioned else 0), stop)

    blank(b"", 0, len(box))
    return bytes(blanked)


def _children(box: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte of the content and end of each box from `start`, up to one that is odd."""
    while start + 8 <= end:
        size = int.from_bytes(box[start : start + 4])
        if not 8 <= size <= end - start:
            return
        yield box[start + 4 : start + 8], start + 8, start + size
        start += size


def _claims(body: bytes) -> Iterator[tuple[bytes, int]]:
    # By name alone, wherever it stands: how the boxes nest is not for the file to decide.
    for name, offset in _COUNT_OFFSETS.items():
        at = body.find(name)
        while at >= 0:
            count = body[at + 4 + offset : at + 8 + offset]
            yield name, int.from_bytes(count)
            at = body.find(name, at + 4)
