"""Watching a pipeline's attention without changing a bit of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch

from alignvid_ref import AlignVidConfig, alignvid
from alignvid_ref.analysis.probe import Observation, observed_call


def config_of(tiny: Any, preset: str, **changes: Any) -> AlignVidConfig:
    return AlignVidConfig.preset(preset, **({"blocks": tiny.blocks} | changes))


@pytest.mark.parametrize("modulation", ["scalar", "energy"])
def test_each_block_is_seen_at_each_step_and_pass_and_the_result_is_that_of_a_plain_call(
    modulation: str, tiny_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = tiny_of("wan2.1-i2v")
    config = config_of(tiny, "wan2.1-i2v", modulation=modulation)
    with alignvid(tiny.pipe, config):
        expected = tiny.run()
    results = []
    run = type(tiny.pipe).__call__
    monkeypatch.setattr(
        type(tiny.pipe), "__call__", lambda *a, **k: results.append(run(*a, **k)) or results[-1]
    )
    seen: list[Observation] = []
    observed_call(tiny.pipe, tiny.call, config, seen.append, seed=0)
    assert torch.equal(results[0][0], expected)
    # Two passes of guidance.
    assert Counter((one.block, one.step.index) for one in seen) == {
        (block, step): 2 for block in range(4) for step in range(4)
    }
    assert {type(block.attn2.processor).__name__ for block in tiny.pipe.transformer.blocks} == {
        "WanAttnProcessor"
    }


def test_a_variants_gamma_is_on_the_query_that_is_shown(tiny_of: Callable[[str], Any]) -> None:
    tiny = tiny_of("wan2.1-i2v")
    firsts = {}
    for modulation, gamma in (("scalar", 1.0), ("energy", 1.0)):
        seen: list[Observation] = []
        config = config_of(tiny, "wan2.1-i2v", modulation=modulation, gamma=gamma, min_gamma=1.3)
        observed_call(tiny.pipe, tiny.call, config, seen.append, seed=0)
        firsts[modulation] = {one.block: one for one in reversed(seen) if one.step.index == 0}
    for block, one in firsts["energy"].items():
        ratio = one.projected.query / firsts["scalar"][block].projected.query
        if block == tiny.blocks[0]:
            assert 1.3 <= float(ratio.median()) <= 1.35
        assert one.step.on


def test_both_experts_are_told_apart(tiny_of: Callable[[str], Any]) -> None:
    tiny = tiny_of("wan2.2-i2v")
    seen: list[Observation] = []
    observed_call(tiny.pipe, tiny.call, config_of(tiny, "wan2.2-i2v"), seen.append, seed=0)
    assert {one.transformer for one in seen} == {"transformer", "transformer_2"}
    assert all(
        one.grid[0] * one.grid[1] * one.grid[2] == one.projected.query.shape[1] for one in seen
    )
