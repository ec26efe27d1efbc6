"""The named settings, and which of them a pipeline gets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tiny_pipelines import BUILDERS

from alignvid_ref import AlignVidConfig, TimestepWindow
from alignvid_ref.presets import PRESETS
from omiti2v.errors import UserError

PAPER = {"wan2.1-i2v", "wan2.1-t2v", "framepack", "framepack-f1"}


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_is_valid_with_the_papers_gamma_and_the_authors_window(name: str) -> None:
    config = AlignVidConfig.preset(name)
    assert config.gamma == 1.35
    assert config.modulation == "scalar"
    assert config.window == TimestepWindow(low=900, high=None)


def test_only_the_authors_own_settings_claim_evidence() -> None:
    with_evidence = {name for name in PRESETS if AlignVidConfig.preset(name).evidence == "paper"}
    assert with_evidence == PAPER


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [("wan2.1-i2v", 28, 0, 38), ("framepack", 24, 0, 33), ("framepack-f1", 24, 0, 39)],
)
def test_the_foreground_blocks_are_the_authors(
    name: str, count: int, first: int, last: int
) -> None:
    blocks = AlignVidConfig.preset(name).block_indices(40)
    assert (len(blocks), blocks[0], blocks[-1]) == (count, first, last)


def test_the_two_framepacks_have_block_lists_of_their_own() -> None:
    assert AlignVidConfig.preset("framepack").blocks != AlignVidConfig.preset("framepack-f1").blocks


def test_presets_without_evidence_take_the_first_half_of_any_depth() -> None:
    assert AlignVidConfig.preset("ltx-i2v").block_indices(28) == tuple(range(14))


def test_overrides_replace_fields() -> None:
    config = AlignVidConfig.preset("framepack", gamma=1.2, blocks=[0, 1])
    assert (config.gamma, config.blocks) == (1.2, (0, 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"name": "sora"}, "preset: expected one of wan2.1-i2v, .*got 'sora'"),
        ({"name": "framepack", "form": "keys"}, "form: framepack has default, got 'keys'"),
        ({"name": "framepack", "gama": 1}, "gama: no such setting"),
    ],
)
def test_an_unknown_name_is_answered_with_those_that_exist(
    call: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        AlignVidConfig.preset(**call)


@pytest.mark.parametrize(
    "name", sorted(set(BUILDERS) - {"framepack", "framepack-f1", "wan2.2-ti2v"})
)
def test_a_pipeline_is_recognised(name: str) -> None:
    # These tiny ones have other depths than the models that the authors measured.
    expected = AlignVidConfig.preset(name, evidence="none", blocks="first-half")
    assert AlignVidConfig.for_pipeline(BUILDERS[name]().pipe) == expected


def test_the_five_billion_wan22_counts_as_wan22() -> None:
    pipe = BUILDERS["wan2.2-ti2v"]().pipe
    assert AlignVidConfig.for_pipeline(pipe) == AlignVidConfig.preset("wan2.2-i2v")


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        ("lllyasviel/FramePack_F1_I2V_HY_20250503", "framepack-f1"),
        ("lllyasviel/FramePackI2V_HY", "framepack"),
    ],
)
def test_framepack_f1_is_told_by_the_name_of_its_weights(weights: str, name: str) -> None:
    pipe = BUILDERS["framepack"]().pipe
    pipe.transformer.register_to_config(_name_or_path=weights)
    expected = AlignVidConfig.preset(name, evidence="none", blocks="first-half")
    assert AlignVidConfig.for_pipeline(pipe) == expected
    assert AlignVidConfig.for_pipeline(pipe, preset="framepack").evidence == "paper"


def test_overrides_reach_the_preset_of_a_pipeline() -> None:
    pipe = BUILDERS["flux"]().pipe
    assert AlignVidConfig.for_pipeline(pipe, gamma=1.1).gamma == 1.1


def test_an_unknown_pipeline_is_answered_with_the_presets() -> None:
    with pytest.raises(UserError, match=r"no preset for SimpleNamespace; there are wan2\.1-i2v"):
        AlignVidConfig.for_pipeline(SimpleNamespace())


def test_two_expert_text_to_video_has_no_preset() -> None:
    pipe = BUILDERS["wan2.1-t2v"]().pipe
    pipe.transformer_2 = pipe.transformer
    with pytest.raises(UserError, match="no preset for WanPipeline"):
        AlignVidConfig.for_pipeline(pipe)
