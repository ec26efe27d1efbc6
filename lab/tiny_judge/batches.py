"""Packs a clip and many questions into one sequence, so that the clip is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from evaluators.tiny import SIDE
from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES
from lab.chunks import Arrays
from lab.tiny_judge.comparisons import draw_change, draw_comparison
from lab.tiny_judge.drills import draw_check, draw_naming
from lab.tiny_judge.model import MERGE, PATCH
from lab.tiny_judge.tokens import ANSWER, NOTHING, VIDEO, VISION_END, VISION_START

GRID = SIDE // (PATCH * MERGE)
IGNORED = -100
# What is at the end has to be found before it can be compared with what was at the start.
FIRST_DRILLS = (draw_check, draw_naming)
DRILLS = (draw_comparison, draw_change, draw_comparison, draw_check, draw_comparison, draw_naming)
# Most objects keep as they are, so that most questions with these words have the answer no.
CHANGE_WORDS = ("turn", "become", "move", "disappear", "appear", "gone", "much", "about the same")


Piece = tuple[list[int], list[int]]
"""Tokens of a question and of what is to be answered."""


@dataclass(frozen=True)
class JudgeBatch:
    """Sequences of one length: the clip, then segments that see the clip and themselves.

    Attributes:
        frames: shape (clips, 8, 64, 64, 3), uint8.
        slots: shape (clips, 4, 4, 3), int64.
        tokens: shape (clips, length).
        positions: shape (3, clips, length).
        mask: True where a row's token sees a column's, shape (clips, 1, length, length).
        labels: The token that comes next, `IGNORED` where none is asked for, shape (clips, length).
        is_answer: True where the label is yes or no, shape (clips, length).
    """

    frames: Tensor
    slots: Tensor
    tokens: Tensor
    positions: Tensor
    mask: Tensor
    labels: Tensor
    is_answer: Tensor


def worth(slots: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How often to draw each clip, in proportion: an object that ends otherwise than it began, and
    is still there, is rare and has the most to teach.

    Args:
        slots: shape (clips, 4, 4, 3), as `Example.slots`.
    """
    start, end = slots[:, 0], slots[:, -1]
    filled = [(ends[..., 0] < len(COLOURS)).sum(axis=1) for ends in (start, end)]
    changed = (start != end).any(axis=(1, 2)) & (filled[0] == filled[1])
    return np.where(changed, 4.0, 1.0)


def explain(slots: NDArray[np.uint8]) -> list[str]:
    """What is seen at the end of a clip, as words of the tokenizer: each place in turn.

    Args:
        slots: As `Example.slots`.
    """
    words = [","]
    for place, (colour, shape, _) in zip(PLACES, slots[-1], strict=True):
        seen = [NOTHING] if colour == len(COLOURS) else ["a", COLOURS[colour], SHAPES[shape]]
        words += [*seen, "in the", place, ","]
    return words[:-1]


