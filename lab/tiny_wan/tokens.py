"""The tiny Wan's tokenizer: one token for each word of the world's prompts and captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from lab.tokens import WORLD_WORDS, split_by, word_tokenizer

# UMT5 takes 0 for padding and 1 for the end.
PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
CONTEXT = 512
"""Tokens that the pipeline pads every prompt to; the transformer's attention counts on it."""

LONGEST = 24
"""Tokens that hold any prompt of the world, its end included."""

WORDS = (
    *("a", "and", "appears", "away", "background", "bigger", "changes", "else", "fades", "gets"),
    *("gone", "grey", "grows", "in", "into", "is", "it", "moves", "much", "nothing", "on", "over"),
    *("photograph", "shrinks", "smaller", "the", "to", "turns", "until"),
)


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A word-level tokenizer in lower case; each text ends with `</s>`."""
    return word_tokenizer(
        (PAD, END, UNKNOWN, ".", ",", *WORDS, *WORLD_WORDS),
        split=split_by(r"\w+|[^\w\s]"),
        template=f"$A {END}",
        special=(PAD, END, UNKNOWN),
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        model_max_length=CONTEXT,
    )


def encode_prompts(tokenizer: PreTrainedTokenizerFast, prompts: Sequence[str]) -> NDArray[np.uint8]:
    """Tokens of prompts, zero after the end, shape (prompts, 24).

    Raises:
        ValueError: A prompt has more than 24 tokens.
    """
    ids = np.zeros((len(prompts), LONGEST), dtype=np.uint8)
    for row, prompt in enumerate(prompts):
        tokens = tokenizer.encode(prompt)
        if len(tokens) > LONGEST:
            raise ValueError(f"expected at most {LONGEST} tokens, got {len(tokens)}: {prompt!r}")
        ids[row, : len(tokens)] = tokens
    return ids
