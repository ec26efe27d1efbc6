"""Word-level tokenizers: one token for each word of the known-answer world, in lower case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES

WORLD_WORDS = (
    *COLOURS,
    *SHAPES,
    *SIZES,
    *dict.fromkeys(word for place in PLACES for word in place.split()),
)
"""Words of all looks, sizes and places."""


def word_tokenizer(
    words: Iterable[str],
    *,
    split: pre_tokenizers.PreTokenizer,
    template: str | None = None,
    special: Iterable[str] = (),
    **options: Any,
) -> PreTrainedTokenizerFast:
    """A tokenizer of these words, numbered in their order, each once.

    Args:
        words: All that is known.
        split: Cuts a text into words.
        template: A text's marks, as `$A </s>`; they are among the words.
        special: Words that no text is cut through.
        options: For transformers: `unk_token` and what else is to be told.
    """
    ids = {word: number for number, word in enumerate(dict.fromkeys(words))}
    tokenizer = Tokenizer(WordLevel(ids, unk_token=options["unk_token"]))
    tokenizer.add_special_tokens(list(special))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = split
    if template:
        marks = [mark for mark in template.split() if mark != "$A"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=template, special_tokens=[(mark, ids[mark]) for mark in marks]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, clean_up_tokenization_spaces=False, **options
    )


def split_by(pattern: str) -> pre_tokenizers.PreTokenizer:
    """Takes each match of a regular expression for a word, and drops what is between them."""
    return pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True)
