"""Latents of rendered clips on disk, in chunks that are made ahead of the training."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from lab.chunks import Arrays, Chunks
from lab.tiny_wan.clips import TARGET_SHARES, TrainingClip, make_clip
from lab.tiny_wan.condition import encode, encode_first, to_video
from lab.tiny_wan.parts import load_vae
from lab.tiny_wan.tokens import build_tokenizer, encode_prompts

AT_ONCE = 32
"""Clips that are encoded together."""


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
class Pool(Chunks):
    """Latents of rendered clips.

    Attributes:
        vae: Folder of the trained autoencoder.
    """

    vae: Path

    def compute(self, number: int) -> Arrays:
        """Render and encode a chunk."""
        start = number * self.clips
        clips = (
            make_clip(index, seed=self.seed, shares=TARGET_SHARES)
            for index in range(start, start + self.clips)
        )
        return encode_clips(load_vae(self.vae), build_tokenizer(), clips)
