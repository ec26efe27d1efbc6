"""The training loop of all models here: seeded, with a rate schedule, checkpoints and log lines.

A training resumes after a kill and ends where it would have, as long as a step's loss depends on
the weights and the step alone.
"""

from __future__ import annotations

import argparse
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The learning rate of each step: up along a line, then down along half a cosine.

    Attributes:
        steps: Steps in all.
        highest: The rate after the warm-up.
        last: The rate at the end.
        warmup: Steps until the highest rate.
    """

    steps: int
    highest: float
    last: float = 0.0
    warmup: int = 0

    def rate(self, step: int) -> float:
        """The rate of a step, from 0."""
        if step < self.warmup:
            return self.highest * (step + 1) / self.warmup
        share = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.last + (self.highest - self.last) * (1 + math.cos(math.pi * share)) / 2


@dataclass(frozen=True, kw_only=True)
class ClipTrainingConfig:
    """What decides a training on chunks of clips, to the last batch.

    Attributes:
        steps: In all; the learning rate falls to its last value over them.
        chunks: Chunks of clips.
        clips: Clips of a chunk.
        batch: Clips of a step.
        held_out: Clips that the learner is tested on now and then.
        seed: Decides clips, weights and batches.
    """

    steps: int
    chunks: int = 24
    clips: int
    batch: int
    held_out: int
    seed: int


@dataclass(frozen=True)
class Step:
    """A step's loss, and what to log of it; the text is made only where it is logged."""

    loss: Tensor
    describe: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """Where and how often a training is saved.

    Attributes:
        path: The file.
        every: Steps from one to the next; there is one after the last step too.
        after: Called after each, with the number of steps done.
    """

    path: Path
    every: int
    after: Callable[[int], None] = lambda done: None


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    take: Callable[[int], Step],
    *,
    schedule: Schedule,
    log_every: int,
    checkpoints: Checkpoints | None = None,
    after_step: Callable[[], None] = lambda: None,
) -> None:
    """Train a model, or resume from its last checkpoint.

    Args:
        model: All that is trained; its gradients are clipped to a norm of 1.
        optimizer: Updates its parameters.
        take: The step with a number, from 0; its loss is for `backward`.
        schedule: The learning rate of each step.
        log_every: Steps from one line of the log to the next.
        checkpoints: None where a training is not resumable.
        after_step: Called after the weights have changed.
    """
    first = resume(checkpoints.path, model, optimizer) if checkpoints else 0
    if first:
        logger.info("resuming at step %d", first)
    began = time.monotonic()
    for number in range(first, schedule.steps):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(number)
        step = take(number)
        optimizer.zero_grad()
        torch.autograd.backward(step.loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        after_step()
        done = number + 1
        if done % log_every == 0:
            pace = (time.monotonic() - began) / (done - first)
            logger.info("step %d %s, %.2f s a step", done, step.describe(), pace)
        if checkpoints and (done % checkpoints.every == 0 or done == schedule.steps):
            save_checkpoint(checkpoints.path, model, optimizer, done)
            checkpoints.after(done)


def describe_losses(**losses: Tensor | None) -> str:
    """Losses by name, for the log; None is left out."""
    known = {name: loss for name, loss in losses.items() if loss is not None}
    return ", ".join(f"{name} {loss.item():.4f}" for name, loss in known.items())


def save_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, step: int
) -> None:
    """Write all that a training needs to resume after `step` steps, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, part)
    part.replace(path)


def resume(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Load a checkpoint where there is one; the number of steps that it was written after."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def training_parser(
    description: str | None, *, steps: int, seed: int | None = None
) -> argparse.ArgumentParser:
    """The options that all trainings have.

    Args:
        description: Its first line is shown.
        steps: The usual number of steps.
        seed: The usual seed; None where it can't be chosen.
    """
    first = description.splitlines()[0] if description else None
    parser = argparse.ArgumentParser(description=first)
    parser.add_argument("--out", type=Path, required=True, help="folder of the trained model")
    parser.add_argument("--work", type=Path, help="data and checkpoint; default OUT-work")
    parser.add_argument("--steps", type=int, default=steps, help="training steps in all")
    if seed is not None:
        parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--threads", type=int, default=1)
    return parser


def start(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Parse the command line, and set threads and the log."""
    options = parser.parse_args()
    options.work = options.work or options.out.with_name(options.out.name + "-work")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    return options
