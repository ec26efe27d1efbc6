"""What the paper proves about scaled logits, and the bound that we prove, on random attention."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import composite

from lab.lemmas import entropy_slope, lipschitz_constant, subset_entropy

GAMMAS = st.floats(0.2, 3.0)
DOUBLE = torch.float64


@composite
def attentions(draw: st.DrawFn) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits of a query, a non-empty subset of its keys, and values."""
    keys = draw(st.integers(2, 12))
    width = draw(st.integers(1, 5))
    number = st.floats(-6, 6, allow_nan=False)
    logits = draw(st.lists(number, min_size=keys, max_size=keys))
    inside = draw(st.lists(st.booleans(), min_size=keys, max_size=keys).filter(any))
    values = draw(st.lists(number, min_size=keys * width, max_size=keys * width))
    return (
        torch.tensor(logits, dtype=DOUBLE),
        torch.tensor(inside),
        torch.tensor(values, dtype=DOUBLE).view(keys, width),
    )


def output(logits: torch.Tensor, gamma: float, values: torch.Tensor) -> torch.Tensor:
    return (gamma * logits).softmax(-1) @ values


@given(attentions(), GAMMAS)
def test_scaling_query_or_key_is_an_inverse_temperature(
    drawn: tuple[torch.Tensor, torch.Tensor, torch.Tensor], gamma: float
) -> None:
    logits, _, values = drawn
    width = values.shape[1]
    # Keys that give exactly these logits to the query (1, 0, 0, ...).
    query = torch.zeros(1, width, dtype=DOUBLE)
    query[0, 0] = 1.0
    key = torch.zeros(len(logits), width, dtype=DOUBLE)
    key[:, 0] = logits * math.sqrt(width)
    tempered = torch.exp(gamma * logits) / torch.exp(gamma * logits).sum() @ values
    attend = torch.nn.functional.scaled_dot_product_attention
    for scaled in (attend(gamma * query, key, values), attend(query, gamma * key, values)):
        torch.testing.assert_close(scaled[0], tempered, atol=1e-9, rtol=1e-9)


@given(attentions(), GAMMAS, GAMMAS)
def test_the_entropy_of_any_subset_of_keys_falls_with_gamma(
    drawn: tuple[torch.Tensor, torch.Tensor, torch.Tensor], first: float, second: float
) -> None:
    logits, subset, _ = drawn
    low, high = sorted((first, second))
    before, after = (subset_entropy(logits, gamma, subset) for gamma in (low, high))
    assert float(after) <= float(before) + 1e-12


@given(attentions(), GAMMAS)
def test_the_slope_of_the_entropy_is_minus_gamma_times_the_variance(
    drawn: tuple[torch.Tensor, torch.Tensor, torch.Tensor], gamma: float
) -> None:
    logits, subset, _ = drawn
    step = 1e-4
    rise = subset_entropy(logits, gamma + step, subset) - subset_entropy(
        logits, gamma - step, subset
    )
    measured = float(rise) / (2 * step)
    weights = (gamma * logits[subset]).softmax(-1)
    variance = float((weights * logits[subset] ** 2).sum() - (weights @ logits[subset]) ** 2)
    # Under this the difference quotient is made of rounding.
    assume(gamma * variance > 1e-6)
    assert measured == pytest.approx(-gamma * variance, rel=0.01)
    assert float(entropy_slope(logits, gamma, subset)) == pytest.approx(-gamma * variance, rel=1e-4)


@given(attentions(), st.floats(-3, 3), st.floats(-3, 3))
def test_the_output_moves_no_faster_than_the_lipschitz_constant(
    drawn: tuple[torch.Tensor, torch.Tensor, torch.Tensor], first: float, second: float
) -> None:
    logits, _, values = drawn
    moved = (output(logits, first, values) - output(logits, second, values)).norm()
    bound = lipschitz_constant(logits, values) * abs(first - second)
    assert float(moved) <= float(bound) * (1 + 1e-9) + 1e-12


@given(st.integers(1, 6), st.floats(0.01, 0.2), st.floats(0.1, 10.0))
def test_the_lipschitz_constant_is_nearly_reached_between_gamma_1_and_1_35(
    pairs: int, spread: float, diameter: float
) -> None:
    # Half of the keys at either end of the spread, with values at either end of the diameter:
    # there the attention stays balanced and both halves of the proof are near equalities.
    logits = torch.tensor([0.0, spread] * pairs, dtype=DOUBLE)
    values = torch.tensor([[0.0, 0.0], [0.6 * diameter, 0.8 * diameter]] * pairs, dtype=DOUBLE)
    moved = (output(logits, 1.35, values) - output(logits, 1.0, values)).norm()
    bound = lipschitz_constant(logits, values) * 0.35
    assert 0.98 * float(bound) <= float(moved) <= float(bound)


def test_the_lipschitz_constant_knows_the_spread_of_each_query() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 6, generator=generator)
    values = torch.randn(3, 6, 2, generator=generator)
    together = lipschitz_constant(logits, values)
    apart = [lipschitz_constant(logits[i], values[i]) for i in range(3)]
    torch.testing.assert_close(together, torch.stack(apart))


def test_the_entropy_slope_takes_a_gamma_for_each_query() -> None:
    logits = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    subset = torch.tensor([True, False, True, True, False, True])
    gammas = torch.tensor([0.5, 1.0, 1.35, 2.0])
    together = entropy_slope(logits, gammas[:, None], subset)
    apart = [entropy_slope(logits[i], float(gammas[i]), subset) for i in range(4)]
    torch.testing.assert_close(together, torch.stack(apart))


def test_the_entropy_of_a_subset_ignores_the_keys_outside() -> None:
    subset = torch.tensor([True, True, False, True])
    logits = torch.tensor([0.3, -1.0, 2.0, 0.7])
    other = torch.tensor([0.3, -1.0, -9.0, 0.7])
    assert torch.equal(subset_entropy(logits, 1.3, subset), subset_entropy(other, 1.3, subset))
