"""A row of the attention report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Run = Literal["plain", "alignvid"]


@dataclass(frozen=True, kw_only=True)
class AttentionRow:
    """The attention of one block at one step, averaged over queries, heads, samples and passes.

    Queries are the tokens of the frames being denoised; passes are those of classifier-free
    guidance.

    Attributes:
        run: `plain` or `alignvid`.
        transformer: `transformer`, or `transformer_2` for the second expert.
        block: Index of the block, from 0.
        trajectory: Run through the timesteps, from 0; FramePack has one per section.
        step: Index of the step within it, from 0.
        timestep: 1000 (noise) to 0.
        in_window: Whether the step lies in the config's window.
        image_mass: Attention mass on image keys, 0 to 1. The three masses add up to 1.
        video_mass: The same on the frames being denoised; 0 in cross attention.
        text_mass: The same on text keys, padding left out.
        padding_mass: Share of the model's own attention that goes to text padding, 0 to 1; 0 where
            the model masks it. It is no part of the three masses, which leave padding out.
        entropy: Entropy over the log of the number of keys, 0 to 1.
    """

    run: Run
    transformer: str
    block: int
    trajectory: int
    step: int
    timestep: float
    in_window: bool
    image_mass: float
    video_mass: float
    text_mass: float
    padding_mass: float
    entropy: float
