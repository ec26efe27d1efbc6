"""Forward passes of the fast protocol: the video once, and every question on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

from evaluators.judges.family import POSITIONS, Family, Prefix, joined


def read_prefix(family: Family, prefix: Prefix) -> Any:
    """Run the prefix through the model and keep its keys and values.

    Returns:
        A cache of transformers with a row for each clip, `prefix.length` tokens long.
    """
    cache = DynamicCache(config=family.model.config)
    inputs = prefix.to(family.model.device).inputs
    family.model.model(**inputs, past_key_values=cache, use_cache=True)
    return cache


def suffix_logits(
    family: Family,
    prefix: Prefix,
    cache: Any,
    suffixes: Sequence[Sequence[int]],
    *,
    clips: Sequence[int] | None = None,
) -> Tensor:
    """The scores of the first answer token after the prefix and each suffix.

    The suffixes run as one batch, padded on the right: under causal attention no real token sees
    the padding. `cache` is left as it was.

    Args:
        family: The model; `shares_prefix` holds for it.
        prefix: The shared beginning, of one clip or of several.
        cache: What `read_prefix` gave for it.
        suffixes: Token ids of each question and the end of the turn, none empty.
        clips: The clip that each suffix is about, as its place in `prefix`; None for the first.

    Returns:
        Logits, shape (suffixes, vocabulary), on the model's device.
    """
    device = family.model.device
    rows = len(suffixes)
    clips = [0] * rows if clips is None else clips
    longest = max(map(len, suffixes))
    padded = [[*suffix, *[0] * (longest - len(suffix))] for suffix in suffixes]
    last = torch.tensor([len(suffix) - 1 for suffix in suffixes])
    seen = torch.arange(prefix.length + longest) <= prefix.length + last[:, None]
    starts = [prefix.next_positions[clip] for clip in clips]
    hidden: Tensor = family.model.model(
        input_ids=torch.tensor(padded, device=device),
        attention_mask=seen.long().to(device),
        past_key_values=_branched(cache, clips),
        use_cache=True,
        **{POSITIONS: family.positions(starts, length=longest).to(device)},
    ).last_hidden_state
    # Where layers are spread over devices, the last one need not be on the model's.
    ends = hidden[torch.arange(rows, device=hidden.device), last.to(hidden.device)]
    logits: Tensor = family.model.get_output_embeddings()(ends)
    return logits


def plain_logits(family: Family, prefix: Prefix, suffix: Sequence[int]) -> Tensor:
    """As `suffix_logits` for one suffix and clip, by one pass over all tokens without a cache.

    Returns:
        Logits, shape (1, vocabulary), on the model's device.
    """
    prompt = joined(family, prefix, suffix).to(family.model.device)
    if POSITIONS not in prompt.inputs:  # the model's whole class works them out
        known = signature(family.model.forward).parameters
        last = {"logits_to_keep": 1} if "logits_to_keep" in known else {}
        whole: Tensor = family.model(**prompt.inputs, use_cache=False, **last).logits
        return whole[:, -1]
    hidden: Tensor = family.model.model(**prompt.inputs, use_cache=False).last_hidden_state
    logits: Tensor = family.model.get_output_embeddings()(hidden[:, -1])
    return logits


class _Branches(DynamicLayer):  # type: ignore[misc]  # comes without types
    """One layer's keys and values of the prefixes, lent to the rows of one pass.

    A layer of transformers would keep a copy of the prefix for every question. Here only the layer
    that is being worked on has one, for as long as it attends.
    """

    def __init__(self, layer: Any, clips: Sequence[int]) -> None:
        super().__init__()
        self.lazy_initialization(layer.keys, layer.values)
        self.keys, self.values = layer.keys, layer.values
        self._clips = torch.tensor(clips, device=layer.keys.device)

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        return self._after(self.keys, key_states), self._after(self.values, value_states)

    def _after(self, prefixes: Tensor, suffixes: Tensor) -> Tensor:
        if len(prefixes) == 1:
            chosen = prefixes.expand(len(suffixes), -1, -1, -1)
        else:
            chosen = prefixes.index_select(0, self._clips)
        return torch.cat([chosen, suffixes], dim=-2)


def _branched(cache: Any, clips: Sequence[int]) -> Cache:
    return Cache(layers=[_Branches(layer, clips) for layer in cache.layers])
