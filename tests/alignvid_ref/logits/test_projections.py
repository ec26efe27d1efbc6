"""Queries and keys as the stock processors make them; test_attach.py has what comes of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from alignvid_ref.logits.layout import Layout
from alignvid_ref.logits.projections import Projected, Stream, project_wan
from omiti2v.errors import UserError


def projected(*, queries: int, keys: tuple[int, ...], mask: Any = None) -> Projected:
    streams = tuple(Stream(torch.ones(2, n, 1, 4) * n, torch.ones(2, n, 1, 4)) for n in keys)
    groups = torch.zeros(3, sum(keys), dtype=torch.bool)
    query = torch.ones(2, queries, 1, 4)
    return Projected(query, streams, groups, mask, slice(None), lambda output: output)


def test_the_keys_of_all_streams_are_joined_in_order() -> None:
    joined = projected(queries=1, keys=(3, 2)).joined_key
    assert joined[0, :, 0, 0].tolist() == [3, 3, 3, 2, 2]


def test_a_mask_over_keys_is_one_over_queries_only_where_the_two_are_the_same_tokens() -> None:
    mask = torch.tensor([True, True, False])[None, None, None]
    joint = projected(queries=3, keys=(3,), mask=mask)
    assert joint.key_mask is not None
    assert joint.key_mask.tolist() == [[True, True, False]] * 2
    assert torch.equal(joint.query_mask, joint.key_mask)  # type: ignore[arg-type]
    assert projected(queries=1, keys=(3,), mask=mask).query_mask is None
    assert projected(queries=3, keys=(3,)).key_mask is None


def test_a_masked_wan_is_refused() -> None:
    tokens = torch.zeros(1, 2, 4)
    with pytest.raises(UserError, match="expected no mask and no rotary embedding, got one"):
        project_wan(SimpleNamespace(), tokens, tokens, torch.ones(1, 2), None, layout=Layout())
