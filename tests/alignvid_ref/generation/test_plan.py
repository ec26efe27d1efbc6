"""From what a user asks for to settings, before any model is loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alignvid_ref.baselines import AlgConfig, DymosConfig
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones import tiny_wan
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN
from alignvid_ref.generation.plan import plan_control, plan_model
from alignvid_ref.generation.resolve import Choices
from omiti2v.errors import UserError


@pytest.fixture(autouse=True)
def weights(wan_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny_wan, "TINY_WAN", replace(TINY_WAN, packaged=wan_folder))


def test_a_control_has_the_size_and_length_of_wan_or_of_the_backbone_asked_for() -> None:
    settings = plan_control("still", Choices()).settings
    assert (settings.height, settings.width, settings.frames, settings.fps) == (480, 832, 81, 16)
    assert (settings.backbone, settings.steps) == (None, None)
    plan = plan_control("pan", Choices(fps=4), backbone="ltx-i2v")
    settings = plan.settings
    assert (settings.height, settings.width, settings.frames, settings.fps) == (512, 704, 161, 4)
    assert plan.multiple == 32


def test_a_control_like_a_backbone_that_is_not_known_is_refused() -> None:
    with pytest.raises(UserError, match=r"still needs no model.*expected one of .*got 'nowhere'"):
        plan_control("still", Choices(), backbone="nowhere")


def alignvid_of(**arguments: object) -> AlignVidConfig:
    plan = plan_model(
        "alignvid",
        Choices(),
        backbone="tiny-wan",
        device="cpu",
        **arguments,  # type: ignore[arg-type]
    )
    return AlignVidConfig.from_json(plan.settings.alignvid or "")


def test_alignvid_is_that_of_the_backbone_with_the_gamma_asked_for() -> None:
    assert alignvid_of() == TINY_WAN.alignvid
    config = alignvid_of(gamma=2.0)
    assert (config.gamma, config.replace(gamma=1.35)) == (2.0, TINY_WAN.alignvid)


def test_alignvid_from_a_file_takes_the_place_of_the_backbones(
    alignvid_file: Path, tmp_path: Path
) -> None:
    assert alignvid_of(alignvid=alignvid_file).gamma == 9.0
    (tmp_path / "bad.json").write_text(json.dumps({"family": "wan"}))
    with pytest.raises(UserError, match=r"bad.json: sites: missing"):
        alignvid_of(alignvid=tmp_path / "bad.json")
    with pytest.raises(UserError, match=r"none.json: can't be read: No such file"):
        alignvid_of(alignvid=tmp_path / "none.json")


def test_a_backbone_without_alignvid_needs_a_file(
    monkeypatch: pytest.MonkeyPatch, wan_folder: Path, alignvid_file: Path
) -> None:
    plain = replace(TINY_WAN, packaged=wan_folder, alignvid=None)
    monkeypatch.setattr(tiny_wan, "TINY_WAN", plain)
    with pytest.raises(UserError, match="tiny-wan comes without settings for it; give them with"):
        alignvid_of()
    assert alignvid_of(alignvid=alignvid_file).gamma == 9.0


def test_other_methods_have_no_alignvid() -> None:
    for method in ("baseline", "blur"):
        plan = plan_model(method, Choices(), backbone="tiny-wan", device="cpu")  # type: ignore[arg-type]
        assert (plan.settings.method, plan.settings.alignvid) == (method, None)
        assert (plan.device, plan.settings.dtype) == ("cpu", "float32")


def test_alg_and_dymos_have_the_papers_settings_or_the_strength_asked_for() -> None:
    def config_of(method: Any, **arguments: Any) -> str:
        choices = Choices(guidance_scale=2.0)
        plan = plan_model(method, choices, backbone="tiny-wan", device="cpu", **arguments)
        return plan.settings.method_config or ""

    assert AlgConfig.model_validate_json(config_of("alg")) == AlgConfig()
    assert DymosConfig.model_validate_json(config_of("dymos")) == DymosConfig()
    assert DymosConfig.model_validate_json(config_of("dymos", strength=1.5)) == DymosConfig(
        strength=1.5
    )


@pytest.mark.parametrize(
    ("method", "backbone", "problem"),
    [
        ("alg", "tiny-wan", "--method alg: is a form of .* --guidance-scale 1 leaves out"),
        ("dymos", "framepack", "--method dymos: works on a Wan.*, framepack is a HunyuanVideoFr"),
    ],
)
def test_where_a_method_has_nothing_to_act_on_it_is_refused(
    method: Any, backbone: str, problem: str
) -> None:
    with pytest.raises(UserError, match=problem):
        plan_model(method, Choices(), backbone=backbone, device="cpu")
