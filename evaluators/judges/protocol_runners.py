"""How questions are put to a model: the two protocols at work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from evaluators.answers import RULES_VERSION, Rules, read_reply
from evaluators.frames import Clip
from evaluators.judges.answer_tokens import answer_tokens, judgements_from_logits
from evaluators.judges.base import Judgement
from evaluators.judges.decoding import NotFiniteError, decode_greedily
from evaluators.judges.family import Family, Prefix, joined, shape_of, shares_prefix, stacked
from evaluators.judges.shared_prefix import plain_logits, read_prefix, suffix_logits
from evaluators.judges.usage import Usage
from evaluators.thoughts import thinking_in
from omiti2v.errors import one_line

logger = logging.getLogger(__name__)

# What a clip or a batch can do to a working judge: no memory, or a shape that the model refuses.
FAILURES = (RuntimeError, ValueError, MemoryError)

MAX_BATCH_TOKENS = 16_384
"""Of the clips that are read in one pass. So many fill any accelerator; more only take memory."""


@dataclass(frozen=True)
class ClipQuestions:
    """A clip and what is asked about it.

    Attributes:
        prefix: The clip and the text before the question.
        suffixes: Token ids of each question and of the text after it.
    """

    prefix: Prefix
    suffixes: Sequence[Sequence[int]]


Outcome = tuple[list[list[Judgement]], Usage]
"""The judgements about each clip, and the tokens that they took."""


class FastProtocol:
    """The video is read once, and the answer is read off the scores of the first answer token.

    Clips of as many tokens are read in one pass. Where a model can't share the video between
    questions (see `shares_prefix`), it is read again for each of them: slower, with the same
    answers, one clip and one question at a time.

    Args:
        family: The model.
        threshold: Smallest probability in [0, 1] of yes and no together that counts as an answer.
        max_questions: Questions in one batch.
        batch_clips: Clips in one batch, where they are short: see `MAX_BATCH_TOKENS`.

    Raises:
        UserError: The tokenizer has no token for yes or for no.
    """

    def __init__(
        self, family: Family, *, threshold: float, max_questions: int, batch_clips: int
    ) -> None:
        self._family = family
        self._threshold = threshold
        self._max_questions = max_questions
        self._tokens = answer_tokens(family.tokenizer)
        marks = family.tokenizer.get_added_vocab().items()
        self._thoughts = {token for name, token in marks if thinking_in(name) == "open"}
        self._shares = shares_prefix(family)
        self.batch_clips = batch_clips if self._shares else 1
        if not self._shares:
            logger.info("%s: the video is read for each question", family.architecture)
        self.identity: Mapping[str, object] = {
            "threshold": threshold,
            "answer_tokens": {"yes": list(self._tokens.yes), "no": list(self._tokens.no)},
        }

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text before the question; see `Family.prefix`."""
        return self._family.prefix(clip, text)

    def ask(self, batch: Sequence[ClipQuestions]) -> Outcome:
        """Answer each question about each clip; what fails is an `error` with its reason."""
        answers: list[list[Judgement]] = [[] for _ in batch]
        total = Usage()
        for places in self._groups(batch):
            found, usage = self._ask_group([batch[place] for place in places])
            total += usage
            for place, judgements in zip(places, found, strict=True):
                answers[place] = judgements
        return answers, total

    def _groups(self, batch: Sequence[ClipQuestions]) -> Iterator[list[int]]:
        """Places in `batch` of clips that go together."""
        alike: dict[Hashable, list[int]] = {}
        for place, asked in enumerate(batch):
            alike.setdefault(shape_of(asked.prefix), []).append(place)
        for places in alike.values():
            room = MAX_BATCH_TOKENS // batch[places[0]].prefix.length
            size = max(1, min(self.batch_clips, room))
            for start in range(0, len(places), size):
                yield places[start : start + size]

    def _ask_group(self, group: Sequence[ClipQuestions]) -> Outcome:
        if len(group) > 1:
            try:
                return self._ask_in_one_batch(group)
            except FAILURES as error:
                reason = one_line(error)
            # Down here, where the error and all that its traceback holds are gone from memory.
            logger.warning("%d clips in one batch: %s; taking them singly", len(group), reason)
        alone = self._ask_alone if self._shares else self._ask_plainly
        pairs = [alone(asked) for asked in group]
        return [judgements for judgements, _ in pairs], sum((u for _, u in pairs), Usage())

    def _ask_in_one_batch(self, group: Sequence[ClipQuestions]) -> Outcome:
        prefix = stacked([asked.prefix for asked in group])
        clips = [place for place, asked in enumerate(group) for _ in asked.suffixes]
        suffixes = [suffix for asked in group for suffix in asked.suffixes]
        cache = read_prefix(self._family, prefix)
        answers: list[list[Judgement]] = [[] for _ in group]
        for part in self._parts(len(suffixes)):
            logits = suffix_logits(self._family, prefix, cache, suffixes[part], clips=clips[part])
            for clip, judgement in zip(clips[part], self._read(logits), strict=True):
                answers[clip].append(judgement)
        usage = Usage(
            video_prefill=len(group) * prefix.length,
            question_prefill=sum(map(len, suffixes)),
            questions=len(suffixes),
        )
        return answers, usage

    def _ask_alone(self, asked: ClipQuestions) -> tuple[list[Judgement], Usage]:
        prefix, suffixes = asked.prefix, asked.suffixes
        usage = Usage(video_prefill=prefix.length)
        try:
            cache = read_prefix(self._family, prefix)
        except FAILURES as error:
            return [failure("the model can't read the video", error)] * len(suffixes), usage
        judgements: list[Judgement] = []
        for part in self._parts(len(suffixes)):
            batch = suffixes[part]
            usage += Usage(question_prefill=sum(map(len, batch)), questions=len(batch))
            try:
                judgements += self._read(suffix_logits(self._family, prefix, cache, batch))
            except FAILURES as error:
                judgements += [failure("the model can't be asked", error)] * len(batch)
        return judgements, usage

    def _ask_plainly(self, asked: ClipQuestions) -> tuple[list[Judgement], Usage]:
        prefix = asked.prefix.to(self._family.model.device)
        judgements: list[Judgement] = []
        usage = Usage()
        for suffix in asked.suffixes:
            usage += Usage(video_prefill=prefix.length, question_prefill=len(suffix), questions=1)
            try:
                judgements += self._read(plain_logits(self._family, prefix, suffix))
            except FAILURES as error:
                judgements.append(failure("the model can't be asked", error))
        return judgements, usage

    def _parts(self, questions: int) -> list[slice]:
        step = self._max_questions
        return [slice(start, start + step) for start in range(0, questions, step)]

    def _read(self, logits: Tensor) -> list[Judgement]:
        found = judgements_from_logits(logits, self._tokens, threshold=self._threshold)
        likeliest = logits.argmax(dim=-1).tolist() if self._thoughts else []
        for row, token in enumerate(likeliest):
            if found[row].answer == "unknown" and token in self._thoughts:
                reason = f"{found[row].reason}; the model begins with a thought"
                found[row] = replace(found[row], reason=reason)
        return found


