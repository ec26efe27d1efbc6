"""The two adaptive forms of gamma."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from alignvid_ref.logits.gammas import conflict_gamma, energy_gamma

SHARE = st.floats(0.0, 1.0, width=32)


def test_energy_gamma_is_half_way_at_a_mean_logit_of_zero() -> None:
    assert float(energy_gamma(torch.tensor(0.0))) == pytest.approx(1.175)
    assert float(energy_gamma(torch.tensor(0.0), lower=0.5, upper=2.5)) == pytest.approx(1.5)


@given(st.floats(-200, 200), st.floats(-200, 200))
def test_energy_gamma_is_monotone_and_bounded(first: float, second: float) -> None:
    low, high = sorted((first, second))
    gammas = energy_gamma(torch.tensor([low, high]))
    assert 1.0 <= float(gammas[0]) <= float(gammas[1]) <= torch.tensor(1.35)


def test_conflict_gamma_is_the_formula() -> None:
    # (0.5 - 0.3) / (0.5 + 0.3) * 0.8 = 0.2
    gamma = conflict_gamma(torch.tensor(0.5), torch.tensor(0.3), torch.tensor(0.8))
    assert float(gamma) == pytest.approx(1.2, abs=1e-5)


def test_conflict_gamma_is_clipped_at_the_upper_bound() -> None:
    image, text, entropy = torch.tensor(0.9), torch.tensor(0.05), torch.tensor(0.95)
    assert float(conflict_gamma(image, text, entropy)) == pytest.approx(1.35)
    assert float(conflict_gamma(image, text, entropy, upper=1.1)) == pytest.approx(1.1)


@given(SHARE, SHARE, SHARE)
def test_conflict_gamma_is_one_unless_the_image_outweighs_the_text(
    first: float, second: float, entropy: float
) -> None:
    image, text = sorted((first, second))
    assert float(conflict_gamma(*map(torch.tensor, (image, text, entropy)))) == 1.0


def test_a_token_that_looks_at_neither_image_nor_text_is_left_alone() -> None:
    zero = torch.zeros(())
    assert float(conflict_gamma(zero, zero, torch.tensor(1.0))) == 1.0


@given(SHARE, SHARE, SHARE)
def test_conflict_gamma_stays_in_its_bounds(image: float, text: float, entropy: float) -> None:
    gamma = conflict_gamma(*map(torch.tensor, (image, text, entropy)))
    assert 1.0 <= float(gamma) <= torch.tensor(1.35)
