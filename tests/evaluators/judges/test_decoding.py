"""The most likely token, again and again, until the turn ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from evaluators.frames import Clip
from evaluators.judges.decoding import Decoded, NotFiniteError, decode_greedily
from evaluators.judges.family import Family, Prefix, joined
from evaluators.judges.transformers_judge import TransformersJudge

END = 7


@pytest.fixture
def family(random_judge: TransformersJudge) -> Family:
    return random_judge._family


@pytest.fixture
def prompt(
    random_judge: TransformersJudge, family: Family, make_clip: Callable[..., Clip]
) -> Prefix:
    prefix = family.prefix(make_clip(2), random_judge._text.head)
    return joined(family, prefix, random_judge._suffix("Is it?"))


@contextmanager
def saying(family: Family, tokens: Sequence[int], *, value: float = 9.0) -> Iterator[list[int]]:
    """Make the model prefer these tokens in turn; gives the number of positions it has read."""
    left, read = list(tokens), []

    def say(_: torch.nn.Module, __: Any, logits: torch.Tensor) -> torch.Tensor:
        read.append(logits.shape[1] if logits.dim() == 3 else 1)
        scores = torch.zeros_like(logits)
        scores[..., left.pop(0)] = value
        return scores

    hook = family.model.get_output_embeddings().register_forward_hook(say)
    try:
        yield read
    finally:
        hook.remove()


@torch.inference_mode()
def test_the_token_that_ends_the_turn_is_not_part_of_what_was_written(
    family: Family, prompt: Prefix
) -> None:
    with saying(family, [11, 12, END, 13]) as read:
        decoded = decode_greedily(family, prompt, stop={END}, limit=10)
    assert decoded == Decoded((11, 12), ended=True)
    assert len(read) == 3


@torch.inference_mode()
@pytest.mark.parametrize("limit", [1, 3])
def test_what_reaches_the_limit_is_cut_off(family: Family, prompt: Prefix, limit: int) -> None:
    with saying(family, [11] * 5) as read:
        decoded = decode_greedily(family, prompt, stop={END}, limit=limit)
    assert decoded == Decoded((11,) * limit, ended=False)
    assert len(read) == limit


@torch.inference_mode()
def test_a_turn_that_ends_at_the_limit_has_ended(family: Family, prompt: Prefix) -> None:
    with saying(family, [11, END]):
        assert decode_greedily(family, prompt, stop=[END], limit=2).ended


@torch.inference_mode()
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_scores_that_are_not_finite_raise(family: Family, prompt: Prefix, value: float) -> None:
    with (
        saying(family, [11], value=value),
        pytest.raises(NotFiniteError, match="logits that are not finite"),
    ):
        decode_greedily(family, prompt, stop={END}, limit=2)


@torch.inference_mode()
def test_each_token_depends_on_those_before_it_as_in_one_pass(
    family: Family, prompt: Prefix
) -> None:
    written = decode_greedily(family, prompt, stop=(), limit=4).tokens
    whole = joined(family, prompt, written[:-1])
    hidden = family.model.model(**whole.inputs, use_cache=False).last_hidden_state
    logits = family.model.get_output_embeddings()(hidden[0, -4:])
    assert tuple(logits.argmax(dim=-1).tolist()) == written
