"""What attention looks at: mass on groups of keys, entropy and the mean logit.

All functions work in float32 whatever the inputs are, because entropies are small differences of
large sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

CHUNK_ELEMENTS = 1 << 24
"""Logits held at once by `measure`: 64 MiB in float32, of which about four copies are alive."""


@dataclass(frozen=True)
class Measures:
    """What `measure` found for each query token.

    Attributes:
        masses: Attention mass by group of keys, shape (batch, heads, queries, groups), 0 to 1.
        entropy: Entropy of the attention over all keys in nats, shape (batch, heads, queries).
        normalised_entropy: The same divided by the log of the number of keys that are not masked,
            0 to 1; 0 where there is a single key.
    """

    masses: Tensor
    entropy: Tensor
    normalised_entropy: Tensor


def measure(
    query: Tensor,
    key: Tensor,
    *,
    groups: Tensor,
    key_mask: Tensor | None = None,
    chunk_elements: int = CHUNK_ELEMENTS,
) -> Measures:
    """Masses and entropy of softmax(query key' / sqrt(d)), without the whole matrix in memory.

    Queries are independent of each other, so they are taken in chunks of as many as fit.

    Args:
        query: Shape (batch, queries, heads, d).
        key: Shape (batch, keys, heads, d).
        groups: Which keys belong to which group, boolean, shape (groups, keys).
        key_mask: True for keys that take part, shape (batch, keys); None for all.
        chunk_elements: Largest number of logits to hold at once (one query at the least).
    """
    batch, keys = key.shape[:2]
    members = groups.to(device=query.device, dtype=torch.float32).T
    masses, entropies = [], []
    for probabilities in _attention_chunks(query, key, key_mask, chunk_elements):
        masses.append(probabilities @ members)
        entropies.append(torch.special.entr(probabilities).sum(dim=-1))
    entropy = torch.cat(entropies, dim=2)
    if key_mask is None:
        counts = torch.full((batch,), keys, device=query.device)
    else:
        counts = key_mask.sum(dim=1)
    largest = counts.float().log().view(-1, 1, 1)
    normalised = torch.where(largest > 0, entropy / largest, torch.zeros_like(entropy))
    # Rounding can lift a uniform distribution a hair over its maximum.
    return Measures(torch.cat(masses, dim=2), entropy, normalised.clamp(0.0, 1.0))


def mean_attention(
    query: Tensor,
    key: Tensor,
    *,
    key_mask: Tensor | None = None,
    chunk_elements: int = CHUNK_ELEMENTS,
) -> Tensor:
    """Attention averaged over heads, shape (batch, queries, keys); arguments as for `measure`."""
    chunks = _attention_chunks(query, key, key_mask, chunk_elements)
    return torch.cat([chunk.mean(dim=1) for chunk in chunks], dim=1)


def attention_logits(query: Tensor, key: Tensor, *, key_mask: Tensor | None = None) -> Tensor:
    """Scaled products in float32, shape (batch, heads, queries, keys); minus infinity if masked."""
    logits: Tensor = torch.einsum("bqhd,bkhd->bhqk", query.float(), key.float())
    logits = logits / math.sqrt(query.shape[-1])
    if key_mask is None:
        return logits
    return logits.masked_fill(~key_mask[:, None, None, :], float("-inf"))


def mean_logit(
    query: Tensor,
    key: Tensor,
    *,
    query_mask: Tensor | None = None,
    key_mask: Tensor | None = None,
) -> Tensor:
    """The mean of all logits query key' / sqrt(d) over heads, queries and keys.

    The mean of all products is the product of the means, so this costs a sum over the tokens and no
    logits matrix.

    Args:
        query: Shape (batch, queries, heads, d).
        key: Shape (batch, keys, heads, d).
        query_mask: True for queries that count, shape (batch, queries); None for all.
        key_mask: True for keys that count, shape (batch, keys); None for all.

    Returns:
        Shape (batch,), float32.
    """
    products = _mean_token(query, query_mask) * _mean_token(key, key_mask)
    mean: Tensor = products.sum(dim=-1).mean(dim=-1) / math.sqrt(query.shape[-1])
    return mean


def _attention_chunks(
    query: Tensor, key: Tensor, key_mask: Tensor | None, chunk_elements: int
) -> Iterator[Tensor]:
    """The attention of some queries after the other, shape (batch, heads, some, keys)."""
    batch, queries, heads, _ = query.shape
    size = max(1, chunk_elements // (batch * heads * key.shape[1]))
    for start in range(0, queries, size):
        logits = attention_logits(query[:, start : start + size], key, key_mask=key_mask)
        yield logits.softmax(dim=-1)


def _mean_token(tokens: Tensor, mask: Tensor | None) -> Tensor:
    if mask is None:
        return tokens.mean(dim=1, dtype=torch.float32)
    weights = mask.float() / mask.sum(dim=1, keepdim=True)
    mean: Tensor = torch.einsum("bn,bnhd->bhd", weights, tokens.float())
    return mean
