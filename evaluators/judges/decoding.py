"""Greedy decoding: the most likely token, again and again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, GenerationConfig, LogitsProcessorList

from evaluators.judges.family import POSITIONS, Family, Prefix


@dataclass(frozen=True)
class Decoded:
    """What a model wrote.

    Attributes:
        tokens: Its tokens, without the one that ended its turn.
        ended: Whether it ended its turn; False where it was cut off.
    """

    tokens: tuple[int, ...]
    ended: bool


class NotFiniteError(ValueError):
    """A model gave scores that are not finite."""


def decode_greedily(
    family: Family,
    prompt: Prefix,
    *,
    stop: Collection[int],
    limit: int,
    penalty: float = 1.0,
) -> Decoded:
    """Let the model write until it ends its turn.

    `generate` of transformers takes any setting from a file beside the weights, and picks a token
    from scores that are not numbers. It is used, with both mended, only for a model that works out
    its positions itself.

    Args:
        family: The model.
        prompt: The whole prompt, about one clip.
        stop: Tokens that end the turn.
        limit: Largest number of tokens, the ending one included; at least 1.
        penalty: On tokens that stand in the prompt or the answer already: a score above nought is
            divided by it, one below is multiplied, as transformers does; 1 is none.

    Raises:
        NotFiniteError: A score is NaN or infinite.
    """
    if POSITIONS not in prompt.inputs:
        return _generated(family.model, prompt, stop=stop, limit=limit, penalty=penalty)
    cache = DynamicCache(config=family.model.config)
    device = family.model.device
    inputs = dict(prompt.to(device).inputs)
    (next_position,) = prompt.next_positions
    tokens: list[int] = []
    seen = inputs["input_ids"][0]
    while len(tokens) < limit:
        hidden = family.model.model(**inputs, past_key_values=cache, use_cache=True)
        logits: Tensor = family.model.get_output_embeddings()(hidden.last_hidden_state[:, -1])[0]
        if not bool(torch.isfinite(logits).all()):
            raise NotFiniteError("the model gave logits that are not finite")
        token = int(_penalized(logits.float(), seen, penalty).argmax())
        if token in stop:
            return Decoded(tuple(tokens), ended=True)
        tokens.append(token)
        latest = torch.tensor([token], device=device)
        seen = torch.cat([seen, latest])
        inputs = {
            "input_ids": latest[None],
            "attention_mask": torch.ones((1, len(seen)), dtype=torch.long, device=device),
            POSITIONS: family.positions([next_position + len(tokens) - 1], length=1).to(device),
        }
    return Decoded(tuple(tokens), ended=False)


def _generated(
    model: Any, prompt: Prefix, *, stop: Collection[int], limit: int, penalty: float
) -> Decoded:
    inputs = prompt.to(model.device).inputs
    model.generation_config = GenerationConfig()  # else it fills in what is not given here
    written: list[int] = model.generate(
        **inputs,
        generation_config=GenerationConfig(
            max_new_tokens=limit,
            do_sample=False,
            repetition_penalty=penalty,
            eos_token_id=sorted(stop),
            pad_token_id=min(stop),
        ),
        logits_processor=LogitsProcessorList([_finite]),
    )[0, prompt.length :].tolist()
    ended = bool(written) and written[-1] in stop
    return Decoded(tuple(written[:-1] if ended else written), ended=ended)


def _finite(tokens: Tensor, scores: Tensor) -> Tensor:
    if not bool(torch.isfinite(scores).all()):
        raise NotFiniteError("the model gave logits that are not finite")
    return scores


def _penalized(scores: Tensor, seen: Tensor, penalty: float) -> Tensor:
    if penalty == 1.0:
        return scores
    seen = seen.to(scores.device)
    found = scores[seen]
    return scores.scatter(0, seen, torch.where(found < 0, found * penalty, found / penalty))
