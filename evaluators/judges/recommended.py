"""Judges worth trying, and what each needs, by arithmetic. Imports no torch.

Nothing here was measured: parameters and tokens are counted (a test counts them again from the
published configs and processors), memory is parameters times bytes and the keys and values of one
clip. What the passes themselves take comes on top, for which a tenth of a GPU is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from omiti2v.judge_spec import ProtocolName

Weights = Literal["bf16", "int8", "nf4"]

BYTES: dict[Weights, float] = {"bf16": 2.0, "int8": 1.0, "nf4": 0.5 + 4 / 64}
"""Of a weight of a linear layer by bitsandbytes; nf4 has a scale of four bytes for 64 weights.
All other weights, and the output layer, take two."""
GPUS = (24, 48, 80)
"""Sizes of GPUs, in GiB."""
SPARE = 0.1
"""Share of a GPU that is left for what is not counted."""
PROTOCOLS: tuple[ProtocolName, ...] = ("fast", "paper")
CLIP = "81 frames of 832x480 at 16 a second"
"""The clip that tokens are counted for: a usual one of Wan2.1."""


@dataclass(frozen=True, kw_only=True)
class Recommended:
    """A checkpoint on the hub, and what its config says.

    Attributes:
        hub_id: As owner/name.
        parameters: Of the whole model.
        linear: Those in linear layers that a quantization makes smaller.
        layers, key_heads, head_size: Of the text model's cache.
        tokens: Of the clip and the text before the question, with the protocol's frames.
        note: What it is good for.
    """

    hub_id: str
    parameters: int
    linear: int
    layers: int
    key_heads: int
    head_size: int
    tokens: dict[ProtocolName, int]
    note: str

    def weights_gib(self, weights: Weights) -> float:
        """Memory of the weights, in GiB."""
        return (2 * (self.parameters - self.linear) + BYTES[weights] * self.linear) / 2**30

    def clip_gib(self, protocol: ProtocolName) -> float:
        """Memory of the keys and values of one clip, in GiB."""
        size = self.layers * self.key_heads * self.head_size
        return 2 * 2 * self.tokens[protocol] * size / 2**30

    def fits(self, weights: Weights) -> str:
        """The smallest GPU, or number of large ones, for the weights and one clip in `fast`."""
        needed = (self.weights_gib(weights) + self.clip_gib("fast")) / (1 - SPARE)
        for size in GPUS:
            if needed <= size:
                return f"{size} GB"
        return f"{math.ceil(needed / GPUS[-1])} x {GPUS[-1]} GB"

    @property
    def summary(self) -> str:
        """What it needs, in one line."""
        each = ", ".join(f"{w} {self.weights_gib(w):.1f} GiB: {self.fits(w)}" for w in BYTES)
        return f"{self.note}; {each} (arithmetic, not measured; docs/judges.md)"


_QWEN25_TOKENS: dict[ProtocolName, int] = {"fast": 5365, "paper": 3616}

RECOMMENDED = (
    Recommended(
        hub_id="Qwen/Qwen2.5-VL-32B-Instruct",
        parameters=33_452_718_336,
        linear=31_892_439_040,
        layers=64,
        key_heads=8,
        head_size=128,
        tokens=_QWEN25_TOKENS,
        note="the paper's judge",
    ),
    Recommended(
        hub_id="Qwen/Qwen2.5-VL-7B-Instruct",
        parameters=8_292_166_656,
        linear=7_199_817_728,
        layers=28,
        key_heads=4,
        head_size=128,
        tokens=_QWEN25_TOKENS,
        note="the paper's family on one small GPU",
    ),
    Recommended(
        hub_id="Qwen/Qwen2.5-VL-72B-Instruct",
        parameters=73_410_777_344,
        linear=70_915_194_880,
        layers=80,
        key_heads=8,
        head_size=128,
        tokens=_QWEN25_TOKENS,
        note="the largest of the paper's family",
    ),
    Recommended(
        hub_id="Qwen/Qwen3-VL-8B-Instruct",
        parameters=8_767_123_696,
        linear=7_517_270_016,
        layers=36,
        key_heads=8,
        head_size=128,
        tokens={"fast": 4008, "paper": 2863},
        note="a newer one on one small GPU",
    ),
    Recommended(
        hub_id="OpenGVLab/InternVL3-1B-hf",
        parameters=802_293_120,
        linear=664_289_280,
        layers=24,
        key_heads=2,
        head_size=64,
        tokens={"fast": 10_875, "paper": 10_553},
        note="another maker's, for trials; take a larger one of the series for results",
    ),
    Recommended(
        hub_id="llava-hf/llava-onevision-qwen2-0.5b-ov-hf",
        parameters=893_675_552,
        linear=755_507_200,
        layers=24,
        key_heads=2,
        head_size=64,
        tokens={"fast": 8098, "paper": 7844},
        note="another maker's, for trials; take a larger one of the series for results",
    ),
    Recommended(
        hub_id="HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        parameters=507_482_304,
        linear=411_303_936,
        layers=32,
        key_heads=5,
        head_size=64,
        tokens={"fast": 3246, "paper": 3111},
        note="the smallest, for trials",
    ),
)


def markdown_table() -> str:
    """The table of docs/judges.md."""
    columns = ["checkpoint", "parameters", *BYTES, "one clip", "tokens, `fast`", "tokens, `paper`"]
    rows = [columns, ["---"] * len(columns)]
    for one in RECOMMENDED:
        rows.append(
            [
                f"`{one.hub_id}`",
                f"{one.parameters / 1e9:.2f} billion",
                *(f"{one.weights_gib(w):.1f} GiB, {one.fits(w)}" for w in BYTES),
                f"{one.clip_gib('fast'):.2f} GiB",
                *(f"{one.tokens[protocol]:,}" for protocol in PROTOCOLS),
            ]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
