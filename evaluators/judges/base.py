"""What a judge is: something that answers yes/no questions about a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from omiti2v.errors import UserError

if TYPE_CHECKING:
    from evaluators.frames import Clip, FrameRule
    from omiti2v.responses import Answer


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


class JudgeLostError(UserError):
    """The judge will answer no further question, whichever: the run ends here, to be resumed."""


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
        judge itself is broken; the run then records an `error` for each of these questions. A
        `JudgeLostError` ends the run.
        """
        ...


class Prepared(Protocol):
    """One clip and its questions, ready for the judge that prepared them.

    Attributes:
        tokens: Tokens of the clip and of the text before the question; 0 where the clip can't be
            read. Clips of the same number can be read in one pass.
    """

    @property
    def tokens(self) -> int: ...


@runtime_checkable
class BatchJudge(Judge, Protocol):
    """A judge whose work on the CPU can be done ahead, and that answers for several clips at once.

    `judge(clip, questions)` is `answer([prepare(clip, questions)])[0]`.

    Attributes:
        batch_clips: How many clips it takes at once, at least 1. More may be given to `answer`; it
            then goes through them in parts.
    """

    @property
    def batch_clips(self) -> int: ...

    def prepare(self, clip: Clip, questions: Sequence[str]) -> Prepared:
        """Turn one clip and its questions into inputs on the CPU; the model is not run.

        May be called from several threads at once, and while `answer` runs in another. A clip that
        can't be read raises nothing: `answer` gives an `error` for each of its questions.
        """
        ...

    def answer(self, batch: Sequence[Prepared]) -> list[list[Judgement]]:
        """Run the model on what `prepare` gave; to be called from one thread at a time.

        Returns:
            The judgements about each clip, both in the order they were given. A clip that fails
            leaves those of the others as they are.
        """
        ...


def fingerprint_of(identity: Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON of `identity`, 64 hex digits."""
    from omiti2v.records import json_digest  # here, so that help and lists stay instant

    return json_digest(identity)
