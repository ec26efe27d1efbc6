"""Training data on disk, in chunks that a process makes ahead of the training."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Chunks:
    """Where chunks lie and what is in them; a subclass says how one is computed.

    Attributes:
        folder: Folder of the chunks.
        count: How many there are.
        clips: Clips of a chunk.
        seed: Seed of the world.
    """

    folder: Path
    count: int
    clips: int
    seed: int

    def compute(self, number: int) -> Arrays:
        """The arrays of a chunk."""
        raise NotImplementedError

    def path(self, number: int) -> Path:
        """File of chunk `number`."""
        return self.folder / f"chunk-{number:03d}.npz"

    def make(self, number: int) -> None:
        """Compute a chunk and write it; nothing where it is there already."""
        path = self.path(number)
        if path.exists():
            return
        arrays = self.compute(number)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        part.replace(path)
        logger.info("made %s", path)

    def load(self, number: int, ahead: BaseProcess | None = None) -> Arrays:
        """A chunk: waited for while `ahead` is at work, else made here where it isn't there."""
        while ahead is not None and ahead.is_alive() and not self.path(number).exists():
            time.sleep(0.5)
        self.make(number)
        with np.load(self.path(number)) as data:
            return dict(data)

    def make_ahead(self) -> BaseProcess:
        """Start a process of low priority that makes all chunks in their order."""
        process = multiprocessing.get_context("spawn").Process(
            target=_make_all, args=(self,), daemon=True
        )
        process.start()
        return process


def _make_all(chunks: Chunks) -> None:
    os.nice(5)
    torch.set_num_threads(1)
    for number in range(chunks.count):
        chunks.make(number)
