"""The tiny CLIP's tokenizer: one token for each word of the world's captions and prompts."""

from __future__ import annotations

from tokenizers import pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lab.tiny_wan.tokens import WORDS as PROMPT_WORDS
from lab.tokens import WORLD_WORDS, word_tokenizer

PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "[START]", "[END]"
CONTEXT = 48
"""Tokens of a text, padding included; the longest caption has 42."""

WORDS = (*PROMPT_WORDS, *WORLD_WORDS, ",", ".")
"""Every word of the world's captions and prompts, in lower case, and their marks."""


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A word-level tokenizer that open_clip's `HFTokenizer` loads from the model's folder.

    The end of the text is the highest token: that is where open_clip reads a text's embedding.
    """
    return word_tokenizer(
        (PAD, UNKNOWN, START, *WORDS, END),
        split=pre_tokenizers.Whitespace(),
        template=f"{START} $A {END}",
        pad_token=PAD,
        unk_token=UNKNOWN,
        bos_token=START,
        eos_token=END,
        model_max_length=CONTEXT,
    )
