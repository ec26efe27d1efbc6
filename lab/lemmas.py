"""What scaling the logits of one query by gamma does to its attention, with proofs.

Notation: z are the logits of a query over its keys, p(gamma) = softmax(gamma * z), v_j the values,
o(gamma) = sum_j p_j(gamma) v_j.
"""

from __future__ import annotations

import torch
from torch import Tensor


def subset_entropy(logits: Tensor, gamma: float | Tensor, subset: Tensor) -> Tensor:
    """Entropy in nats of softmax(gamma * logits) conditioned on a subset of the keys.

    Args:
        logits: Shape (..., keys); the dtype is kept.
        gamma: Inverse temperature, broadcast against (..., 1).
        subset: Boolean, shape (keys,), at least one True.
    """
    conditioned = (gamma * logits[..., subset]).softmax(dim=-1)
    entropy: Tensor = torch.special.entr(conditioned).sum(dim=-1)
    return entropy


def entropy_slope(logits: Tensor, gamma: float | Tensor, subset: Tensor) -> Tensor:
    """The derivative of `subset_entropy` with respect to gamma.

    Lemma: it is -gamma * Var_q[z] <= 0, with q the attention conditioned on the subset S.

    Proof: q(gamma) = softmax(gamma * z) over S alone, since the normaliser cancels. With
    A(gamma) = log sum_S exp(gamma z_j): log q_j = gamma z_j - A, so H = A - gamma * E_q[z]. As
    A' = E_q[z] and d E_q[z] / d gamma = Var_q[z],
    H' = E_q[z] - E_q[z] - gamma * Var_q[z] = -gamma * Var_q[z].

    Args:
        logits: Shape (..., keys).
        gamma: Inverse temperature, broadcast against (..., 1).
        subset: Boolean, shape (keys,), at least one True.

    Returns:
        Shape (...).
    """
    inside = logits[..., subset]
    weights = (gamma * inside).softmax(dim=-1)
    mean = (weights * inside).sum(dim=-1, keepdim=True)
    variance = (weights * (inside - mean).square()).sum(dim=-1)
    factor = gamma.squeeze(-1) if isinstance(gamma, Tensor) and gamma.ndim else gamma
    return -factor * variance


def lipschitz_constant(logits: Tensor, values: Tensor) -> Tensor:
    """A constant L with |o(a) - o(b)| <= L * |a - b| for all inverse temperatures a and b.

    L = R * D / 4, where R = max z - min z is the spread of the logits and D = max |v_i - v_j| the
    diameter of the values, in the Euclidean norm.

    Proof: p_j' = p_j (z_j - E_p[z]), so o'(gamma) = Cov_p(z, v). For any unit vector u,
    <u, o'> = Cov_p(z, <u, v>), by Cauchy-Schwarz at most sd_p(z) * sd_p(<u, v>) in magnitude. A
    variable confined to an interval has a standard deviation of at most half its length (Popoviciu)
    whatever p is; z is confined to length R and <u, v> to length D, as
    |<u, v_i> - <u, v_j>| <= |v_i - v_j| <= D. So |<u, o'>| <= (R / 2) (D / 2) for every u, which is
    |o'| <= R D / 4, and the mean value inequality gives the claim.

    The constant can't be made smaller: with two keys o' at gamma = 0 is exactly R D / 4. It knows
    nothing of p, so for sharp attention (R much over 1) the true change is far smaller.

    Per-head outputs add up as vectors, so the bound for an attention layer in one gamma is the sum
    over heads of the bounds on the projected values.

    Args:
        logits: Shape (..., keys).
        values: Shape (..., keys, d).

    Returns:
        Shape (...).
    """
    spread = logits.amax(dim=-1) - logits.amin(dim=-1)
    # The shortcut through inner products loses half the digits for values that lie close together.
    distances = torch.cdist(values, values, compute_mode="donot_use_mm_for_euclid_dist")
    return spread * distances.amax(dim=(-2, -1)) / 4
