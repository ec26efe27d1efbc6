"""Batches of clips and questions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from evaluators.world.vocabulary import COLOURS
from lab.chunks import Arrays
from lab.tiny_judge.batches import Packer, worth
from lab.tiny_judge.examples import Example, arrays_of


@pytest.fixture(scope="module")
def chunk(examples: list[Example]) -> Arrays:
    return arrays_of(examples)


def test_a_seed_decides_clips_and_questions(
    tokenizer: PreTrainedTokenizerFast, chunk: Arrays
) -> None:
    packer = Packer(tokenizer)
    one, same, other = (
        packer.draw(chunk, 3, questions=2, drills=1, seed=[5, step]) for step in (0, 0, 1)
    )
    assert torch.equal(one.tokens, same.tokens)
    assert torch.equal(one.frames, same.frames)
    assert not (one.tokens.shape == other.tokens.shape and torch.equal(one.tokens, other.tokens))
    # Each clip is asked two of its questions and one drill.
    assert ((one.labels >= 0).sum(dim=1) == 3).all()


def test_a_clip_whose_object_changes_and_stays_is_worth_four() -> None:
    still = np.zeros((4, 4, 3), dtype=np.uint8)
    turned, gone = still.copy(), still.copy()
    turned[-1, 2, 0] = 1
    gone[-1, 2] = len(COLOURS)
    assert worth(np.stack([still, turned, gone])).tolist() == [1, 4, 1]


def test_clips_are_drawn_by_their_worth(tokenizer: PreTrainedTokenizerFast, chunk: Arrays) -> None:
    slots = np.zeros_like(chunk["slots"])
    slots[0, -1, 2, 0] = 1
    altered = chunk | {"slots": slots}
    packer = Packer(tokenizer)
    drawn = [
        packer.draw(altered, 1, questions=1, drills=0, seed=[7, step]).slots[0]
        for step in range(60)
    ]
    first = sum(bool((one == torch.from_numpy(slots[0].astype(np.int64))).all()) for one in drawn)
    # Four of nine parts, not one of six.
    assert 15 <= first <= 40
