"""What is ready for a model before it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluators.judges.base import Judgement
from evaluators.judges.family import Prefix


@dataclass(frozen=True)
class PreparedClip:
    """One clip and its questions as inputs on the CPU; see `Prepared`.

    Attributes:
        prefix: The clip and the text before the question; None where it can't be read, or where
            nothing is left to ask.
        suffixes: Token ids of each question that can be asked and of the text after it, by the
            question's place.
        answered: Judgements that were made without the model, by the question's place.
    """

    prefix: Prefix | None
    suffixes: Mapping[int, list[int]]
    answered: Mapping[int, Judgement]

    @property
    def tokens(self) -> int:
        return self.prefix.length if self.prefix else 0

    def completed(self, judgements: Sequence[Judgement]) -> list[Judgement]:
        """All judgements in the order of the questions, those of the model given."""
        found = dict(self.answered) | dict(zip(self.suffixes, judgements, strict=True))
        return [found[place] for place in sorted(found)]
