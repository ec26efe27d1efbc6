"""Teaches the tiny judge to say what it sees after its answer: `python -m lab.tiny_judge.explain`.

The variant writes about twenty tokens and ends its turn, as large models do under the `paper`
protocol; the protocols are compared on it. It is trained from the tiny judge's weights, in minutes,
and begins anew if interrupted.
"""

from __future__ import annotations

import argparse
import logging
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLForConditionalGeneration

from evaluators.tiny.judge import WEIGHTS
from lab.tiny_judge.batches import Packer, worth
from lab.tiny_judge.learner import Learner
from lab.tiny_judge.model import save, use_fast_attention
from lab.tiny_judge.pool import load_chunk
from lab.tiny_judge.tokens import build_tokenizer

logger = logging.getLogger(__name__)

EXPLAINING = Path(__file__).parent / "weights-explaining"
SEED = 12
CLIPS, BATCH, QUESTIONS = 1536, 24, 8
FIRST_RATE, LAST_RATE = 4e-4, 2e-5


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, default=WEIGHTS, help="folder to start from")
    parser.add_argument("--out", type=Path, default=EXPLAINING, help="folder of the variant")
    parser.add_argument("--work", type=Path, required=True, help="folder of rendered clips")
    parser.add_argument("--steps", type=int, default=500)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(options.model, options.out, work=options.work, steps=options.steps)


def train(start: Path, out: Path, *, work: Path, steps: int, clips: int = CLIPS) -> None:
    """Train the variant and write it to `out`, its weights in half precision.

    Args:
        start: A model that `lab.tiny_judge.train` wrote.
        out: Folder of the variant.
        work: Folder of rendered clips; those of `lab.tiny_judge.train` are of another seed.
        steps: Training steps.
        clips: Clips to train on.
    """
    torch.manual_seed(SEED)
    use_fast_attention()
    tokenizer = build_tokenizer()
    packer, learner = Packer(tokenizer), Learner(tokenizer).train()
    trained = Qwen2_5_VLForConditionalGeneration.from_pretrained(start, use_safetensors=True)
    learner.model.load_state_dict(trained.state_dict())
    chunk = load_chunk(work, 0, clips=clips, seed=SEED)
    shares = worth(chunk["slots"].astype(np.uint8))
    optimizer = torch.optim.AdamW(learner.model.parameters(), betas=(0.9, 0.98), weight_decay=0.0)
    for step in range(steps):
        share = step / steps
        for group in optimizer.param_groups:
            group["lr"] = LAST_RATE + (FIRST_RATE - LAST_RATE) * (1 + math.cos(math.pi * share)) / 2
        rng = np.random.default_rng([SEED, step])
        rows = rng.choice(clips, min(BATCH, clips), replace=False, p=shares / shares.sum())
        batch = packer.pack(chunk, rows, questions=QUESTIONS, drills=0, rng=rng, explained=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = learner.losses(batch, with_text=True)
        assert losses.answers is not None and losses.words is not None
        optimizer.zero_grad()
        # The answer is one token of some twenty, and the one that counts.
        torch.autograd.backward(losses.answers + losses.words)
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        if step % 25 == 24:
            said = f"answers {losses.answers.item():.4f}, words {losses.words.item():.4f}"
            logger.info("step %d %s", step + 1, said)
    save(out, learner.model, tokenizer)
    weights = load_file(out / "model.safetensors")
    halves = {name: tensor.half() for name, tensor in weights.items()}
    save_file(halves, out / "model.safetensors", metadata={"format": "pt"})
    logger.info("saved %s", out)


if __name__ == "__main__":
    main()
