"""Training clips on disk, in chunks that are rendered ahead of the training and used again."""

from __future__ import annotations

import logging
import multiprocessing
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluators.tiny.examples import QUESTIONS, make_example
from evaluators.tiny.tokens import build_tokenizer

logger = logging.getLogger(__name__)

CHUNK = 1536
"""Clips of a chunk: a multiple of the six kinds of edit and of the batch size."""
LONGEST = 14
"""Tokens of the longest question."""

Arrays = dict[str, NDArray[np.generic]]


def chunk_path(folder: Path, number: int) -> Path:
    """Where chunk `number` lies."""
    return folder / f"chunk-{number:03d}.npz"


def load_chunk(folder: Path, number: int, *, seed: int) -> Arrays:
    """The clips of a chunk; rendered first where the file is not there.

    Returns:
        frames (clips, 8, 64, 64, 3) uint8; slots (clips, 4, 4, 3) int64; tokens (clips, 24, 14)
        int64, zero after the end; answers (clips, 24) bool.
    """
    path = chunk_path(folder, number)
    if not path.exists():
        render_chunk(folder, number, seed=seed)
    with np.load(path) as data:
        return dict(data)


def render_chunk(folder: Path, number: int, *, seed: int) -> None:
    """Render a chunk and write it; nothing where it is there already."""
    path = chunk_path(folder, number)
    if path.exists():
        return
    tokenizer = build_tokenizer()
    frames, slots, answers = [], [], []
    tokens = np.zeros((CHUNK, QUESTIONS, LONGEST), dtype=np.uint8)
    for position in range(CHUNK):
        example = make_example(number * CHUNK + position, seed=seed)
        frames.append(example.frames)
        slots.append(example.slots.astype(np.uint8))
        answers.append(example.answers)
        for row, question in enumerate(example.questions):
            ids = tokenizer.encode(question, add_special_tokens=False)
            tokens[position, row, : len(ids)] = ids
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(
            file,
            frames=np.stack(frames),
            slots=np.stack(slots),
            tokens=tokens,
            answers=np.array(answers),
        )
    part.replace(path)
    logger.info("rendered %s", path)


def render_ahead(folder: Path, chunks: int, *, seed: int) -> multiprocessing.Process:
    """Start a process of low priority that renders all chunks in their order."""
    process = multiprocessing.get_context("spawn").Process(
        target=_render_all, args=(folder, chunks, seed), daemon=True
    )
    process.start()
    return process


def _render_all(folder: Path, chunks: int, seed: int) -> None:
    os.nice(10)
    for number in range(chunks):
        render_chunk(folder, number, seed=seed)