class Packer:
    """Makes batches out of chunks.

    Args:
        tokenizer: The tiny judge's.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._vocabulary = tokenizer.get_vocab()
        self.answer, start, video, end = self._ids((ANSWER, VISION_START, VIDEO, VISION_END))
        self.no, self.yes = self._ids(("no", "yes"))
        self._change_words = self._ids(CHANGE_WORDS)
        self._prefix = [start, *[video] * (GRID * GRID), end]
        # As the library places them: a clip takes as many positions as its grid is wide.
        rows, columns = np.divmod(np.arange(GRID * GRID), GRID)
        self._clip_positions = np.stack([np.zeros_like(rows), rows, columns]) + 1

    def draw(
        self,
        chunk: Arrays,
        clips: int,
        *,
        questions: int,
        drills: int,
        seed: list[int],
        explained: bool = False,
    ) -> JudgeBatch:
        """As `pack`, of so many clips that a seed draws by their `worth`."""
        rng = np.random.default_rng(seed)
        shares = worth(chunk["slots"].astype(np.uint8))
        shares /= shares.sum()
        rows = rng.choice(len(shares), clips, replace=False, p=shares)
        return self.pack(
            chunk, rows, questions=questions, drills=drills, rng=rng, explained=explained
        )

    def pack(
        self,
        chunk: Arrays,
        rows: NDArray[np.int64],
        *,
        questions: int,
        drills: int,
        rng: np.random.Generator,
        explained: bool = False,
    ) -> JudgeBatch:
        """A batch for training.

        Args:
            chunk: As `load_chunk` gives it.
            rows: Which clips.
            questions: How many of each clip's questions.
            drills: How many questions made from what is at each place; where the clip's own
                questions aren't asked yet, only of the first sort.
            rng: Picks questions and drills.
            explained: Whether the answers to the clip's questions go on to say what is seen.
        """
        pieces = []
        for row in rows:
            numbers = self._choose(chunk, int(row), questions, rng)
            draws = (DRILLS if questions else FIRST_DRILLS) * drills
            slots = chunk["slots"][int(row)].astype(np.uint8)
            drawn = [self._piece(*draw(slots, rng)) for draw in draws[:drills]]
            asked = self._questions(chunk, int(row), numbers)
            if explained:
                seen = [*self._ids(explain(slots)), self.answer]
                asked = [(ids, answer + seen) for ids, answer in asked]
            pieces.append([*asked, *drawn])
        return self._join(chunk, rows, pieces)

    def pack_all(self, chunk: Arrays, rows: NDArray[np.int64]) -> JudgeBatch:
        """A batch of all questions of the chunk's rows, in their order."""
        numbers = np.arange(chunk["tokens"].shape[1])
        pieces = [self._questions(chunk, int(row), numbers) for row in rows]
        return self._join(chunk, rows, pieces)

    def _ids(self, words: Sequence[str]) -> list[int]:
        return [self._vocabulary[word] for word in words]

    def _choose(
        self, chunk: Arrays, row: int, questions: int, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Questions of a clip; those about a change more often, all the more where it is so."""
        change = np.isin(chunk["tokens"][row], self._change_words).any(axis=1)
        weights = np.where(change, np.where(chunk["answers"][row], 9.0, 3.0), 1.0)
        return rng.choice(len(weights), questions, replace=False, p=weights / weights.sum())

    def _questions(self, chunk: Arrays, row: int, numbers: NDArray[np.int64]) -> list[Piece]:
        pieces = []
        for number in numbers:
            ids = [int(token) for token in chunk["tokens"][row, number] if token]
            pieces.append((ids, [self.yes if chunk["answers"][row, number] else self.no]))
        return pieces

    def _piece(self, words: Sequence[str], answer: str) -> Piece:
        return self._ids(words), [self._vocabulary[answer]]

    def _join(
        self, chunk: Arrays, rows: NDArray[np.int64], pieces: Sequence[Sequence[Piece]]
    ) -> JudgeBatch:
        prefix = len(self._prefix)
        length = prefix + max(
            sum(len(ids) + len(answer) for ids, answer in clip) for clip in pieces
        )
        tokens = np.zeros((len(rows), length), np.int64)
        labels = np.full((len(rows), length), IGNORED, np.int64)
        segments = np.full((len(rows), length), -1, np.int64)
        positions = np.zeros((3, len(rows), length), np.int64)
        tokens[:, :prefix], segments[:, :prefix] = self._prefix, 0
        positions[:, :, 1 : prefix - 1] = self._clip_positions[:, None]
        positions[:, :, prefix - 1] = GRID + 1
        for number, clip in enumerate(pieces):
            at = prefix
            for segment, (ids, answer) in enumerate(clip, start=1):
                shown = [*ids, self.answer, *answer[:-1]]
                here = slice(at, at + len(shown))
                tokens[number, here] = shown
                segments[number, here] = segment
                positions[:, number, here] = GRID + 2 + np.arange(len(shown))
                at = here.stop
                labels[number, at - len(answer) : at] = answer
        causal = np.tril(np.ones((length, length), dtype=np.bool_))
        same = segments[:, :, None] == segments[:, None, :]
        mask = causal & (same | (segments[:, None, :] == 0))
        wanted = torch.from_numpy(labels)
        return JudgeBatch(
            frames=torch.from_numpy(chunk["frames"][rows]),
            slots=torch.from_numpy(chunk["slots"][rows].astype(np.int64)),
            tokens=torch.from_numpy(tokens),
            positions=torch.from_numpy(positions),
            mask=torch.from_numpy(mask[:, None]),
            labels=wanted,
            is_answer=(wanted == self.yes) | (wanted == self.no),
        )
