"""The boxes of an mp4 file, taken apart and put together again."""

from __future__ import annotations

import struct
from typing import TypeAlias

Boxes: TypeAlias = "list[tuple[bytes, bytes | Boxes]]"
"""Names with bodies: bytes, or the boxes within."""

_NESTED = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts")


def split_boxes(data: bytes) -> Boxes:
    """The boxes of a file, or of a box's body."""
    parts: Boxes = []
    start = 0
    while start < len(data):
        size, name = struct.unpack_from(">I4s", data, start)
        body = data[start + 8 : start + size]
        parts.append((name, split_boxes(body) if name in _NESTED else body))
        start += size
    return parts


def join_boxes(parts: Boxes) -> bytes:
    """What `split_boxes` took apart."""
    bodies = [(name, body if isinstance(body, bytes) else join_boxes(body)) for name, body in parts]
    return b"".join(struct.pack(">I4s", 8 + len(body), name) + body for name, body in bodies)


def with_body(parts: Boxes, name: bytes, body: bytes | Boxes) -> Boxes:
    """The same boxes, but for the body of each that is called `name`."""
    return [
        (
            own,
            body if own == name else old if isinstance(old, bytes) else with_body(old, name, body),
        )
        for own, old in parts
    ]


def body_of(parts: Boxes, name: bytes) -> Boxes:
    """The boxes within the first box of this name at the top."""
    body = next(body for own, body in parts if own == name)
    if isinstance(body, bytes):
        raise ValueError(f"box {name!r}: holds no boxes that are known here")
    return body
