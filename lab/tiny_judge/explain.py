"""Teaches the tiny judge to say what it sees after its answer: `python -m lab.tiny_judge.explain`.

The variant writes about twenty tokens and ends its turn, as large models do under the `paper`
protocol; the protocols are compared on it. It is trained from the tiny judge's weights, in minutes,
and begins anew if interrupted.
"""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLForConditionalGeneration

from evaluators.tiny import WEIGHTS
from lab import training
from lab.tiny_judge.batches import Packer
from lab.tiny_judge.examples import ClipChunks
from lab.tiny_judge.learner import JudgeLearner
from lab.tiny_judge.model import save, use_fast_attention
from lab.tiny_judge.tokens import build_tokenizer

logger = logging.getLogger(__name__)

EXPLAINING = Path(__file__).parent / "weights-explaining"
SEED = 12
CLIPS, BATCH, QUESTIONS = 1536, 24, 8
FIRST_RATE, LAST_RATE = 4e-4, 2e-5


def main() -> None:
    """Parse the command line and train."""
    parser = training.training_parser(__doc__, steps=500)
    parser.add_argument("--model", type=Path, default=WEIGHTS, help="folder to start from")
    options = training.start(parser)
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
    packer, learner = Packer(tokenizer), JudgeLearner(tokenizer).train()
    trained = Qwen2_5_VLForConditionalGeneration.from_pretrained(start, use_safetensors=True)
    learner.model.load_state_dict(trained.state_dict())
    # It knows one step of time only. Of a looped clip, text is to follow the grid as in training.
    learner.model.config.vision_config.tokens_per_second = 0
    chunk = ClipChunks(work, 1, clips, SEED).load(0)
    optimizer = torch.optim.AdamW(learner.model.parameters(), betas=(0.9, 0.98), weight_decay=0.0)

    def take(step: int) -> training.Step:
        batch = packer.draw(
            chunk,
            min(BATCH, clips),
            questions=QUESTIONS,
            drills=0,
            seed=[SEED, step],
            explained=True,
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = learner.losses(batch)
        assert losses.answers is not None and losses.words is not None
        # The answer is one token of some twenty, and the one that counts.
        total = losses.answers + losses.words
        return training.Step(total, lambda: training.describe_losses(**vars(losses)))

    schedule = training.Schedule(steps=steps, highest=FIRST_RATE, last=LAST_RATE)
    training.train(learner, optimizer, take, schedule=schedule, log_every=25)
    save(out, learner.model, tokenizer)
    weights = load_file(out / "model.safetensors")
    halves = {name: tensor.half() for name, tensor in weights.items()}
    save_file(halves, out / "model.safetensors", metadata={"format": "pt"})
    logger.info("saved %s", out)


if __name__ == "__main__":
    main()
