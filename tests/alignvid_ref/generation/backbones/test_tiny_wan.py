"""The tiny Wan of the package."""

from __future__ import annotations

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN


def test_the_tiny_wan_is_run_with_blocks_that_it_has() -> None:
    config = TINY_WAN.alignvid
    assert config is not None
    assert config.block_indices(5) == (0, 1, 2)
    assert config.evidence == "none"
    assert config.sites == AlignVidConfig.preset("wan2.1-i2v").sites
