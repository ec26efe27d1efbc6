"""How much a learner makes of prompts, on clips that it is not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from lab.chunks import Arrays
from lab.tiny_wan.clips import make_clip
from lab.tiny_wan.latents import encode_clips
from lab.tiny_wan.learner import Batch, Learner, draw_batch

SEED_SHIFT = 1_000_003
SIGMAS = (0.95, 0.75, 0.4)
"""Shares of noise that are tested at: what happens is decided where there is much."""


def held_out_clips(vae: Any, learner: Learner, *, count: int, seed: int) -> Arrays:
    """Clips that all do what their prompt says, as `encode_clips` gives them."""
    clips = (make_clip(i, seed=seed + SEED_SHIFT, shares={"done": 1.0}) for i in range(count))
    return encode_clips(vae, learner.tokenizer, clips)


@torch.no_grad()
def losses_by_prompt(learner: Learner, clips: Arrays) -> dict[float, tuple[float, float]]:
    """Mean loss with each clip's own prompt and with another clip's, by the share of noise.

    The two are the same for a learner that does not read.

    Args:
        learner: The model.
        clips: From `held_out_clips`.
    """
    rows = np.arange(len(clips["tokens"]))
    drawn = draw_batch(clips, rows, learner.tokenizer, seed=0)
    tokens = torch.from_numpy(clips["tokens"]).long()
    found = {}
    for share in SIGMAS:
        at = replace(drawn, sigmas=torch.full((len(rows),), share))
        own, other = (replace(at, tokens=some) for some in (tokens, tokens.roll(1, 0)))
        found[share] = _mean(learner, own), _mean(learner, other)
    return found


def describe(found: dict[float, tuple[float, float]]) -> str:
    """`losses_by_prompt` in a line of the log."""
    parts: Sequence[str] = [
        f"at {share:g} {own:.4f} / {other:.4f}" for share, (own, other) in found.items()
    ]
    return "held out, own prompt / another's: " + ", ".join(parts)


def _mean(learner: Learner, batch: Batch) -> float:
    return float(learner.loss(batch).mean())
