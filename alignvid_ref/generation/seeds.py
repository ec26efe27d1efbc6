"""The seed of each sample."""

from __future__ import annotations

import hashlib


def sample_seed(seed: int, sample_id: str) -> int:
    """A sample's own seed, 0 to 2**63 - 1.

    It depends on the two arguments and on nothing else, so that a video is the same in whatever
    order, shard or process it is made.
    """
    digest = hashlib.sha256(f"{seed}:{sample_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
