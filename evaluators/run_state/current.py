"""Which logged rows are still about today's files."""

from __future__ import annotations

from collections.abc import Mapping

Digests = Mapping[str, str | None]
"""Digest of each video's file by the video's id; None where the file can't be read."""


def is_current(video_id: str, digest: str | None, digests: Digests) -> bool:
    """Whether a logged row is about the video that lies in the submission now."""
    return digest is not None and digests.get(video_id) == digest
