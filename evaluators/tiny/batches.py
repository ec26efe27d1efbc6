"""Packs a clip and many questions into one sequence, so that the clip is encoded once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from evaluators.tiny.examples import QUARTERS, SIDE
from evaluators.tiny.model import MERGE, PATCH
from evaluators.tiny.naming import draw_naming
from evaluators.tiny.pool import Arrays
from evaluators.tiny.tokens import ANSWER, DESCRIBE, NOTHING, VIDEO, VISION_END, VISION_START
from evaluators.world.vocabulary import COLOURS, SHAPES, SIZES

GRID = SIDE // (PATCH * MERGE)
IGNORED = -100
# Positions between two pairs of frames, as clips of other rates or lengths have them.
INTERVALS = (1.0, 1.0, 1.0, 1.0, 0.5, 1.25, 1.6, 2.0, 3.0, 5.0)


Sequences = tuple[list[int], list[int], list[int], list[int]]
"""Tokens, segments, text positions and labels of one clip's sequence."""


@dataclass(frozen=True)
class Batch:
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


class Packer:
    """Makes batches out of chunks.

    Args:
        tokenizer: The tiny judge's.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._vocabulary = tokenizer.get_vocab()
        ids = self._ids
        self.answer, self.start, self.video, self.end = ids(
            (ANSWER, VISION_START, VIDEO, VISION_END)
        )
        self.no, self.yes = ids(("no", "yes"))
        self.describe = ids(DESCRIBE)
        self.slot_words = [np.array(ids((*names, NOTHING))) for names in (COLOURS, SHAPES, SIZES)]
        self.prefix = [self.start, *[self.video] * (QUARTERS * GRID * GRID), self.end]

    def _ids(self, words: tuple[str, ...]) -> list[int]:
        return [self._vocabulary[word] for word in words]

    def pack(
        self,
        chunk: Arrays,
        rows: NDArray[np.int64],
        *,
        questions: int,
        quarters: int,
        names: int = 0,
        rng: np.random.Generator,
        shuffle: bool = True,
    ) -> Batch:
        """A batch of the chunk's rows.

        Args:
            chunk: As `load_chunk` gives it.
            rows: Which clips.
            questions: How many questions for each clip.
            quarters: How many quarters of each clip are to be described, at most 4.
            names: How many questions that are answered with a name; see `naming`.
            rng: Picks questions, quarters and the clips' rates.
            shuffle: False takes the first questions in their order, and clips of 8 fps.
        """
        sequences = [
            self._sequence(chunk, int(row), questions, quarters, rng if shuffle else None)
            for row in rows
        ]
        if names:
            for row, sequence in zip(rows, sequences, strict=True):
                self._append_names(sequence, chunk["slots"][int(row)].astype(np.uint8), names, rng)
        length = max(len(tokens) for tokens, *_ in sequences)
        shape = (len(rows), length)
        tokens, labels = np.zeros(shape, np.int64), np.full(shape, IGNORED, np.int64)
        segments, text = np.full(shape, -1, np.int64), np.zeros(shape, np.int64)
        for number, parts in enumerate(sequences):
            for array, part in zip((tokens, segments, text, labels), parts, strict=True):
                array[number, : len(part)] = part
        positions = np.stack([text] * 3)
        positions[:, :, 1 : len(self.prefix) - 1] = self._clip_positions(
            len(rows), rng if shuffle else None
        )
        causal = np.tril(np.ones((length, length), dtype=np.bool_))
        same = segments[:, :, None] == segments[:, None, :]
        mask = causal & (same | (segments[:, None, :] == 0))
        labels_tensor = torch.from_numpy(labels)
        return Batch(
            frames=torch.from_numpy(chunk["frames"][rows]),
            slots=torch.from_numpy(chunk["slots"][rows].astype(np.int64)),
            tokens=torch.from_numpy(tokens),
            positions=torch.from_numpy(positions),
            mask=torch.from_numpy(mask[:, None]),
            labels=labels_tensor,
            is_answer=(labels_tensor == self.yes) | (labels_tensor == self.no),
        )

    def _sequence(
        self,
        chunk: Arrays,
        row: int,
        questions: int,
        quarters: int,
        rng: np.random.Generator | None,
    ) -> Sequences:
        tokens = list(self.prefix)
        segments = [0] * len(tokens)
        after = GRID + 2  # the clip takes as many positions as its grid is wide
        text = [0, *[0] * (len(tokens) - 2), GRID + 1]
        labels = [IGNORED] * len(tokens)
        pieces: list[tuple[list[int], list[int]]] = []
        for quarter in _order(QUARTERS, rng)[:quarters]:
            slot = chunk["slots"][row, quarter]
            words = [
                int(self.slot_words[trait][value])
                for one in slot
                for trait, value in enumerate(one)
            ]
            pieces.append(([self.describe[quarter], *words[:-1]], words))
        for number in _order(chunk["tokens"].shape[1], rng)[:questions]:
            ids = [int(token) for token in chunk["tokens"][row, number] if token]
            label = self.yes if chunk["answers"][row, number] else self.no
            pieces.append(([*ids, self.answer], [*[IGNORED] * len(ids), label]))
        for segment, (ids, wanted) in enumerate(pieces, start=1):
            tokens += ids
            labels += wanted
            segments += [segment] * len(ids)
            text += range(after, after + len(ids))
        return tokens, segments, text, labels

    def _append_names(
        self, sequence: Sequences, slots: NDArray[np.uint8], names: int, rng: np.random.Generator
    ) -> None:
        tokens, segments, text, labels = sequence
        for segment in range(segments[-1] + 1, segments[-1] + 1 + names):
            words, name = draw_naming(slots, rng)
            ids = [*self._ids(tuple(words)), self.answer]
            tokens += ids
            labels += [*[IGNORED] * (len(ids) - 1), self._ids((name,))[0]]
            segments += [segment] * len(ids)
            text += range(GRID + 2, GRID + 2 + len(ids))

    def _clip_positions(self, clips: int, rng: np.random.Generator | None) -> NDArray[np.int64]:
        grid = np.stack(np.meshgrid(*(np.arange(n) for n in (QUARTERS, GRID, GRID)), indexing="ij"))
        positions = np.repeat(grid.reshape(3, 1, -1), clips, axis=1).astype(np.float64)
        if rng is not None:
            positions[0] *= rng.choice(INTERVALS, clips)[:, None]
        return np.floor(positions).astype(np.int64) + 1


def _order(count: int, rng: np.random.Generator | None) -> NDArray[np.int64]:
    return np.arange(count) if rng is None else rng.permutation(count)
