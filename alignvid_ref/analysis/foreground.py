"""How much of a block's strong attention lies on the foreground."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from omiti2v.errors import UserError

_COMPONENTS = 3
_ITERATIONS = 20


@dataclass(frozen=True)
class ForegroundPrompt:
    """One prompt with the foreground of its reference image.

    Attributes:
        inputs: Keyword arguments of the pipeline's call, without `generator`.
        mask: True on the foreground: a boolean array of shape (height, width), or (frames, height,
            width) where the foreground moves, at any resolution.

    Raises:
        UserError: The mask is of another kind, or has no foreground or no background.
    """

    inputs: Mapping[str, Any]
    mask: np.ndarray[Any, np.dtype[np.bool_]]

    def __post_init__(self) -> None:
        mask = self.mask
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.ndim not in (2, 3):
            raise UserError(
                "mask: expected a boolean array of shape (height, width) or (frames, height, "
                f"width), got {getattr(mask, 'dtype', type(mask).__name__)} "
                f"{getattr(mask, 'shape', '')}"
            )
        if mask.all() or not mask.any():
            raise UserError(
                "mask: expected foreground and background, got only one of them; the ratio would "
                "be the same for every block"
            )

    def tokens(self, grid: tuple[int, int, int]) -> Tensor:
        """The mask of each token: True where at least half of its area is foreground.

        Args:
            grid: Frames, rows and columns of the tokens.

        Returns:
            Boolean, shape (frames * rows * columns,).
        """
        area = torch.from_numpy(self.mask).float()
        area = area[None] if area.ndim == 2 else area
        pooled = torch.nn.functional.adaptive_avg_pool3d(area[None], grid)
        inside: Tensor = pooled >= 0.5
        return inside.flatten()


def pseudo_rgb(attention: Tensor) -> Tensor:
    """The first three principal components of attention rows, as a colour for each token.

    A principal component has no sign. Each is turned so that it grows with the largest weight of
    the token's attention: brighter means more decided.

    Args:
        attention: Shape (tokens, keys).

    Returns:
        Shape (tokens, 3), float32, each channel stretched to 0..1; 0 where it does not vary.
    """
    rows = attention.float()
    centred = rows - rows.mean(dim=0)
    scores = centred @ _principal_axes(centred)
    peak = rows.amax(dim=1)
    agreement = ((peak - peak.mean())[:, None] * scores).sum(dim=0)
    scores = torch.where(agreement < 0, -scores, scores)
    low, high = scores.amin(dim=0), scores.amax(dim=0)
    # A component beyond the rank of the data is rounding noise, which must not be stretched.
    varies = (high - low) > 1e-5 * (high - low).amax().clamp(min=1e-12)
    colours = torch.where(varies, (scores - low) / (high - low).clamp(min=1e-30), 0.0)
    missing = _COMPONENTS - colours.shape[1]
    return torch.nn.functional.pad(colours, (0, missing))


def foreground_ratio(attention: Tensor, foreground: Tensor, *, top: float = 0.25) -> float:
    """Share of the tokens with high attention that lie on the foreground.

    The paper takes a PCA of a block's attention to a pseudo-RGB map and the high-attention tokens
    of that; it does not say which tokens are high. Here they are the `top` share with the brightest
    colours (mean of the channels).

    Args:
        attention: Shape (tokens, keys).
        foreground: Boolean, shape (tokens,).
        top: Share of the tokens that count as high, above 0 and up to 1.

    Returns:
        0 to 1. The share of the foreground in the picture is what chance would give.
    """
    brightness = pseudo_rgb(attention).mean(dim=1)
    count = max(1, math.ceil(top * len(brightness)))
    highest = brightness.topk(count).indices
    return float(foreground.to(highest.device)[highest].float().mean())


def _principal_axes(centred: Tensor) -> Tensor:
    """Orthonormal axes of the largest variance, shape (keys, at most 3).

    By subspace iteration from a fixed start: attention has tens of thousands of rows and columns,
    too many for a full decomposition, and three axes are wanted.
    """
    keys = centred.shape[1]
    count = min(_COMPONENTS, keys)
    # More axes than wanted, so that those wanted converge fast.
    width = min(4 * _COMPONENTS, keys)
    start = torch.randn(keys, width, generator=torch.Generator().manual_seed(0))
    axes = torch.linalg.qr(start.to(centred.device)).Q
    for _ in range(_ITERATIONS):
        axes = torch.linalg.qr(centred.T @ (centred @ axes)).Q
    _, _, rotation = torch.linalg.svd(centred @ axes, full_matrices=False)
    turned: Tensor = axes @ rotation.T
    return turned[:, :count]
