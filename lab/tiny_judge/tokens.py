"""The tiny judge's tokenizer: the words of the world's questions, and little else."""

from __future__ import annotations

import re

from transformers import PreTrainedTokenizerFast

from evaluators.tiny import WEIGHTS
from evaluators.world.vocabulary import PLACES, SIZES, WORDS
from lab.tokens import split_by, word_tokenizer

PAD, UNKNOWN = "[PAD]", "[UNK]"
VISION_START, VISION_END = "<|vision_start|>", "<|vision_end|>"
IMAGE, VIDEO = "<|image_pad|>", "<|video_pad|>"
ANSWER = "<|answer|>"
SPECIAL = (PAD, UNKNOWN, VISION_START, VISION_END, IMAGE, VIDEO, ANSWER)

# A phrase that is one token makes a question half as long, and training twice as fast.
PHRASES = (
    "at the end of the video",
    "at any time in the video",
    "than at the start",
    "about the same",
    "as at the start",
    "to the left of",
    "to the right of",
    "is there still a",
    "is there a",
    "are there exactly",
    "is there exactly",
    "are there",
    "still be seen",
    "be seen",
    "in the",
    *PLACES,
)
NOTHING = "nothing"

# The model has one task: its template leaves out the instructions, all paragraphs but the question.
CHAT_TEMPLATE = (WEIGHTS / "chat_template.jinja").read_text(encoding="utf-8")


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A word-level tokenizer, lower case, with some phrases as one token."""
    phrases = "|".join(rf"\b{re.escape(phrase)}\b" for phrase in PHRASES)
    return word_tokenizer(
        [*SPECIAL, "yes", "no", NOTHING, *SIZES, ",", "?", *PHRASES, *WORDS],
        split=split_by(rf"{phrases}|\w+|[^\w\s]"),
        pad_token=PAD,
        unk_token=UNKNOWN,
        eos_token=ANSWER,
        extra_special_tokens=[VISION_START, VISION_END, IMAGE, VIDEO],
        chat_template=CHAT_TEMPLATE,
    )
