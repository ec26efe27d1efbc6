"""Padding counted once weighs as much as each of its tokens counted alone."""

from __future__ import annotations

import pytest
import torch

from lab.tiny_wan.padding import PaddingOnce, padding_bias, padding_once
from lab.tiny_wan.parts import build_transformer
from lab.tiny_wan.tokens import CONTEXT


def test_the_padding_at_hand_weighs_as_all_of_it() -> None:
    mask = torch.tensor([[True, True, False, False], [True, False, False, False]])
    weights = padding_bias(mask).exp()[:, 0, 0]
    assert weights[mask].tolist() == [1, 1, 1]
    torch.testing.assert_close(weights.sum(dim=1), torch.full((2,), float(CONTEXT)))


def test_the_attention_is_that_over_all_tokens() -> None:
    torch.manual_seed(0)
    attention = build_transformer().eval().blocks[0].attn2
    width = attention.to_q.in_features
    # Wan's attention takes all but the last 512 tokens for those of the image.
    hidden, image, words = (torch.randn(1, count, width) for count in (6, 3, 5))
    zeros = torch.zeros(1, CONTEXT - 5, width)
    mask = torch.arange(7)[None] < 5
    with torch.no_grad():
        whole = attention(hidden, torch.cat([image, words, zeros], dim=1))
        attention.set_processor(PaddingOnce(padding_bias(mask)))
        once = attention(hidden, torch.cat([image, words, zeros[:, :2]], dim=1))
    torch.testing.assert_close(once, whole, rtol=1e-5, atol=1e-6)


def test_the_stock_processors_come_back_after_an_error() -> None:
    transformer = build_transformer()
    stock = [block.attn2.processor for block in transformer.blocks]
    bias = padding_bias(torch.tensor([[True, False]]))
    with pytest.raises(ZeroDivisionError), padding_once(transformer, bias):
        assert all(isinstance(block.attn2.processor, PaddingOnce) for block in transformer.blocks)
        raise ZeroDivisionError
    assert [block.attn2.processor for block in transformer.blocks] == stock
