"""What AlignVid costs: paired timings on a mid-size random Wan, and the share of multiplications.

Usage: python -m lab.benchmarks.alignvid_overhead [--pairs 20] [--arithmetic-only]

Each round times plain and plain (A/A) and plain and attached (A/B), in random order, and the table
gives the median ratio with a 95 % bootstrap interval. Times are those of the processor on one
thread, so that waiting for others on a shared machine does not count. An overhead that is real is
one that the A/B interval shows and the A/A interval does not.
"""

from __future__ import annotations

import argparse
import random
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import WanTransformer3DModel
from diffusers.utils import logging

from alignvid_ref import AlignVidConfig, apply_alignvid
from alignvid_ref.presets import PRESETS
from lab.benchmarks.measuring import timed
from lab.tables import markdown


@dataclass(frozen=True)
class WanSize:
    """What the cost of a Wan I2V forward depends on."""

    width: int
    blocks: int
    ffn: int
    video_tokens: int
    text_tokens: int = 512
    image_tokens: int = 257

    def forward_multiplications(self) -> int:
        """Multiplications of the blocks of one forward; the rest of the model is left out."""
        n, d = self.video_tokens, self.width
        context = self.text_tokens + self.image_tokens
        self_attention = 4 * n * d * d + 2 * n * n * d
        cross_attention = 2 * n * d * d + 2 * context * d * d + 2 * n * context * d
        return self.blocks * (self_attention + cross_attention + 2 * n * d * self.ffn)

    def added_multiplications(self, form: str, acting: int) -> int:
        """What AlignVid adds to a forward whose step is on, with `acting` blocks."""
        tokens = {
            "query": self.video_tokens,
            "text_key": self.text_tokens,
            "image_key": self.image_tokens,
        }
        sites = PRESETS["wan2.1-i2v"].forms[form]
        return acting * self.width * sum(tokens[site] for site in sites)


# 480 x 832, 81 frames: 21 latent frames of 30 x 52 tokens.
WAN_14B = WanSize(width=5120, blocks=40, ffn=13824, video_tokens=21 * 30 * 52)
MID_SIZE = WanSize(width=512, blocks=8, ffn=2048, video_tokens=5 * 16 * 16)


def arithmetic() -> str:
    """A table of the added multiplications as a share of those of a forward."""
    rows = []
    for name, size, acting in (("Wan2.1-I2V-14B", WAN_14B, 28), ("mid-size", MID_SIZE, 4)):
        for form in PRESETS["wan2.1-i2v"].forms:
            share = size.added_multiplications(form, acting) / size.forward_multiplications()
            rows.append((name, form, f"{share:.5%}"))
    return markdown(["model", "form", "share of one forward that is on"], rows, left=2)


def mid_size() -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """A random Wan I2V of the size `MID_SIZE`, and inputs for it."""
    torch.manual_seed(0)
    transformer: Any = WanTransformer3DModel(  # type: ignore[no-untyped-call]
        num_attention_heads=4,
        attention_head_dim=128,
        in_channels=36,
        out_channels=16,
        text_dim=64,
        freq_dim=64,
        ffn_dim=MID_SIZE.ffn,
        num_layers=MID_SIZE.blocks,
        image_dim=64,
        added_kv_proj_dim=MID_SIZE.width,
    )
    inputs = {
        "hidden_states": torch.randn(1, 36, 5, 32, 32),
        "timestep": torch.tensor([950.0]),
        "encoder_hidden_states": torch.randn(1, MID_SIZE.text_tokens, 64),
        "encoder_hidden_states_image": torch.randn(1, MID_SIZE.image_tokens, 64),
    }
    dtype = torch.bfloat16
    cast = {key: value if key == "timestep" else value.to(dtype) for key, value in inputs.items()}
    return transformer.to(dtype).eval(), cast


def ratios(form: str, pairs: int) -> tuple[list[float], list[float]]:
    """Time ratios over plain: of plain again (A/A), and of the attached model (A/B)."""
    transformer, inputs = mid_size()
    config = AlignVidConfig.preset("wan2.1-i2v", form=form, blocks=(0, 2, 4, 6))

    @torch.no_grad()
    def seconds(attached: bool) -> float:
        with ExitStack() as stack:
            if attached:
                stack.callback(apply_alignvid(transformer, config).remove)
            return timed(lambda: transformer(**inputs))[1].cpu

    for attached in (False, True):
        seconds(attached)  # warm up
    control, treated = [], []
    shuffled = random.Random(0)
    for _ in range(pairs):
        runs = [("plain", False), ("again", False), ("attached", True)]
        shuffled.shuffle(runs)
        taken = {name: seconds(attached) for name, attached in runs}
        control.append(taken["again"] / taken["plain"])
        treated.append(taken["attached"] / taken["plain"])
    return control, treated


def with_interval(values: list[float]) -> str:
    """Median of the ratios with a 95 % bootstrap interval."""
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(values, (10_000, len(values))), axis=1)
    low, high = np.quantile(medians, (0.025, 0.975))
    return f"{np.median(values):.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--arithmetic-only", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()  # a random model may be cast as a whole
    print(arithmetic())
    if arguments.arithmetic_only:
        return
    rows = [
        (form, *map(with_interval, ratios(form, arguments.pairs)))
        for form in PRESETS["wan2.1-i2v"].forms
    ]
    print("\n" + markdown(["form", "A/A", "A/B"], rows, left=3))


if __name__ == "__main__":
    main()
