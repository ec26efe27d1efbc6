"""Training clips on disk, in chunks that are rendered ahead of the training and used again."""

from __future__ import annotations

import logging
import multiprocessing
import os
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.tiny_judge.examples import QUESTIONS, make_example
from lab.tiny_judge.tokens import build_tokenizer

logger = logging.getLogger(__name__)

LONGEST = 14
"""Tokens of the longest question."""

Arrays = dict[str, NDArray[np.generic]]


def chunk_path(folder: Path, number: int) -> Path:
    """Where chunk `number` lies."""
    return folder / f"chunk-{number:03d}.npz"


def load_chunk(folder: Path, number: int, *, clips: int, seed: int) -> Arrays:
    """The clips of a chunk; rendered first where the file is not there.

    Args:
        folder: Where the chunks lie.
        number: Which chunk.
        clips: Clips of a chunk.
        seed: Of the world.

    Returns:
        frames (clips, 8, 64, 64, 3) uint8; slots (clips, 4, 4, 3) int64; tokens (clips, 24, 14)
        int64, zero after the end; answers (clips, 24) bool.
    """
    path = chunk_path(folder, number)
    if not path.exists():
        render_chunk(folder, number, clips=clips, seed=seed)
    with np.load(path) as data:
        return dict(data)


def render_chunk(folder: Path, number: int, *, clips: int, seed: int) -> None:
    """Render a chunk and write it; nothing where it is there already."""
    path = chunk_path(folder, number)
    if path.exists():
        return
    tokenizer = build_tokenizer()
    frames, slots, answers = [], [], []
    tokens = np.zeros((clips, QUESTIONS, LONGEST), dtype=np.uint8)
    for position in range(clips):
        example = make_example(number * clips + position, seed=seed)
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


def render_ahead(folder: Path, chunks: int, *, clips: int, seed: int) -> BaseProcess:
    """Start a process of low priority that renders all chunks in their order."""
    process = multiprocessing.get_context("spawn").Process(
        target=_render_all, args=(folder, chunks, clips, seed), daemon=True
    )
    process.start()
    return process


def _render_all(folder: Path, chunks: int, clips: int, seed: int) -> None:
    os.nice(10)
    for number in range(chunks):
        render_chunk(folder, number, clips=clips, seed=seed)
