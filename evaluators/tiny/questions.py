"""Which questions the tiny judge can read, known without the model."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from evaluators.tiny import WEIGHTS
from omiti2v.records import brief

_UNKNOWN = "[UNK]"


def refusal(questions: Sequence[str]) -> str | None:
    """Why the judge can't be asked any of these questions; None where it can be asked one.

    Args:
        questions: At least one.
    """
    if not find_spec("tokenizers"):  # without it there is no judge either, which is said elsewhere
        return None
    from tokenizers import Tokenizer

    words = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    if any(_UNKNOWN not in words.encode(question).tokens for question in questions):
        return None
    return (
        "this judge knows only rendered shapes, and in each of the "
        f"{len(questions)} questions is a word that it does not know, as in "
        f"{brief(questions[0], limit=80)}; give a real judge, see `omiti2v judge list`"
    )
