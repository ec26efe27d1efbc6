"""Where a video breaks off: cuts, things that come and go, stills in place of motion.

Without a model, on pictures of 32 pixels. Two frames are compared block by block, by the structure
that is left when the mean and the slope of a block's brightness are taken off (the second factor of
SSIM; Wang et al., IEEE Transactions on Image Processing 13, 2004). So neither light that changes
nor a camera that shakes makes a break.

What the thresholds find and how often they err: `docs/gaming.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from evaluators.frames import Video
from evaluators.frames.resizing import Pixels, resize
from evaluators.metrics.stillness import shows_new, small_greys

SHORT_SIDE = 32
BLOCK = 4
TEXTURE = 40.0 * BLOCK**2
"""Squared levels of a block that count as flat: what compression and noise leave."""
ALIKE = 0.5
DARKEST, LIGHTEST = 8, 250
"""Beyond them a block shows no structure, whatever is there."""
SEEN = 0.1
"""Share of the blocks within these levels below which a frame shows nothing: black, or a flash."""
SHIFT = 2
LEAST_CHANGE = 0.01

CUT_SHARE = 0.25
CUT_RATIO = 2.5
FLICKER_SHARE = 0.04
FLICKER_REST = 0.2
FLICKER_FRAMES = 3
FLICKERS = 4
LONG_STILL = 0.2
MOSTLY_STILL = 0.9

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Continuity:
    """What breaks in a video.

    Attributes:
        cuts: Frames, counted from 0, that replace a quarter of the picture or more at once.
        cut_share: Share of the picture that the largest of them replaces; 0 for none.
        flickers: Frames that show, for three frames at most, what is there neither before nor
            after; empty for fewer than four.
        still_share: Share of the frames that lie in stills of a fifth of the video or more.
        stills: Number of these stills.
    """

    cuts: tuple[int, ...]
    cut_share: float
    flickers: tuple[int, ...]
    still_share: float
    stills: int


def continuity(video: Video) -> Continuity:
    """Look for breaks; each frame is made small once."""
    pictures: list[Pixels] = []

    def seen() -> Iterator[Pixels]:
        for picture in small_greys(video):
            pictures.append(_tiny(picture))
            yield picture

    new = shows_new(seen())
    blocks = _Blocks(np.stack(pictures))
    flickers = _flickers(blocks)
    # Of frames that are held, one: else every step of a low rate stands out from those beside it.
    kept = new & blocks.seen
    kept[list(flickers)] = False
    cuts, share = _cuts(blocks, np.flatnonzero(kept))
    lengths = np.diff(np.append(np.flatnonzero(new), len(new)))
    stills = lengths[lengths >= max(min(2, len(new)), LONG_STILL * len(new))]
    return Continuity(
        cuts=cuts,
        cut_share=share,
        flickers=flickers if len(flickers) >= FLICKERS else (),
        still_share=float(stills.sum() / len(new)),
        stills=len(stills),
    )


class _Blocks:
    """Frames as blocks, without the mean and the slope of each.

    Args:
        pictures: Grey, shape (frames, height, width), sides multiples of `BLOCK`.
    """

    def __init__(self, pictures: Pixels) -> None:
        self._pictures = pictures
        blocks = _in_blocks(pictures)
        self._means = blocks.mean(axis=2)
        self._lit = (blocks.max(axis=2) <= LIGHTEST) & (self._means >= DARKEST)
        self._structure = blocks @ _LEVELED
        self.seen = self._lit.mean(axis=1) >= SEEN

    def __len__(self) -> int:
        return len(self._pictures)

    def steps(self, frames: Indices, least: float) -> Floats:
        """Share of the blocks that show something else, from each of the frames to the next.

        Exact for the steps of `least` or more and those beside them, which is all that is asked
        for; others may come out too large, but below `least`: most need no search for a shift.
        """
        one, other = frames[:-1], frames[1:]
        shares = self._replaced(one, other)
        large = np.pad(shares >= least, 1)
        near = large[:-2] | large[1:-1] | large[2:]
        self._forgive_shifts(shares, one, other, near)
        return shares

    def returns(self, one: Indices, other: Indices, most: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether no more than that share of the blocks shows something else, pair by pair."""
        shares = self._replaced(one, other)
        self._forgive_shifts(shares, one, other, shares > most)
        return shares <= most

    def _replaced(self, one: Indices, other: Indices) -> Floats:
        lit = self._lit[one] & self._lit[other]
        gain = _gains(self._means[one], self._means[other], lit)
        return _unlike(self._structure[one], self._structure[other], gain, lit)

    def _forgive_shifts(
        self, shares: Floats, one: Indices, other: Indices, where: NDArray[np.bool_]
    ) -> None:
        """A camera that moved explains what the best shift of the whole picture explains."""
        size = self._pictures.shape[1:]
        # Pair by pair, as each has 25 pictures.
        for at in np.flatnonzero(where & (shares >= LEAST_CHANGE)):
            first, second = one[at : at + 1], other[at : at + 1]
            lit = self._lit[first] & self._lit[second]
            gain = _gains(self._means[first], self._means[second], lit)
            padded = np.pad(self._pictures[second[0]], SHIFT, mode="edge")
            shifted = sliding_window_view(padded, size).reshape(-1, *size)
            again = _unlike(self._structure[first], _in_blocks(shifted) @ _LEVELED, gain, lit)
            shares[at] = min(shares[at], again.min())


