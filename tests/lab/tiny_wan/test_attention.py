"""Foreground blocks and the attention by gamma, on an untrained model."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from evaluators.world import Scene
from lab.tiny_wan.attention import (
    TOKENS,
    measure_attention,
    measure_blocks,
    object_mask,
)
from lab.tiny_wan.experiment.settings import default_config
from lab.tiny_wan.parts import SIDE


def test_a_mask_has_a_cell_for_each_token(pipe: Any, scenes: list[Scene]) -> None:
    _, rows, columns = pipe.transformer.config.patch_size
    side = SIDE // pipe.vae_scale_factor_spatial
    assert (side // rows, side // columns) == (TOKENS, TOKENS)
    for scene in scenes:
        mask = object_mask(scene)
        assert mask.shape == (TOKENS, TOKENS)
        # Each object covers the corner of four tokens of its quarter.
        assert len(scene.stage.items) <= mask.sum() <= 4 * len(scene.stage.items)


def test_the_blocks_are_the_best_ones(pipe: Any, tmp_path: Path) -> None:
    path = tmp_path / "blocks.json"
    measure_blocks(pipe, path, config=default_config(), steps=2, count=3)
    told = json.loads(path.read_text())
    assert len(told["ratios"]) == len(pipe.transformer.blocks)
    left_out = set(range(len(told["ratios"]))) - set(told["blocks"])
    assert len(told["blocks"]) == 3
    assert min(told["ratios"][block] for block in told["blocks"]) >= max(
        told["ratios"][block] for block in left_out
    )
    assert 0 < told["chance"] < 1


def test_entropy_falls_where_alignvid_acts(pipe: Any, tmp_path: Path) -> None:
    path = tmp_path / "attention.csv"
    measure_attention(pipe, path, config=default_config(), gammas=(1.35, 2.0), steps=1)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    depth = len(pipe.transformer.blocks)
    assert len(rows) == 3 * depth
    at_once = {(row["gamma"], row["block"]): float(row["entropy"]) for row in rows}
    acting = default_config().block_indices(depth)
    # In the first block both runs see the same.
    assert at_once["1.0", "0"] > at_once["1.35", "0"] > at_once["2.0", "0"]
    assert all(at_once["1.0", str(block)] > at_once["2.0", str(block)] for block in acting)
