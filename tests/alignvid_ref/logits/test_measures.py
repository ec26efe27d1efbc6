"""Masses, entropies and mean logits against sums written out."""

from __future__ import annotations

import math

import pytest
import torch

from alignvid_ref.logits.measures import (
    attention_logits,
    mean_logit,
    measure,
)

BATCH, QUERIES, KEYS, HEADS, DIM = 2, 7, 5, 3, 4
GROUPS = torch.tensor([[1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 1]], dtype=torch.bool)
MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], dtype=torch.bool)


@pytest.fixture
def tokens() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randn(BATCH, QUERIES, HEADS, DIM, generator=generator),
        torch.randn(BATCH, KEYS, HEADS, DIM, generator=generator),
    )


@pytest.mark.parametrize("mask", [None, MASK])
def test_masses_and_entropy_are_those_of_a_softmax_written_out(
    tokens: tuple[torch.Tensor, torch.Tensor], mask: torch.Tensor | None
) -> None:
    query, key = tokens
    found = measure(query, key, groups=GROUPS, key_mask=mask)
    for b in range(BATCH):
        open_keys = [k for k in range(KEYS) if mask is None or bool(mask[b, k])]
        for h in range(HEADS):
            for q in range(QUERIES):
                weights = {
                    k: math.exp(float(query[b, q, h] @ key[b, k, h]) / math.sqrt(DIM))
                    for k in open_keys
                }
                total = sum(weights.values())
                for g in range(3):
                    mass = sum(w for k, w in weights.items() if bool(GROUPS[g, k])) / total
                    assert float(found.masses[b, h, q, g]) == pytest.approx(mass, abs=1e-6)
                entropy = -sum(w / total * math.log(w / total) for w in weights.values())
                assert float(found.entropy[b, h, q]) == pytest.approx(entropy, abs=1e-5)
                assert float(found.normalised_entropy[b, h, q]) == pytest.approx(
                    entropy / math.log(len(open_keys)), abs=1e-5
                )


@pytest.mark.parametrize("chunk_elements", [1, BATCH * HEADS * KEYS * 3, 10**9])
def test_the_size_of_the_chunks_changes_nothing(
    tokens: tuple[torch.Tensor, torch.Tensor], chunk_elements: int
) -> None:
    query, key = tokens
    whole = measure(query, key, groups=GROUPS, key_mask=MASK)
    parts = measure(query, key, groups=GROUPS, key_mask=MASK, chunk_elements=chunk_elements)
    torch.testing.assert_close(parts.masses, whole.masses)
    torch.testing.assert_close(parts.entropy, whole.entropy)


def test_no_more_logits_than_asked_for_are_held_at_once(
    tokens: tuple[torch.Tensor, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    query, key = tokens
    sizes = []

    def counted(*args: object, **kwargs: object) -> torch.Tensor:
        logits = attention_logits(*args, **kwargs)  # type: ignore[arg-type]
        sizes.append(logits.numel())
        return logits

    monkeypatch.setattr("alignvid_ref.logits.measures.attention_logits", counted)
    measure(query, key, groups=GROUPS, chunk_elements=70)
    assert max(sizes) <= 70
    assert sum(sizes) == BATCH * HEADS * QUERIES * KEYS


def test_the_normalised_entropy_is_one_for_equal_logits_and_zero_for_a_single_key() -> None:
    query = torch.zeros(1, 2, 1, 4)
    many = measure(query, torch.randn(1, 300, 1, 4), groups=torch.ones(1, 300, dtype=torch.bool))
    assert many.normalised_entropy.max() <= 1.0
    assert many.normalised_entropy.min() > 1 - 1e-5
    one = measure(query, torch.randn(1, 1, 1, 4), groups=torch.ones(1, 1, dtype=torch.bool))
    assert torch.equal(one.normalised_entropy, torch.zeros(1, 1, 2))


@pytest.mark.parametrize("mask", [None, MASK])
def test_the_mean_logit_is_the_mean_over_the_whole_matrix(
    tokens: tuple[torch.Tensor, torch.Tensor], mask: torch.Tensor | None
) -> None:
    query, key = tokens
    query_mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3], dtype=torch.bool)
    found = mean_logit(query, key, query_mask=query_mask, key_mask=mask)
    for b in range(BATCH):
        logits = attention_logits(query, key)[b][:, query_mask[b]]
        if mask is not None:
            logits = logits[..., mask[b]]
        assert float(found[b]) == pytest.approx(float(logits.mean()), abs=1e-6)


def test_half_precision_is_summed_in_single() -> None:
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(1, 3, 1, 8, generator=generator).bfloat16()
    key = torch.randn(1, 4000, 1, 8, generator=generator).bfloat16()
    groups = torch.ones(1, 4000, dtype=torch.bool)
    found = measure(query, key, groups=groups)
    assert found.masses.dtype == torch.float32
    torch.testing.assert_close(found.masses, torch.ones(1, 1, 3, 1), atol=1e-5, rtol=0)
