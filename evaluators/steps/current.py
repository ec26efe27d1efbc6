"""What the steps share: which logged rows are still about today's files, and how failures read."""

from __future__ import annotations

from collections.abc import Mapping

Digests = Mapping[str, str | None]
"""Digest of each sample's video by sample id; None where the file can't be read."""

REASON_LENGTH = 300


def is_current(sample_id: str, digest: str | None, digests: Digests) -> bool:
    """Whether a logged row is about the video that lies in the submission now."""
    return digest is not None and digests.get(sample_id) == digest


def as_reason(text: str | Exception) -> str:
    """A failure as one line of bounded length."""
    if isinstance(text, Exception):
        text = f"{type(text).__name__}: {text}"
    return " ".join(text.split())[:REASON_LENGTH]
