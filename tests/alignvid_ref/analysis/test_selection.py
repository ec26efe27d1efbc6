"""Choosing blocks by foreground ratio, on a model whose attention is arranged."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from alignvid_ref import AlignVidConfig, FractionWindow, TimestepWindow
from alignvid_ref.analysis import ForegroundPrompt, select_blocks
from omiti2v.errors import UserError


@pytest.fixture
def mask() -> np.ndarray:
    """The left half of the picture."""
    mask = np.zeros((32, 32), dtype=bool)
    mask[:, :16] = True
    return mask


@pytest.fixture
def wan(tiny_of: Callable[[str], Any]) -> Any:
    """A tiny Wan that a test may change."""
    return copy.deepcopy(tiny_of("wan2.1-i2v"))


class Decided(nn.Module):
    """A query norm that makes the attention sharp on some tokens and flat on the others."""

    def __init__(self, norm: nn.Module, sharp: torch.Tensor) -> None:
        super().__init__()
        self.norm, self.sharp = norm, sharp

    def forward(self, query: torch.Tensor) -> torch.Tensor:
        return self.norm(query) * torch.where(self.sharp, 4.0, 0.1)[:, None]


def config(**overrides: Any) -> AlignVidConfig:
    return AlignVidConfig.preset("wan2.1-i2v", **overrides)


def arrange(wan: Any, mask: np.ndarray, foreground_blocks: set[int]) -> None:
    grid = (3, 2, 2)
    foreground = ForegroundPrompt({}, mask).tokens(grid)
    for index, block in enumerate(wan.pipe.transformer.blocks):
        sharp = foreground if index in foreground_blocks else ~foreground
        block.attn2.norm_q = Decided(block.attn2.norm_q, sharp)


def test_the_blocks_that_look_at_the_foreground_are_chosen(wan: Any, mask: np.ndarray) -> None:
    arrange(wan, mask, {1, 2})
    found = select_blocks(wan.pipe, [ForegroundPrompt(wan.call, mask)], config=config())
    assert found.blocks == (1, 2)
    assert found.config == config(blocks=(1, 2))
    assert found.prompts == 1
    assert all((ratio > 0.5) == (block in (1, 2)) for block, ratio in enumerate(found.ratios))


def test_the_json_is_read_by_a_config(wan: Any, mask: np.ndarray, tmp_path: Path) -> None:
    arrange(wan, mask, {0, 3})
    found = select_blocks(wan.pipe, [ForegroundPrompt(wan.call, mask)], config=config())
    found.write_json(tmp_path / "blocks.json")
    data = json.loads((tmp_path / "blocks.json").read_text())
    assert AlignVidConfig.from_dict(data["config"]) == config(blocks=(0, 3))
    assert data["blocks"] == [0, 3]
    assert data["ratios"] == list(found.ratios)
    assert config(blocks=data["blocks"]) == found.config


def test_the_model_is_left_as_it_was(wan: Any, mask: np.ndarray) -> None:
    arrange(wan, mask, {0})
    plain = wan.run()
    select_blocks(wan.pipe, [ForegroundPrompt(wan.call, mask)], config=config())
    assert torch.equal(wan.run(), plain)


def test_framepack_is_measured_on_the_frames_being_denoised(
    tiny_of: Callable[[str], Any], mask: np.ndarray
) -> None:
    tiny = tiny_of("framepack")
    found = select_blocks(
        tiny.pipe,
        [ForegroundPrompt(tiny.call, mask)],
        config=AlignVidConfig.preset("framepack"),
        threshold=0.0,
    )
    assert len(found.ratios) == 4
    assert all(0 <= ratio <= 1 for ratio in found.ratios)


def test_only_steps_in_the_window_count(wan: Any, mask: np.ndarray) -> None:
    items = [ForegroundPrompt(wan.call, mask)]
    options = {"threshold": 0.0}
    early = select_blocks(wan.pipe, items, config=config(), **options)
    first = select_blocks(wan.pipe, items, config=config(window=FractionWindow(0, 0.25)), **options)
    late = select_blocks(
        wan.pipe, items, config=config(window=TimestepWindow(low=0, high=600)), **options
    )
    assert early.ratios == first.ratios
    assert early.ratios != late.ratios


@pytest.mark.filterwarnings("ignore:AlignVid was off")
def test_a_window_without_steps_is_refused(wan: Any, mask: np.ndarray) -> None:
    empty = config(window=TimestepWindow(low=100, high=200))
    with pytest.raises(UserError, match="nothing was measured"):
        select_blocks(wan.pipe, [ForegroundPrompt(wan.call, mask)], config=empty)


def test_no_block_above_the_threshold_is_an_error_that_names_the_largest(
    wan: Any, mask: np.ndarray
) -> None:
    arrange(wan, mask, set())
    with pytest.raises(UserError, match=r"the largest is 0\.\d+"):
        select_blocks(wan.pipe, [ForegroundPrompt(wan.call, mask)], config=config())


@pytest.mark.parametrize("bad", [{"top": 0.0}, {"top": 1.5}, {"threshold": 1.0}])
def test_shares_out_of_bounds_are_refused(
    wan: Any, mask: np.ndarray, bad: dict[str, float]
) -> None:
    with pytest.raises(UserError, match=next(iter(bad))):
        select_blocks(wan.pipe, [ForegroundPrompt(wan.call, mask)], config=config(), **bad)


def test_no_prompts_are_refused(wan: Any) -> None:
    with pytest.raises(UserError, match="at least one prompt"):
        select_blocks(wan.pipe, [], config=config())
