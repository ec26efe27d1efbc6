"""Forward passes of the fast protocol: the video once, and every question on top of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from evaluators.judges.family import Family, Prefix, joined


def read_prefix(family: Family, prefix: Prefix) -> Any:
    """Run the prefix through the model and keep its keys and values.

    Returns:
        A cache of transformers for a batch of one, `prefix.length` tokens long.
    """
    cache = DynamicCache(config=family.model.config)
    family.model.model(**prefix.inputs, past_key_values=cache, use_cache=True)
    return cache


def suffix_logits(
    family: Family, prefix: Prefix, cache: Any, suffixes: Sequence[Sequence[int]]
) -> Tensor:
    """The scores of the first answer token after the prefix and each suffix.

    The suffixes run as one batch, padded on the right: under causal attention no real token sees
    the padding. `cache` is left as it was.

    Args:
        family: The model; `shares_prefix` holds for it.
        prefix: The shared beginning.
        cache: What `read_prefix` gave for it.
        suffixes: Token ids of each question and the end of the turn, none empty.

    Returns:
        Logits, shape (suffixes, vocabulary), on the model's device.
    """
    device = family.model.device
    rows = len(suffixes)
    lengths = torch.tensor([len(suffix) for suffix in suffixes], device=device)
    longest = int(lengths.max())
    tokens = torch.zeros((rows, longest), dtype=torch.long, device=device)
    for row, suffix in enumerate(suffixes):
        tokens[row, : len(suffix)] = torch.tensor(list(suffix), device=device)
    real = torch.arange(longest, device=device) < lengths[:, None]
    seen = torch.ones((rows, prefix.length), dtype=torch.bool, device=device)
    branches = copy.deepcopy(cache)
    branches.batch_repeat_interleave(rows)
    hidden: Tensor = family.model.model(
        input_ids=tokens,
        attention_mask=torch.cat([seen, real], dim=1).long(),
        position_ids=family.positions(prefix.next_position, rows=rows, length=longest),
        past_key_values=branches,
        use_cache=True,
    ).last_hidden_state
    # Where layers are spread over devices, the last one need not be on the model's.
    last = hidden[torch.arange(rows, device=hidden.device), (lengths - 1).to(hidden.device)]
    logits: Tensor = family.model.get_output_embeddings()(last)
    return logits


def plain_logits(family: Family, prefix: Prefix, suffix: Sequence[int]) -> Tensor:
    """As `suffix_logits` for one suffix, by one pass over all tokens without a cache.

    Returns:
        Logits, shape (1, vocabulary), on the model's device.
    """
    prompt = joined(family, prefix, suffix)
    hidden: Tensor = family.model.model(**prompt.inputs, use_cache=False).last_hidden_state
    logits: Tensor = family.model.get_output_embeddings()(hidden[:, -1])
    return logits
