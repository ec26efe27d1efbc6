"""What a judge is: something that answers yes/no questions about a clip."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evaluators.frames import Clip, FrameRule
from omiti2v.records import canonical_json
from omiti2v.responses import Answer

__all__ = ["Answer", "Judge", "Judgement", "fingerprint_of"]


@dataclass(frozen=True)
class Judgement:
    """A judge's answer to one question.

    Attributes:
        answer: `yes`, `no`, `unknown` or `error`.
        p_yes: P(yes) / (P(yes) + P(no)) in [0, 1]; None where the judge gives no probabilities.
        mass: P(yes) + P(no) in [0, 1]; None as above.
        reason: Why the answer is unknown or error.
    """

    answer: Answer
    p_yes: float | None = None
    mass: float | None = None
    reason: str | None = None


class Judge(Protocol):
    """A judge.

    Attributes:
        name: For tables, as "Qwen2.5-VL-7B-Instruct".
        frame_rule: The frames it wants to see.
        identity: Everything its answers depend on, as plain JSON values: class, digest of the
            weights, dtype, protocol, prompt, threshold, frame rule. Written into `run.json`.
        fingerprint: Digest of `identity`. Answers are cached under it.
    """

    @property
    def name(self) -> str: ...

    @property
    def frame_rule(self) -> FrameRule: ...

    @property
    def identity(self) -> Mapping[str, object]: ...

    @property
    def fingerprint(self) -> str: ...

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        """Answer the questions about one clip, in their order.

        A question that can't be answered is an `error` with its reason. An exception means that the
        judge itself is broken; the run then records an `error` for each of these questions.
        """
        ...


def fingerprint_of(identity: Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON of `identity`, 64 hex digits."""
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()
