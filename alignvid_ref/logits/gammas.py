"""From what attention looks at to an inverse temperature: the two adaptive forms of gamma."""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-6


def energy_gamma(mean_logit: Tensor, *, lower: float = 1.0, upper: float = 1.35) -> Tensor:
    """Energy-based gamma: lower + (upper - lower) * sigmoid(mean logit).

    The paper asks for a monotone function of the mean of all logits and publishes none, so this one
    is ours: increasing, smooth, bounded on both sides, half way at a mean of 0 (queries and keys
    that on average say nothing about each other).

    Args:
        mean_logit: Any shape.
        lower: Limit for a mean logit of minus infinity.
        upper: Limit for plus infinity; the default keeps it at the authors' scalar setting.

    Returns:
        The shape of `mean_logit`, between `lower` and `upper`.
    """
    return lower + (upper - lower) * torch.sigmoid(mean_logit)


def conflict_gamma(
    image_mass: Tensor,
    text_mass: Tensor,
    normalised_entropy: Tensor,
    *,
    lower: float = 1.0,
    upper: float = 1.35,
) -> Tensor:
    """Conflict-aware gamma of each query token: 1 + C, clipped to [lower, upper].

    C = max(image - text, 0) / (image + text + eps) * H: a token acts where the image outweighs the
    text and its attention is spread out. With the default bounds C is clipped to [0, 0.35], as in
    the paper.

    Args:
        image_mass: Attention mass on image keys, 0 to 1, any shape.
        text_mass: Attention mass on text keys, the same shape.
        normalised_entropy: Entropy of the attention over the log of the number of keys, 0 to 1.
        lower: Smallest gamma.
        upper: Largest gamma.
    """
    surplus = (image_mass - text_mass).clamp(min=0.0)
    conflict = surplus / (image_mass + text_mass + EPSILON) * normalised_entropy
    return (1.0 + conflict).clamp(lower, upper)
