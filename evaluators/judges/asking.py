"""How questions are put to a model: the two protocols at work."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from evaluators.answers import RULES_VERSION, Rules, parse_answer
from evaluators.judges.answers import answer_tokens, judgement_from_logits
from evaluators.judges.base import Judgement
from evaluators.judges.decoding import NotFiniteError, decode_greedily
from evaluators.judges.family import Family, Prefix, joined, shares_prefix
from evaluators.judges.shared_prefix import plain_logits, read_prefix, suffix_logits
from evaluators.judges.usage import Usage
from evaluators.judges.weights import one_line
from omiti2v.records import brief

logger = logging.getLogger(__name__)

# What a clip or a batch can do to a working judge: no memory, or a shape that the model refuses.
FAILURES = (RuntimeError, ValueError, MemoryError)


class Asker(Protocol):
    """A protocol at work on one model.

    Attributes:
        identity: The settings that its answers depend on.
    """

    identity: Mapping[str, object]

    def ask(
        self, prefix: Prefix, suffixes: Sequence[Sequence[int]]
    ) -> tuple[list[Judgement], Usage]:
        """Answer each question about a clip; what fails is an `error` with its reason.

        Args:
            prefix: The clip and the text before the question.
            suffixes: Token ids of each question and of the text after it.
        """
        ...


class FastAsker:
    """The video is read once, and the answer is read off the scores of the first answer token.

    Where a model can't share the video between questions (see `shares_prefix`), it is read again
    for each of them: slower, with the same answers.

    Args:
        family: The model.
        threshold: Smallest probability in [0, 1] of yes and no together that counts as an answer.
        max_questions: Questions in one batch.

    Raises:
        UserError: The tokenizer has no token for yes or for no.
    """

    def __init__(self, family: Family, *, threshold: float, max_questions: int) -> None:
        self._family = family
        self._threshold = threshold
        self._max_questions = max_questions
        self._tokens = answer_tokens(family.tokenizer)
        self._shares = shares_prefix(family)
        if not self._shares:
            logger.info("%s: the video is read for each question", family.architecture)
        self.identity: Mapping[str, object] = {
            "threshold": threshold,
            "answer_tokens": {"yes": list(self._tokens.yes), "no": list(self._tokens.no)},
        }

    def ask(
        self, prefix: Prefix, suffixes: Sequence[Sequence[int]]
    ) -> tuple[list[Judgement], Usage]:
        """See `Asker`."""
        if not self._shares:
            return self._ask_plainly(prefix, suffixes)
        usage = Usage(video_prefill=prefix.length)
        try:
            cache = read_prefix(self._family, prefix)
        except FAILURES as error:
            return [failure("the model can't read the video", error)] * len(suffixes), usage
        judgements: list[Judgement] = []
        for start in range(0, len(suffixes), self._max_questions):
            batch = suffixes[start : start + self._max_questions]
            usage += Usage(question_prefill=sum(map(len, batch)), questions=len(batch))
            try:
                logits = suffix_logits(self._family, prefix, cache, batch).cpu()
            except FAILURES as error:
                judgements += [failure("the model can't be asked", error)] * len(batch)
                continue
            judgements += [self._read(row) for row in logits]
        return judgements, usage

    def _ask_plainly(
        self, prefix: Prefix, suffixes: Sequence[Sequence[int]]
    ) -> tuple[list[Judgement], Usage]:
        judgements: list[Judgement] = []
        usage = Usage()
        for suffix in suffixes:
            usage += Usage(video_prefill=prefix.length, question_prefill=len(suffix), questions=1)
            try:
                (logits,) = plain_logits(self._family, prefix, suffix).cpu()
            except FAILURES as error:
                judgements.append(failure("the model can't be asked", error))
                continue
            judgements.append(self._read(logits))
        return judgements, usage

    def _read(self, logits: Any) -> Judgement:
        return judgement_from_logits(logits, self._tokens, threshold=self._threshold)


class PaperAsker:
    """One question a call; the model writes its answer, which is parsed. There is no P(yes).

    Args:
        family: The model.
        stop: Tokens that end the model's turn.
        parsing: The rules by which the text is read.
        max_new_tokens: Largest number of tokens of an answer.
    """

    def __init__(
        self, family: Family, *, stop: frozenset[int], parsing: Rules, max_new_tokens: int
    ) -> None:
        self._family = family
        self._stop = stop
        self._parsing: Rules = parsing
        self._limit = max_new_tokens
        self.identity: Mapping[str, object] = {
            "parsing": parsing,
            "parsing_version": RULES_VERSION,
            "max_new_tokens": max_new_tokens,
            "stop_tokens": sorted(stop),
        }

    def ask(
        self, prefix: Prefix, suffixes: Sequence[Sequence[int]]
    ) -> tuple[list[Judgement], Usage]:
        """See `Asker`."""
        judgements: list[Judgement] = []
        usage = Usage()
        for suffix in suffixes:
            judgement, decoded = self._ask(prefix, suffix)
            judgements.append(judgement)
            usage += Usage(
                video_prefill=prefix.length,
                question_prefill=len(suffix),
                questions=1,
                decoded=decoded,
            )
        return judgements, usage

    def _ask(self, prefix: Prefix, suffix: Sequence[int]) -> tuple[Judgement, int]:
        try:
            prompt = joined(self._family, prefix, suffix)
            decoded = decode_greedily(self._family, prompt, stop=self._stop, limit=self._limit)
        except NotFiniteError as error:
            return Judgement("error", reason=str(error)), 0
        except FAILURES as error:
            return failure("the model can't be asked", error), 0
        text: str = self._family.processor.tokenizer.decode(
            decoded.tokens, skip_special_tokens=True
        )
        judgement = judgement_from_text(text, rules=self._parsing, ended=decoded.ended)
        return judgement, len(decoded.tokens) + decoded.ended


def judgement_from_text(text: str, *, rules: Rules, ended: bool) -> Judgement:
    """Read a written answer; one that is cut off counts where it has said yes or no by then.

    Args:
        text: What the model wrote.
        rules: The rules by which it is read.
        ended: Whether the model had finished.
    """
    answer = parse_answer(text, rules=rules)
    if answer != "unknown":
        return Judgement(answer)
    if not text.strip():
        what = "the model wrote nothing"
    else:
        what = f"neither yes nor no by the rules {rules!r} in {brief(text.strip(), limit=200)}"
    return Judgement("unknown", reason=what if ended else f"{what}, cut off before its end")


def failure(what: str, error: BaseException) -> Judgement:
    """An `error` for what went wrong, which is logged too."""
    reason = f"{what}: {one_line(error)}"
    logger.warning(reason)
    return Judgement("error", reason=reason)
