"""The tiny Wan's tokenizer: one token for each word of the world's prompts and captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES

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
    places = dict.fromkeys(word for place in PLACES for word in place.split())
    words = (PAD, END, UNKNOWN, ".", ",", *WORDS, *COLOURS, *SHAPES, *SIZES, *places)
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.add_special_tokens([PAD, END, UNKNOWN])
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"\w+|[^\w\s]"), behavior="removed", invert=True
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", special_tokens=[(END, vocabulary[END])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
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
