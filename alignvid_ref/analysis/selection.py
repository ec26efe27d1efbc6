"""Choose the blocks that act on a model for which nobody has published a list."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignvid_ref.analysis.foreground import ForegroundPrompt, foreground_ratio
from alignvid_ref.analysis.probe import Observation, observed_call
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.logits.measures import mean_attention
from omiti2v.errors import UserError
from omiti2v.records import write_atomically


@dataclass(frozen=True, kw_only=True)
class BlockSelection:
    """The blocks whose strong attention lies on the foreground.

    Attributes:
        config: The settings that were given, with `blocks` replaced by the selection.
        ratios: Foreground ratio by block, 0 to 1, averaged over prompts, steps and passes.
        threshold: A block is chosen above it.
        top: Share of the tokens that counted as high.
        prompts: Number of calibration prompts.
    """

    config: AlignVidConfig
    ratios: tuple[float, ...]
    threshold: float
    top: float
    prompts: int

    @property
    def blocks(self) -> tuple[int, ...]:
        """The chosen blocks, in order."""
        return _above(self.ratios, self.threshold)

    def to_json(self) -> str:
        """One object; `AlignVidConfig.from_dict` reads its `config`."""
        return json.dumps(
            {
                "config": self.config.to_dict(),
                "blocks": list(self.blocks),
                "ratios": list(self.ratios),
                "threshold": self.threshold,
                "top": self.top,
                "prompts": self.prompts,
            },
            indent=1,
        )

    def write_json(self, path: Path) -> None:
        """Write `to_json` to a file.

        Raises:
            UserError: It can't be written.
        """
        write_atomically(path, self.to_json() + "\n")


def select_blocks(
    pipe: Any,
    calibration: Sequence[ForegroundPrompt],
    *,
    config: AlignVidConfig,
    threshold: float = 0.5,
    top: float = 0.25,
    seed: int = 0,
) -> BlockSelection:
    """Measure the foreground ratio of each block of a plain model, and choose those above 0.5.

    The paper does so on 50 prompts with masks of SAM2. Attention is that of the tokens being
    denoised over all keys of the block, averaged over heads, at the steps in the config's window;
    on Wan that of one softmax over the joined logits. Needs tokens * keys floats for one block at
    a time, on the model's device.

    Args:
        pipe: A diffusers pipeline of a family of `alignvid_ref.logits`.
        calibration: Prompts with masks.
        config: Family and window; its `blocks` are not read.
        threshold: Ratio above which a block is chosen.
        top: Share of the tokens that counts as high; see `foreground_ratio`.
        seed: Seed of the noise, for each prompt the same.

    Raises:
        UserError: No prompts, a share or threshold out of bounds, a family that is not supported,
            no step in the window, or no block above the threshold.
    """
    if not calibration:
        raise UserError("calibration: expected at least one prompt with a mask, got none")
    if not 0 < top <= 1:
        raise UserError(f"top: expected a share above 0 and up to 1, got {top}")
    if not 0 <= threshold < 1:
        raise UserError(f"threshold: expected a ratio of at least 0 and under 1, got {threshold}")
    plain = config.replace(modulation="scalar", gamma=1.0, blocks=None)
    found: defaultdict[int, list[float]] = defaultdict(list)
    for item in calibration:

        def see(seen: Observation, item: ForegroundPrompt = item) -> None:
            if seen.step.on:
                found[seen.block] += _ratios(seen, item, top)

        observed_call(pipe, item.inputs, plain, see, seed=seed)
    if not found:
        raise UserError(
            f"window: no step of these calls was inside {config.window}, so nothing was measured; "
            "widen the window or take more steps"
        )
    ratios = tuple(sum(found[block]) / len(found[block]) for block in sorted(found))
    blocks = _above(ratios, threshold)
    if not blocks:
        raise UserError(
            f"threshold: no block has a foreground ratio above {threshold}, the largest is "
            f"{max(ratios):.3f}; lower the threshold or check that the masks fit the prompts"
        )
    return BlockSelection(
        config=config.replace(blocks=blocks),
        ratios=ratios,
        threshold=threshold,
        top=top,
        prompts=len(calibration),
    )


def _ratios(seen: Observation, item: ForegroundPrompt, top: float) -> list[float]:
    projected = seen.projected
    attention = mean_attention(
        projected.query[:, projected.video_queries],
        projected.joined_key,
        key_mask=projected.key_mask,
    )
    foreground = item.tokens(seen.grid)
    return [foreground_ratio(sample, foreground, top=top) for sample in attention]


def _above(ratios: Sequence[float], threshold: float) -> tuple[int, ...]:
    return tuple(block for block, ratio in enumerate(ratios) if ratio > threshold)