def _flickers(blocks: _Blocks) -> tuple[int, ...]:
    """Frames of short runs that differ from what is before and after, which is one and the same.

    Before, within and after a run little happens, or the two take turns frame by frame: a thing
    that swings, or crosses the picture fast, does not flicker.
    """
    steps = blocks.steps(np.arange(len(blocks)), FLICKER_SHARE)
    around = np.pad(steps, 1)
    found = np.zeros(len(blocks), dtype=np.bool_)
    single = np.zeros(len(blocks), dtype=np.bool_)
    for run in range(1, FLICKER_FRAMES + 1):
        least = np.minimum(steps[:-run], steps[run:])
        at = np.flatnonzero(least >= FLICKER_SHARE)
        if not len(at):
            continue
        rest = FLICKER_REST * least[at]
        moves = np.maximum(around[at], around[at + run + 2])
        for within in range(1, run):
            moves = np.maximum(moves, steps[at + within])
        calm = moves <= rest
        if run > 1:
            at, rest, calm = at[calm], rest[calm], calm[calm]
        back = blocks.returns(at, at + run + 1, rest)
        for start in at[back & calm] + 1:
            found[start : start + run] = True
        if run == 1:
            single[at[back] + 1] = True
    found[1:-1] |= single[:-2] & single[1:-1] & single[2:]
    return tuple(map(int, np.flatnonzero(found)))


def _cuts(blocks: _Blocks, kept: Indices) -> tuple[tuple[int, ...], float]:
    """Frames that replace much of the picture at once, as no step beside them does."""
    steps = blocks.steps(kept, CUT_SHARE)
    around = np.pad(steps, 1)
    beside = np.maximum(around[:-2], around[2:])
    found = np.flatnonzero((steps >= CUT_SHARE) & (steps >= CUT_RATIO * beside))
    return tuple(map(int, kept[found + 1])), float(steps[found].max(initial=0.0))


def _tiny(picture: Pixels) -> Pixels:
    scale = min(1.0, SHORT_SIDE / min(picture.shape))
    height, width = (max(1, round(side * scale / BLOCK)) * BLOCK for side in picture.shape)
    return resize(picture, width, height)


def _in_blocks(pictures: Pixels) -> Floats:
    """Shape (frames, blocks, pixels of a block)."""
    frames, height, width = pictures.shape
    tall, wide = height // BLOCK, width // BLOCK
    blocks = pictures.reshape(frames, tall, BLOCK, wide, BLOCK).transpose(0, 1, 3, 2, 4)
    return blocks.reshape(frames, tall * wide, BLOCK**2).astype(np.float32)


def _gains(one: Floats, other: Floats, lit: NDArray[np.bool_]) -> Floats:
    """How many times as bright the second of each pair is, shape (pairs, 1)."""
    ratios = np.sort(np.where(lit, other / np.maximum(one, 1), np.inf), axis=1)
    count = lit.sum(axis=1, keepdims=True)
    middle = (np.take_along_axis(ratios, place, axis=1) for place in ((count - 1) // 2, count // 2))
    return np.where(count, sum(middle) / 2, 1).astype(np.float32)


def _unlike(one: Floats, other: Floats, gain: Floats, lit: NDArray[np.bool_]) -> Floats:
    """Share of the blocks that are less than half alike, of those that are lit in both."""
    shared = np.einsum("tbp,tbp->tb", *np.broadcast_arrays(one, other))
    power = (
        np.einsum("tbp,tbp->tb", one, one) * gain + np.einsum("tbp,tbp->tb", other, other) / gain
    )
    alike = (2 * shared + TEXTURE) / (power + TEXTURE)
    return np.asarray(((alike < ALIKE) & lit).mean(axis=1), dtype=np.float32)


def _leveled() -> Floats:
    """What takes from a block, seen as a vector, the plane that fits it best."""
    rows, columns = np.indices((BLOCK, BLOCK)).reshape(2, -1) - (BLOCK - 1) / 2
    planes = np.stack([np.ones(BLOCK**2), rows, columns])
    planes /= np.linalg.norm(planes, axis=1, keepdims=True)
    leveled: Floats = (np.eye(BLOCK**2) - planes.T @ planes).astype(np.float32)
    return leveled


_LEVELED = _leveled()
