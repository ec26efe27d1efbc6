"""From a user's request to the config of a method, before any model is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny_pipelines

from alignvid_ref.baselines.guidance import GuidanceConfig
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN
from alignvid_ref.generation.method_configs import guidance_config
from alignvid_ref.generation.plan import plan_model
from alignvid_ref.generation.resolve import Choices, find_model
from omiti2v.errors import UserError

TWO = Choices(guidance_scale=2.0)


@pytest.mark.parametrize("kind", ["cfg", "apg", "cfg-zero-star"])
def test_the_settings_hold_the_whole_config(wan_folder: Path, kind: Any) -> None:
    choices = Choices(guidance_scale=2.0, steps=4)
    plan = plan_model("guidance", choices, backbone=str(wan_folder), guider=kind, device="cpu")
    settings = plan.settings
    assert (settings.method, settings.guidance_scale) == ("guidance", 2.0)
    config = GuidanceConfig.model_validate_json(settings.method_config or "")
    assert config == GuidanceConfig(kind=kind, scale=2.0)


@pytest.mark.parametrize("scale", [None, 1.0, 0.5, float("inf"), float("nan")])
def test_a_scale_without_guidance_is_refused(scale: float | None) -> None:
    assert TINY_WAN.guidance_scale == 1.0
    with pytest.raises(UserError, match=r"--guidance-scale: expected over 1, got .* does nothing"):
        guidance_config(find_model("tiny-wan"), Choices(guidance_scale=scale), "cfg")


def test_the_scale_of_the_backbone_is_taken_where_none_is_asked_for() -> None:
    assert guidance_config(find_model("wan2.2-i2v-a14b"), Choices(), "cfg").scale == 3.5


@pytest.mark.parametrize(("steps", "zeroed"), [(None, 1), (4, 1), (50, 2), (100, 4)])
def test_cfg_zero_star_zeroes_the_share_of_steps_that_its_authors_advise(
    steps: int | None, zeroed: int
) -> None:
    choices = Choices(guidance_scale=2.0, steps=steps)
    config = guidance_config(find_model("tiny-wan"), choices, "cfg-zero-star")
    assert config.zero_init_steps == zeroed


@pytest.mark.parametrize("name", ["tiny-wan", "wan2.1-i2v-14b-480p"])
def test_a_wan21_takes_every_guider(name: str) -> None:
    assert guidance_config(find_model(name), TWO, "apg").kind == "apg"


def test_what_takes_no_guider_is_refused(tmp_path: Path) -> None:
    folder = tiny_pipelines.save(tiny_pipelines.wan22_i2v(), tmp_path / "wan22")
    for name in ("wan2.2-i2v-a14b", "cogvideox-5b-i2v", str(folder)):
        model = find_model(name)
        with pytest.raises(UserError, match=r"--guider apg: .* takes no guider; a Wan2.1 I2V does"):
            guidance_config(model, TWO, "apg")
        assert guidance_config(model, TWO, "cfg").kind == "cfg"


def test_a_model_whose_guidance_is_trained_in_is_refused() -> None:
    with pytest.raises(UserError, match="--guider cfg: framepack has its guidance trained in"):
        guidance_config(find_model("framepack"), TWO, "cfg")
