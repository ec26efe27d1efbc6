"""The foreground ratio on attention whose foreground is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from alignvid_ref.analysis import ForegroundPrompt, foreground_ratio, pseudo_rgb
from omiti2v.errors import UserError


def attention_with_object(tokens: torch.Tensor, *, keys: int = 40, sharp: float) -> torch.Tensor:
    """Rows that are peaked where `tokens` is True and nearly flat elsewhere."""
    generator = torch.Generator().manual_seed(0)
    logits = 0.05 * torch.randn(len(tokens), keys, generator=generator)
    logits[tokens, 3] += sharp
    return logits.softmax(-1)


def test_the_ratio_is_one_where_the_decided_tokens_are_the_foreground() -> None:
    foreground = torch.arange(64) % 4 == 0
    attention = attention_with_object(foreground, sharp=4.0)
    assert foreground_ratio(attention, foreground, top=0.25) == 1.0


def test_the_ratio_is_zero_where_they_are_the_background() -> None:
    foreground = torch.arange(64) % 4 == 0
    attention = attention_with_object(torch.arange(64) % 4 == 1, sharp=4.0)
    assert foreground_ratio(attention, foreground, top=0.25) == 0.0


def test_the_ratio_is_near_the_area_of_the_foreground_where_attention_knows_nothing_of_it() -> None:
    foreground = torch.arange(4000) % 5 == 0
    attention = torch.randn(4000, 40, generator=torch.Generator().manual_seed(0)).softmax(-1)
    assert foreground_ratio(attention, foreground) == pytest.approx(0.2, abs=0.04)


def test_the_channels_are_the_principal_components_up_to_sign_and_scale() -> None:
    generator = torch.Generator().manual_seed(0)
    scale = torch.tensor([5.0, 3.0, 2.0, *[0.3] * 27])
    rows = torch.randn(200, 30, generator=generator) * scale
    centred = rows.double() - rows.double().mean(0)
    left, _, _ = torch.linalg.svd(centred, full_matrices=False)
    colours = pseudo_rgb(rows).double()
    for channel in range(3):
        together = torch.stack([colours[:, channel], left[:, channel]])
        assert abs(float(torch.corrcoef(together)[0, 1])) > 0.9999


def test_channels_span_zero_to_one_and_grow_with_the_largest_weight() -> None:
    attention = torch.randn(100, 20, generator=torch.Generator().manual_seed(1)).mul(3).softmax(-1)
    colours = pseudo_rgb(attention)
    assert colours.shape == (100, 3)
    torch.testing.assert_close(colours.amin(0), torch.zeros(3))
    torch.testing.assert_close(colours.amax(0), torch.ones(3))
    peak = attention.amax(1)
    for channel in colours.T:
        assert float(torch.corrcoef(torch.stack([peak, channel]))[0, 1]) >= 0


def test_components_that_do_not_exist_are_zero_and_not_stretched_noise() -> None:
    first, second = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.1, 0.3, 0.6])
    share = torch.linspace(0, 1, 50)[:, None]
    colours = pseudo_rgb(share * first + (1 - share) * second)
    assert float(colours[:, 0].amax()) == 1.0
    assert not colours[:, 1:].any()
    assert not pseudo_rgb(torch.full((6, 4), 0.25)).any()


def test_two_keys_give_two_channels_and_an_empty_one() -> None:
    colours = pseudo_rgb(torch.rand(10, 2, generator=torch.Generator().manual_seed(0)))
    assert colours.shape == (10, 3)
    assert not colours[:, 2].any()


def test_the_same_attention_gives_the_same_colours_whatever_the_global_seed() -> None:
    attention = torch.rand(50, 30, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(1)
    first = pseudo_rgb(attention)
    torch.manual_seed(2)
    assert torch.equal(pseudo_rgb(attention), first)


def test_a_picture_mask_is_pooled_to_the_tokens_and_repeated_over_frames() -> None:
    mask = np.zeros((8, 16), dtype=bool)
    mask[:4, :8] = True
    # Under half of one more cell.
    mask[4:, 8:11] = True
    tokens = ForegroundPrompt({}, mask).tokens((3, 2, 2)).view(3, 2, 2)
    assert tokens.tolist() == [[[True, False], [False, False]]] * 3


def test_a_mask_with_frames_follows_them() -> None:
    mask = np.zeros((4, 2, 2), dtype=bool)
    mask[:2, 0, 0] = True
    mask[2:, 1, 1] = True
    tokens = ForegroundPrompt({}, mask).tokens((2, 2, 2)).view(2, 2, 2)
    assert tokens.tolist() == [[[True, False], [False, False]], [[False, False], [False, True]]]


@pytest.mark.parametrize(
    ("mask", "complaint"),
    [
        (np.zeros((4, 4)), "boolean"),
        (np.ones(4, dtype=bool), "boolean"),
        (np.ones((4, 4), dtype=bool), "only one"),
        (np.zeros((4, 4), dtype=bool), "only one"),
    ],
)
def test_a_useless_mask_is_refused(mask: np.ndarray, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        ForegroundPrompt({}, mask)
