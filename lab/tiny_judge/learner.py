"""One step of the tiny judge's training: the model, what it is taught, and the losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES
from lab.tiny_judge.batches import GRID, IGNORED, JudgeBatch
from lab.tiny_judge.examples import QUARTERS
from lab.tiny_judge.model import TEXT_WIDTH, build_model, build_processor, patches_of

TRAITS = (len(COLOURS) + 1, len(SHAPES) + 1, len(SIZES) + 1)
CLASSES = (*TRAITS * QUARTERS, len(PLACES))
FORBIDDEN = -1e4


@dataclass(frozen=True)
class Losses:
    """Losses of a batch; None where the batch teaches nothing of the kind.

    Attributes:
        slots: Telling from each token of the vision tower its place, and what is there in each
            quarter of the clip.
        words: Naming the same in words.
        answers: Answering yes or no.
    """

    slots: Tensor
    words: Tensor | None = None
    answers: Tensor | None = None


class JudgeLearner(nn.Module):
    """The model with a head for dense teaching; the head isn't shipped.

    A question has no fixed distance from the clip's tokens, so relative positions don't lead from
    its words to a place: the tokens themselves have to tell.

    Args:
        tokenizer: The tiny judge's.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.model = build_model(tokenizer)
        # The fused kernel's backward pass is slow on a CPU.
        self.model.set_attn_implementation("eager")
        self.head = nn.Linear(TEXT_WIDTH, sum(CLASSES))
        video = build_processor(tokenizer).video_processor
        self.register_buffer("mean", torch.tensor(video.image_mean), persistent=False)
        self.register_buffer("std", torch.tensor(video.image_std), persistent=False)

    def see(self, batch: JudgeBatch) -> Tensor:
        """What the vision tower makes of the clips, shape (clips, tokens of a clip, width)."""
        clips = len(batch.frames)
        patches = patches_of(batch.frames, self.mean, self.std)
        side = 2 * GRID
        grid = torch.tensor([[1, side, side]] * clips)
        seen: Tensor = self.model.model.visual(patches, grid_thw=grid).pooler_output
        return seen.reshape(clips, GRID * GRID, TEXT_WIDTH)

    def logits(self, batch: JudgeBatch, seen: Tensor) -> Tensor:
        """Scores of the next token wherever a label is asked for, shape (labels, vocabulary)."""
        language = self.model.model.language_model
        embedded = language.embed_tokens(batch.tokens)
        after = seen.shape[1] + 1
        joined = torch.cat([embedded[:, :1], seen.to(embedded.dtype), embedded[:, after:]], dim=1)
        mask = torch.zeros(batch.mask.shape).masked_fill(~batch.mask, FORBIDDEN)
        hidden = language(
            inputs_embeds=joined,
            attention_mask={"full_attention": mask},
            position_ids=batch.positions,
            use_cache=False,
        ).last_hidden_state
        scores: Tensor = self.model.lm_head(hidden[batch.labels != IGNORED]).float()
        return scores

    def losses(self, batch: JudgeBatch) -> Losses:
        """All losses of a batch; the text model runs only where something is asked."""
        seen = self.see(batch)
        slots = self._slot_loss(seen, batch.slots)
        asked = batch.labels != IGNORED
        if not asked.any():
            return Losses(slots)
        scores = self.logits(batch, seen)
        labels, is_answer = batch.labels[asked], batch.is_answer[asked]
        return Losses(
            slots,
            cross_entropy(scores[~is_answer], labels[~is_answer]) if (~is_answer).any() else None,
            cross_entropy(scores[is_answer], labels[is_answer]) if is_answer.any() else None,
        )

    def _slot_loss(self, seen: Tensor, slots: Tensor) -> Tensor:
        cells = torch.arange(GRID) // (GRID // 2)
        places = (2 * cells[:, None] + cells[None, :]).flatten()
        # (clips, tokens, quarters * traits), then the place itself.
        traits = slots[:, :, places].permute(0, 2, 1, 3).flatten(2)
        wanted = torch.cat([traits, places.expand(len(seen), -1)[..., None]], dim=-1).flatten(0, 1)
        scores = self.head(seen).float().flatten(0, 1).split(CLASSES, dim=-1)
        losses = [cross_entropy(score, wanted[:, i]) for i, score in enumerate(scores)]
        return torch.stack(losses).sum() / QUARTERS
