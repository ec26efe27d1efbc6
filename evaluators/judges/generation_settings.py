"""What a checkpoint's files say of written answers: what ends them, what is held against them."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

from evaluators.judges.family import Family
from evaluators.judges.prompt import ChatText
from evaluators.thoughts import thinking_in
from omiti2v.errors import UserError
from omiti2v.model_files import read_json_object
from omiti2v.records import brief

GENERATION_CONFIG = "generation_config.json"
"""Not among the files that are hashed: what is read from it stands in a judge's identity."""


@dataclass(frozen=True, kw_only=True)
class GenerationSettings:
    """What greedy decoding needs to know; temperature, top_p and top_k change nothing in it.

    Attributes:
        repetition_penalty: Above 0; 1 is none.
        stop: Tokens that end an answer.
    """

    repetition_penalty: float = 1.0
    stop: frozenset[int] = frozenset()


def read_generation_settings(folder: Path) -> GenerationSettings:
    """The settings in a model's folder; the usual ones where it has no such file.

    Raises:
        UserError: The file can't be read, or a value is out of range.
    """
    path = folder / GENERATION_CONFIG
    if not os.path.lexists(path):
        return GenerationSettings()
    config = read_json_object(path, "a model's settings for generation")
    penalty = config.get("repetition_penalty")
    penalty = 1.0 if penalty is None else penalty
    if type(penalty) not in (int, float) or not (penalty > 0 and math.isfinite(penalty)):
        raise UserError(
            f"{path}: repetition_penalty: expected a positive number, got {brief(penalty)}"
        )
    stop = config.get("eos_token_id")
    stop = [] if stop is None else stop if isinstance(stop, list) else [stop]
    if not all(type(token) is int and token >= 0 for token in stop):
        raise UserError(f"{path}: eos_token_id: expected token ids, got {brief(stop)}")
    return GenerationSettings(repetition_penalty=float(penalty), stop=frozenset(stop))


def stop_tokens(family: Family, text: ChatText) -> frozenset[int]:
    """The tokens that end the model's turn: those its files name, and what ends a turn of a chat.

    Raises:
        UserError: There are none.
    """
    tokenizer = family.processor.tokenizer
    configured = getattr(family.model.config.get_text_config(decoder=True), "eos_token_id", None)
    named = configured if isinstance(configured, list) else [configured]
    stop: set[int] = {token for token in [*named, tokenizer.eos_token_id] if token is not None}
    after_turn = tokenizer.encode(text.tail.strip(), add_special_tokens=False)
    added = tokenizer.get_added_vocab().items()
    marks = {token for name, token in added if thinking_in(name) == "none"}
    stop.update([token for token in after_turn if token in marks][:1])
    if not stop:
        raise UserError(
            "tokenizer: expected a token that ends an answer, found none; use another model"
        )
    return frozenset(stop)
