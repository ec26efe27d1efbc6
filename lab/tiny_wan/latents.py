"""Latents of rendered clips on disk, in chunks that are made ahead of the training."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from lab.tiny_wan.clips import TARGET_SHARES, TrainingClip, make_clip
from lab.tiny_wan.condition import encode, encode_first, to_video
from lab.tiny_wan.parts import load_vae
from lab.tiny_wan.tokens import build_tokenizer, encode_prompts

logger = logging.getLogger(__name__)

AT_ONCE = 32
"""Clips that are encoded together."""

Arrays = dict[str, NDArray[np.generic]]


def encode_clips(
    vae: Any, tokenizer: PreTrainedTokenizerFast, clips: Iterable[TrainingClip]
) -> Arrays:
    """What is learnt from of some clips.

    Args:
        vae: The trained autoencoder.
        tokenizer: The tiny Wan's.
        clips: At least one.

    Returns:
        target and condition (clips, 8, 3, 16, 16) float16, normalised; first (clips, 64, 64, 3)
        uint8; tokens (clips, 24) uint8, zero after the end.
    """
    targets, conditions, firsts, prompts = [], [], [], []
    rest = iter(clips)
    while some := list(itertools.islice(rest, AT_ONCE)):
        frames = torch.from_numpy(np.stack([clip.frames for clip in some]))
        targets.append(encode(vae, to_video(frames)).half().numpy())
        conditions.append(encode_first(vae, frames[:, 0]).half().numpy())
        firsts.append(frames[:, 0].numpy())
        prompts += [clip.prompt for clip in some]
    return {
        "target": np.concatenate(targets),
        "condition": np.concatenate(conditions),
        "first": np.concatenate(firsts),
        "tokens": encode_prompts(tokenizer, prompts),
    }


@dataclass(frozen=True)
class Pool:
    """Where the chunks lie and what is in them.

    Attributes:
        folder: Of the chunks.
        vae: Folder of the trained autoencoder.
        chunks: How many there are.
        clips: Clips of a chunk.
        seed: Of the world.
    """

    folder: Path
    vae: Path
    chunks: int
    clips: int
    seed: int

    def path(self, number: int) -> Path:
        """File of chunk `number`."""
        return self.folder / f"latents-{number:03d}.npz"

    def make(self, number: int) -> None:
        """Render and encode a chunk and write it; nothing where it is there already."""
        path = self.path(number)
        if path.exists():
            return
        vae, tokenizer = load_vae(self.vae), build_tokenizer()
        start = number * self.clips
        clips = (
            make_clip(index, seed=self.seed, shares=TARGET_SHARES)
            for index in range(start, start + self.clips)
        )
        arrays = encode_clips(vae, tokenizer, clips)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        part.replace(path)
        logger.info("made %s", path)

    def load(self, number: int, ahead: BaseProcess | None = None) -> Arrays:
        """A chunk as `encode_clips` gives it: waited for while `ahead` is at work, else made here
        where it isn't there.
        """
        while ahead is not None and ahead.is_alive() and not self.path(number).exists():
            time.sleep(0.5)
        self.make(number)
        with np.load(self.path(number)) as data:
            return dict(data)

    def make_ahead(self) -> BaseProcess:
        """Start a process that makes all chunks in their order."""
        process = multiprocessing.get_context("spawn").Process(
            target=_make_all, args=(self,), daemon=True
        )
        process.start()
        return process


def _make_all(pool: Pool) -> None:
    os.nice(5)
    torch.set_num_threads(1)
    for number in range(pool.chunks):
        pool.make(number)
