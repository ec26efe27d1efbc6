"""The tiny CLIP's tokenizer: one token for each word of the world's captions and prompts."""

from __future__ import annotations

from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES
from lab.tiny_wan.tokens import WORDS as PROMPT_WORDS

PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "[START]", "[END]"
CONTEXT = 48
"""Tokens of a text, padding included; the longest caption has 42."""

WORDS = (
    *PROMPT_WORDS,
    *COLOURS,
    *SHAPES,
    *SIZES,
    *(word for place in PLACES for word in place.split()),
    *(",", "."),
)
"""Every word of the world's captions and prompts, in lower case, and their marks."""


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A word-level tokenizer that open_clip's `HFTokenizer` loads from the model's folder.

    The end of the text is the highest token: that is where open_clip reads a text's embedding.
    """
    known = list(dict.fromkeys((PAD, UNKNOWN, START, *WORDS, END)))
    ids = {word: number for number, word in enumerate(known)}
    tokenizer = Tokenizer(WordLevel(ids, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(mark, ids[mark]) for mark in (START, END)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNKNOWN,
        bos_token=START,
        eos_token=END,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
