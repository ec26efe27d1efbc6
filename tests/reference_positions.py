"""Positions in Qwen2-VL and Qwen2.5-VL from their definition: one token after another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch


def reference_positions(
    tokens: Sequence[int],
    *,
    video_token: int,
    grid: Sequence[int],
    merge: int = 2,
    positions_per_step: float = 1.0,
) -> torch.Tensor:
    """Time, row and column of each token, shape (3, 1, tokens); one video at most.

    `positions_per_step` is seconds from one step to the next, times positions in a second.
    """
    rows, columns = grid[1] // merge, grid[2] // merge
    largest, start, seen = -1, 0, 0
    places: list[tuple[int, int, int]] = []
    for token in tokens:
        if token != video_token:
            place = (largest + 1,) * 3
        else:
            start = largest + 1 if seen == 0 else start
            step, rest = divmod(seen, rows * columns)
            row, column = divmod(rest, columns)
            place = (start + math.floor(step * positions_per_step), start + row, start + column)
            seen += 1
        places.append(place)
        if token != video_token or seen == grid[0] * rows * columns:
            largest = max(largest, *(max(known) for known in places))
    return torch.tensor(places).T[:, None]
