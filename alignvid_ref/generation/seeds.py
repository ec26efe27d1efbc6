"""The seed of each sample, and those of its takes."""

from __future__ import annotations

import hashlib

from omiti2v.errors import UserError
from omiti2v.records import brief

MAX_SEEDS = 1000


def sample_seed(seed: int, sample_id: str) -> int:
    """A sample's own seed, 0 to 2**63 - 1.

    It depends on the two arguments and on nothing else, so that a video is the same in whatever
    order, shard or process it is made.
    """
    digest = hashlib.sha256(f"{seed}:{sample_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds written with commas, as "0,1,2".

    Raises:
        UserError: They are not of that form, one is there twice, or there are more than 1,000.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and int(part) < 2**63 for part in parts):
        raise UserError(f"--seeds: expected whole numbers with commas, as 0,1,2, got {brief(text)}")
    seeds = tuple(map(int, parts))
    if len(set(seeds)) < len(seeds):
        raise UserError(f"--seeds: expected each seed once, got {brief(text)}")
    if len(seeds) > MAX_SEEDS:
        raise UserError(f"--seeds: expected at most {MAX_SEEDS}, got {len(seeds)}")
    return seeds
