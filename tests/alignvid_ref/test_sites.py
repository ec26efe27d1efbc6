"""Which norms of a transformer a config names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from alignvid_ref import AlignVidConfig
from alignvid_ref.families import FAMILIES
from alignvid_ref.sites import check_family, find_sites, unwrap
from omiti2v.errors import UserError


def test_the_sites_are_the_named_norms_of_the_blocks_that_act(
    forward_of: Callable[..., Any],
) -> None:
    transformer = forward_of("wan2.1-i2v").transformer
    config = AlignVidConfig.preset("wan2.1-i2v", form="keys", blocks=[1, 3])
    found = find_sites(transformer, config)
    blocks = transformer.blocks
    expected = [blocks[1].attn2.norm_added_k, blocks[3].attn2.norm_added_k]
    assert [module for module, power in found if power == 1] == expected
    expected = [blocks[1].attn2.norm_k, blocks[3].attn2.norm_k]
    assert [module for module, power in found if power == 2] == expected


def test_a_site_that_ignores_the_block_list_is_in_every_block(
    forward_of: Callable[..., Any],
) -> None:
    transformer = forward_of("wan2.1-t2v").transformer
    config = AlignVidConfig(family="wan", sites={"self_key": 1}, blocks=[0])  # type: ignore[arg-type]
    found = [module for module, _ in find_sites(transformer, config)]
    assert found == [block.attn1.norm_k for block in transformer.blocks]


@pytest.mark.parametrize(
    ("blocks", "beside"),
    # The control blocks stand beside blocks 0 and 2 of four.
    [((1, 2), [1]), ((0, 2), [0, 1]), ((3,), []), ("first-half", [0]), (None, [0, 1])],
)
def test_a_control_block_acts_where_the_block_beside_it_does(
    blocks: Any, beside: list[int], forward_of: Callable[..., Any]
) -> None:
    transformer = forward_of("wan-vace").transformer
    config = AlignVidConfig.preset("wan-vace", sites={"control_text_key": 1}, blocks=blocks)
    found = [module for module, _ in find_sites(transformer, config)]
    assert found == [transformer.vace_blocks[index].attn2.norm_k for index in beside]


def test_the_audio_of_ltx_2_is_left_alone(forward_of: Callable[..., Any]) -> None:
    transformer = forward_of("ltx-2-i2v").transformer
    names = {module: name for name, module in transformer.named_modules()}
    found = find_sites(transformer, AlignVidConfig.preset("ltx-2-i2v", blocks=[1]))
    assert [names[module] for module, _ in found] == ["transformer_blocks.1.attn2.norm_k"]


def test_a_skyreels_without_an_image_branch_is_refused(forward_of: Callable[..., Any]) -> None:
    transformer = forward_of("skyreels-v2-i2v").transformer
    del transformer.blocks[0].attn2.norm_added_k
    with pytest.raises(UserError, match="SkyReelsV2Transformer3DModel does not have; no family"):
        check_family(transformer, FAMILIES["skyreels-v2-i2v"])


def test_wan_is_told_by_its_image_branch(forward_of: Callable[..., Any]) -> None:
    with_branch = forward_of("wan2.1-i2v").transformer
    without = forward_of("wan2.1-t2v").transformer
    assert len(check_family(with_branch, FAMILIES["wan-i2v"])) == 4
    assert len(check_family(without, FAMILIES["wan"])) == 4
    with pytest.raises(UserError, match=r"wan-i2v needs an image branch \(attn2.norm_added_k\)"):
        check_family(without, FAMILIES["wan-i2v"])
    with pytest.raises(UserError, match="wan is for models without an image branch"):
        check_family(with_branch, FAMILIES["wan"])


def test_a_subclass_of_a_known_transformer_is_of_its_family(
    forward_of: Callable[..., Any],
) -> None:
    transformer = forward_of("wan2.1-t2v").transformer
    transformer.__class__ = type("MyTransformer", (type(transformer),), {})
    assert check_family(transformer, FAMILIES["wan"]) == list(transformer.blocks)


def test_a_compiled_module_is_looked_into() -> None:
    module = torch.nn.Linear(1, 1)
    assert unwrap(torch.compile(module)) is module  # type: ignore[arg-type]
    assert unwrap(module) is module
