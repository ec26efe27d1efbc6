"""Judges worth trying, and what each needs, by arithmetic. Imports no torch.

Nothing here was measured: parameters and tokens are counted (a test counts them again from the
published configs and processors), memory is parameters times bytes and the keys and values of one
clip. What the passes themselves take comes on top, for which a tenth of a GPU is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Weights = Literal["bf16", "int8", "nf4"]

BYTES: dict[Weights, float] = {"bf16": 2.0, "int8": 1.0, "nf4": 0.5 + 4 / 64}
"""Of a weight of a linear layer by bitsandbytes; nf4 has a scale of four bytes for 64 weights.
All other weights, and the output layer, take two."""
GPUS = (24, 48, 80)
"""Sizes of GPUs, in GiB."""
SPARE = 0.1
"""Share of a GPU that is left for what is not counted."""
CLIP = "81 frames of 832x480 at 16 a second"
"""The clip that tokens are counted for: a usual one of Wan2.1."""


@dataclass(frozen=True)
class Recommended:
    """A checkpoint on the hub, and what its config says.

    Attributes:
        hub_id: As owner/name.
        parameters: Of the whole model.
        linear: Those in linear layers that a quantization makes smaller.
        width: Of the text model's cache: layers x heads of keys x size of a head.
        fast, paper: Tokens of the clip and the text before the question, with each protocol's own
            frames.
        note: What it is good for.
    """

    hub_id: str
    parameters: int
    linear: int
    width: int
    fast: int
    paper: int
    note: str

    def weights_gib(self, weights: Weights) -> float:
        """Memory of the weights, in GiB."""
        return (2 * (self.parameters - self.linear) + BYTES[weights] * self.linear) / 2**30

    @property
    def clip_gib(self) -> float:
        """Memory of the keys and values of one clip in `fast`, in GiB."""
        return 2 * 2 * self.fast * self.width / 2**30

    def fits(self, weights: Weights) -> str:
        """The smallest GPU, or number of large ones, for the weights and one clip in `fast`."""
        needed = (self.weights_gib(weights) + self.clip_gib) / (1 - SPARE)
        for size in GPUS:
            if needed <= size:
                return f"{size} GB"
        return f"{math.ceil(needed / GPUS[-1])} x {GPUS[-1]} GB"

    @property
    def summary(self) -> str:
        """What it needs, in one line."""
        each = ", ".join(f"{w} {self.weights_gib(w):.1f} GiB: {self.fits(w)}" for w in BYTES)
        tokens = f"{self.fast:,} tokens a clip in fast, {self.paper:,} in paper"
        return f"{self.note}; {each}; {tokens} (arithmetic, not measured; docs/judges.md)"


_TRIALS = "for trials"
RECOMMENDED = (
    Recommended(
        "Qwen/Qwen2.5-VL-32B-Instruct",
        33_452_718_336,
        31_892_439_040,
        65536,
        5365,
        3616,
        "the paper's",
    ),
    Recommended(
        "Qwen/Qwen2.5-VL-7B-Instruct",
        8_292_166_656,
        7_199_817_728,
        14336,
        5365,
        3616,
        "for one GPU",
    ),
    Recommended(
        "Qwen/Qwen2.5-VL-72B-Instruct",
        73_410_777_344,
        70_915_194_880,
        81920,
        5365,
        3616,
        "the largest",
    ),
    Recommended(
        "Qwen/Qwen3-VL-8B-Instruct", 8_767_123_696, 7_517_270_016, 36864, 4008, 2863, "for one GPU"
    ),
    Recommended("OpenGVLab/InternVL3-1B-hf", 802_293_120, 664_289_280, 3072, 10875, 10553, _TRIALS),
    Recommended(
        "llava-hf/llava-onevision-qwen2-0.5b-ov-hf",
        893_675_552,
        755_507_200,
        3072,
        8098,
        7844,
        _TRIALS,
    ),
    Recommended(
        "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        507_482_304,
        411_303_936,
        10240,
        3246,
        3111,
        _TRIALS,
    ),
)
