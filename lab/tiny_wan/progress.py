"""Learning rate and checkpoints of both trainings."""

from __future__ import annotations

import math
from pathlib import Path

import torch

WARMUP = 150
LAST_SHARE = 0.01


def set_rate(optimizer: torch.optim.Optimizer, step: int, *, steps: int, highest: float) -> None:
    """Set the learning rate: up in `WARMUP` steps, then down along half a cosine.

    Args:
        optimizer: Of which all groups are set.
        step: From 0.
        steps: Of the training.
        highest: The rate after the warm-up.
    """
    if step < WARMUP:
        rate = highest * (step + 1) / WARMUP
    else:
        share = (step - WARMUP) / max(1, steps - WARMUP)
        rate = highest * (LAST_SHARE + (1 - LAST_SHARE) * (1 + math.cos(math.pi * share)) / 2)
    for group in optimizer.param_groups:
        group["lr"] = rate


def save_checkpoint(
    path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, step: int
) -> None:
    """Write all that a training needs to go on after `step` steps, in one go or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, part)
    part.replace(path)


def resume(path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Load a checkpoint where there is one; the number of steps that it was written after."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
