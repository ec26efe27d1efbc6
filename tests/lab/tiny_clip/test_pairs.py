"""What the tiny CLIP learns from."""

from __future__ import annotations

from lab.tiny_clip.pairs import make_pairs


def test_pairs_hold_the_ends_of_an_edit() -> None:
    pairs = make_pairs(6, seed=5)
    assert pairs.frames.shape == (6, 2, 64, 64, 3)
    assert all(before != after for before, after in pairs.captions)
    assert (pairs.slots[:, 0] != pairs.slots[:, 1]).any(axis=(1, 2)).all()
