"""Trains the tiny CLIP from scratch: `python -m lab.tiny_clip.train --out FOLDER`.

It takes minutes on one thread, so it is not resumable: an interrupted training starts again.

Beside the contrastive loss, one linear layer reads from both embeddings what is at each place; it
is thrown away at the end. Without it, telling whole captions apart is learned far more slowly.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass

import numpy as np
import open_clip
import torch
from torch.nn import functional

from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES
from lab import training
from lab.tiny_clip.measure import measure
from lab.tiny_clip.model import WIDTH, as_input, build_model, save
from lab.tiny_clip.pairs import Pairs, make_pairs
from lab.tiny_clip.tokens import CONTEXT, build_tokenizer

logger = logging.getLogger(__name__)

LEARNING_RATE, WARMUP = 1.5e-3, 40
PROMPT_SHARE = 0.2
LOG_EVERY = 50
TRAITS = (len(COLOURS) + 1, len(SHAPES) + 1, len(SIZES) + 1)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """What decides a training, to the last batch.

    Attributes:
        steps: Training steps; the learning rate falls to zero over them.
        scenes: Scenes to learn from, two pairs of picture and caption each.
        batch: Scenes of a step.
        seed: Decides scenes, weights and batches.
    """

    steps: int = 600
    scenes: int = 6000
    batch: int = 64
    seed: int = 17


def main() -> None:
    """Parse the command line, train and measure."""
    usual = TrainingConfig()
    parser = training.training_parser(__doc__, steps=usual.steps, seed=usual.seed)
    parser.add_argument("--scenes", type=int, default=usual.scenes)
    options = training.start(parser)
    options.out.mkdir(parents=True, exist_ok=True)
    # open_clip tells of each step of its loading, through the root logger.
    logging.getLogger().setLevel(logging.WARNING)
    for name in ("lab", "__main__"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger().addHandler(logging.FileHandler(options.out / "training.log", mode="w"))
    config = TrainingConfig(steps=options.steps, scenes=options.scenes, seed=options.seed)
    logger.info("%s", config)
    save(options.out, train(config))
    logger.info("measured: %s", json.dumps(measure(options.out)))


def train(config: TrainingConfig) -> open_clip.CLIP:
    """The trained model, in evaluation mode.

    Args:
        config: What decides the training.
    """
    torch.manual_seed(config.seed)
    pairs = make_pairs(config.scenes, seed=config.seed)
    texts, prompts = _tokens(pairs)
    frames = torch.from_numpy(pairs.frames)
    slots = torch.from_numpy(pairs.slots)
    model = build_model().train()
    reader = torch.nn.Linear(WIDTH, len(PLACES) * sum(TRAITS))
    both = torch.nn.ModuleList([model, reader])
    optimizer = torch.optim.AdamW(both.parameters(), betas=(0.9, 0.98), weight_decay=0.02)

    def take(step: int) -> training.Step:
        rng = np.random.default_rng([config.seed, step])
        rows = torch.from_numpy(rng.choice(config.scenes, config.batch, replace=False))
        by_prompt = torch.from_numpy(rng.random(config.batch) < PROMPT_SHARE)
        text = texts[rows].clone()
        text[by_prompt, 1] = prompts[rows][by_prompt]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            seen = model.encode_image(as_input(frames[rows].flatten(0, 1)))
            told = model.encode_text(text.flatten(0, 1))
            read = reader(torch.stack([seen, told]))
        # A prompt says what changes, not what is there.
        says = torch.ones(2, config.batch, 2, dtype=torch.bool)
        says[1, by_prompt, 1] = False
        naming = _naming_loss(read.float(), slots[rows].flatten(0, 1), says.flatten(1))
        one, other = (functional.normalize(some.float(), dim=-1) for some in (seen, told))
        matching = open_clip.ClipLoss()(one, other, model.logit_scale.exp())
        return training.Step(
            matching + naming, lambda: training.describe_losses(matching=matching, naming=naming)
        )

    @torch.no_grad()
    def limit_scale() -> None:
        model.logit_scale.clamp_(0, math.log(100))

    training.train(
        both,
        optimizer,
        take,
        schedule=training.Schedule(steps=config.steps, highest=LEARNING_RATE, warmup=WARMUP),
        log_every=LOG_EVERY,
        after_step=limit_scale,
    )
    return model.eval()


def _tokens(pairs: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens of captions, (scenes, 2, context), and of prompts, (scenes, context)."""
    tokenizer = build_tokenizer()

    def encode(texts: list[str]) -> torch.Tensor:
        found = tokenizer(
            texts, padding="max_length", max_length=CONTEXT, truncation=True, return_tensors="pt"
        )
        return torch.as_tensor(found["input_ids"])

    captions = encode([caption for both in pairs.captions for caption in both])
    return captions.view(len(pairs.prompts), 2, CONTEXT), encode(pairs.prompts)


def _naming_loss(read: torch.Tensor, slots: torch.Tensor, says: torch.Tensor) -> torch.Tensor:
    """How badly colour, shape and size at each place are read from the embeddings.

    Args:
        read: Logits, shape (2, n, places * traits): from pictures, from texts.
        slots: The truth, shape (n, places, 3).
        says: Which embeddings are to tell, shape (2, n).
    """
    logits = read.view(2, -1, len(PLACES), sum(TRAITS))[says]
    truth = slots.expand(2, *slots.shape)[says]
    parts = torch.split(logits, list(TRAITS), dim=-1)
    losses = [
        functional.cross_entropy(part.flatten(0, 1), truth[..., trait].flatten())
        for trait, part in enumerate(parts)
    ]
    return torch.stack(losses).mean()


if __name__ == "__main__":
    main()