class PaperProtocol:
    """One question a call; the model writes its answer, which is parsed. There is no P(yes).

    One clip at a time, and each question reads it again: that is what the authors' evaluator does.
    A family with a method `authors_prefix` makes the clip's inputs by it in place of `prefix`, and
    has what sets them apart in `authors_identity`.

    Args:
        family: The model.
        stop: Tokens that end the model's turn.
        penalty: On repetition; see `decode_greedily`.
        parsing: The rules by which the text is read.
        max_new_tokens: Largest number of tokens of an answer, its thought included.
        thinking: Whether the prompt ends within a thought.
    """

    batch_clips = 1

    def __init__(
        self,
        family: Family,
        *,
        stop: frozenset[int],
        penalty: float,
        parsing: Rules,
        max_new_tokens: int,
        thinking: bool = False,
    ) -> None:
        self._family = family
        self._stop = stop
        self._penalty = penalty
        self._thinking = thinking
        self.prefix: Callable[[Clip, str], Prefix] = getattr(
            family, "authors_prefix", family.prefix
        )
        self._parsing: Rules = parsing
        self._limit = max_new_tokens
        self.identity: Mapping[str, object] = {
            "parsing": parsing,
            "parsing_version": RULES_VERSION,
            "max_new_tokens": max_new_tokens,
            "stop_tokens": sorted(stop),
            "repetition_penalty": penalty,
            **getattr(family, "authors_identity", {}),
        }

    def ask(self, batch: Sequence[ClipQuestions]) -> Outcome:
        """See `FastProtocol.ask`."""
        answers: list[list[Judgement]] = []
        usage = Usage()
        for asked in batch:
            answers.append([])
            for suffix in asked.suffixes:
                judgement, decoded = self._ask(asked.prefix, suffix)
                answers[-1].append(judgement)
                usage += Usage(
                    video_prefill=asked.prefix.length,
                    question_prefill=len(suffix),
                    questions=1,
                    decoded=decoded,
                )
        return answers, usage

    def _ask(self, prefix: Prefix, suffix: Sequence[int]) -> tuple[Judgement, int]:
        try:
            prompt = joined(self._family, prefix, suffix)
            decoded = decode_greedily(
                self._family, prompt, stop=self._stop, limit=self._limit, penalty=self._penalty
            )
        except NotFiniteError as error:
            return Judgement("error", reason=str(error)), 0
        except FAILURES as error:
            return failure("the model can't be asked", error), 0
        read = read_reply(
            self._written(decoded.tokens),
            rules=self._parsing,
            ended=decoded.ended,
            in_thought=self._thinking,
        )
        judgement = Judgement(read.verdict, reason=read.reason)
        return judgement, len(decoded.tokens) + decoded.ended

    def _written(self, tokens: Sequence[int]) -> str:
        tokenizer = self._family.processor.tokenizer
        text: str = tokenizer.decode(tokens, skip_special_tokens=False)
        # The marks around a thought may be special tokens.
        if thinking_in(text) != "none":
            return text
        plain: str = tokenizer.decode(tokens, skip_special_tokens=True)
        return plain


def failure(what: str, error: BaseException) -> Judgement:
    """An `error` for what went wrong, which is logged too."""
    reason = f"{what}: {one_line(error)}"
    logger.warning(reason)
    return Judgement("error", reason=reason)
