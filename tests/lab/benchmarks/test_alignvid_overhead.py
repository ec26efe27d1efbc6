"""The arithmetic behind the cost that the benchmark prints."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from tiny_pipelines import wan_i2v_transformer
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from lab.benchmarks import alignvid_overhead as overhead


def test_the_count_of_multiplications_agrees_with_a_counted_forward() -> None:
    transformer = wan_i2v_transformer(
        num_attention_heads=4, attention_head_dim=32, ffn_dim=256, added_kv_proj_dim=128
    )
    size = dataclasses.replace(
        overhead.MID_SIZE, width=128, blocks=4, ffn=256, video_tokens=3 * 8 * 8
    )
    inputs = {
        "hidden_states": torch.randn(1, 36, 3, 16, 16),
        "timestep": torch.tensor([950.0]),
        "encoder_hidden_states": torch.randn(1, size.text_tokens, 32),
        "encoder_hidden_states_image": torch.randn(1, size.image_tokens, 4),
    }
    counter = FlopCounterMode(display=False)
    # The fused kernel of the CPU is not counted.
    with counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        transformer(**inputs)
    blocks = sum(
        flops
        for name, counted in counter.get_flop_counts().items()
        if name.count(".") == 2 and ".blocks." in name
        for flops in counted.values()
    )
    # A multiplication with its addition counts as two operations.
    assert blocks / 2 == pytest.approx(size.forward_multiplications(), rel=0.01)


@pytest.mark.parametrize("form", ["keys", "decoupled", "authors"])
@pytest.mark.parametrize(("size", "acting"), [("WAN_14B", 28), ("MID_SIZE", 4)])
def test_the_added_multiplications_are_under_a_thousandth(
    form: str, size: str, acting: int
) -> None:
    chosen = getattr(overhead, size)
    assert chosen.added_multiplications(form, acting) < chosen.forward_multiplications() / 1000
