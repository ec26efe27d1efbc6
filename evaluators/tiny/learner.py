"""One step of the tiny judge's training: the model, what it is taught, and the losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from evaluators.tiny.batches import GRID, IGNORED, Batch
from evaluators.tiny.examples import QUARTERS
from evaluators.tiny.model import TEXT_WIDTH, build_model, build_processor, patches_of
from evaluators.world.vocabulary import COLOURS, PLACES, SHAPES, SIZES

CLASSES = (len(COLOURS) + 1, len(SHAPES) + 1, len(SIZES) + 1, len(PLACES))
# The text model's layer after which each of the clip's tokens is to know its quarter.
CLOCK_LAYER = 1
FORBIDDEN = -1e4


@dataclass(frozen=True)
class Losses:
    """Losses of a batch; None where the batch teaches nothing of the kind.

    Attributes:
        slots: Telling from each token of the vision tower its place and what is there.
        clock: Telling from each of the clip's tokens inside the text model its quarter.
        words: Naming the same in words.
        answers: Answering yes or no.
    """

    slots: Tensor
    clock: Tensor | None = None
    words: Tensor | None = None
    answers: Tensor | None = None


class Learner(nn.Module):
    """The model with two heads for dense teaching; the heads aren't shipped.

    A question has no fixed distance from the clip's tokens, so relative positions don't lead from
    its words to a place or to the end of the clip: the tokens themselves have to tell.

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
        self.clock_head = nn.Linear(TEXT_WIDTH, QUARTERS)
        self._inner: list[Tensor] = []
        layer = self.model.model.language_model.layers[CLOCK_LAYER]
        layer.register_forward_hook(lambda _, __, output: self._keep(output))
        video = build_processor(tokenizer).video_processor
        self.register_buffer("mean", torch.tensor(video.image_mean), persistent=False)
        self.register_buffer("std", torch.tensor(video.image_std), persistent=False)

    def hold_tower(self, held: bool) -> None:
        """Hold the vision tower's weights, but for the merger's; or let them learn again."""
        visual = self.model.model.visual
        for part in (visual.patch_embed, visual.blocks):
            part.requires_grad_(not held)

    def _keep(self, output: Tensor | tuple[Tensor, ...]) -> None:
        self._inner[:] = [output if isinstance(output, Tensor) else output[0]]

    def see(self, batch: Batch) -> Tensor:
        """What the vision tower makes of the clips, shape (clips, tokens of a clip, width)."""
        clips = len(batch.frames)
        patches = patches_of(batch.frames, self.mean, self.std)
        side = 2 * GRID
        grid = torch.tensor([[QUARTERS, side, side]] * clips)
        seen: Tensor = self.model.model.visual(patches, grid_thw=grid).pooler_output
        return seen.reshape(clips, QUARTERS * GRID * GRID, TEXT_WIDTH)

    def logits(self, batch: Batch, seen: Tensor) -> Tensor:
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

    def losses(self, batch: Batch, *, with_text: bool) -> Losses:
        """All losses of a batch; the text model runs only `with_text`."""
        seen = self.see(batch)
        slots = self._slot_loss(seen, batch.slots)
        if not with_text:
            return Losses(slots)
        scores = self.logits(batch, seen)
        labels = batch.labels[batch.labels != IGNORED]
        is_answer = batch.is_answer[batch.labels != IGNORED]
        return Losses(
            slots,
            self._clock_loss(seen.shape[1]),
            cross_entropy(scores[~is_answer], labels[~is_answer]) if (~is_answer).any() else None,
            cross_entropy(scores[is_answer], labels[is_answer]) if is_answer.any() else None,
        )

    def _slot_loss(self, seen: Tensor, slots: Tensor) -> Tensor:
        clips, half = len(seen), GRID // 2
        cells = torch.arange(GRID) // half
        places = (2 * cells[:, None] + cells[None, :]).expand(clips, QUARTERS, GRID, GRID)
        wanted = slots[:, :, places[0, 0].flatten()].reshape(clips, QUARTERS, GRID, GRID, -1)
        wanted = torch.cat([wanted, places[..., None]], dim=-1).flatten(0, 3)
        scores = self.head(seen).float().flatten(0, 1).split(CLASSES, dim=-1)
        losses = [cross_entropy(score, wanted[:, i]) for i, score in enumerate(scores)]
        return torch.stack(losses).sum()

    def _clock_loss(self, tokens: int) -> Tensor:
        inner = self._inner[0][:, 1 : 1 + tokens]
        quarters = torch.arange(QUARTERS).repeat_interleave(tokens // QUARTERS)
        scores = self.clock_head(inner).float().flatten(0, 1)
        return cross_entropy(scores, quarters.repeat(len(inner)))
