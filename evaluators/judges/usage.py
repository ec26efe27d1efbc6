"""How many tokens a judge has worked through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens, counted where the model ran; what came from a cache costs none.

    Attributes:
        clips: Clips that were read.
        questions: Questions that were put to the model.
        video_prefill: Tokens of clips and of the text before the question, as often as they were
            read: once a clip where its questions share them, else once a question.
        question_prefill: Tokens of questions and of the text after them.
        decoded: Tokens that the model wrote, the one that ends its turn included. The fast protocol
            reads scores and has nothing written.
    """

    clips: int = 0
    questions: int = 0
    video_prefill: int = 0
    question_prefill: int = 0
    decoded: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            clips=self.clips + other.clips,
            questions=self.questions + other.questions,
            video_prefill=self.video_prefill + other.video_prefill,
            question_prefill=self.question_prefill + other.question_prefill,
            decoded=self.decoded + other.decoded,
        )

    def __str__(self) -> str:
        return (
            f"tokens: {self.video_prefill:,} video prefill, {self.question_prefill:,} question "
            f"prefill, {self.decoded:,} decoded; {self.questions:,} questions about "
            f"{self.clips:,} clips"
        )


@runtime_checkable
class Metered(Protocol):
    """A judge that counts its tokens."""

    @property
    def usage(self) -> Usage: ...
