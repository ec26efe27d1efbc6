"""Backbones by name: ours, those of other distributions, and those in a file beside the data."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from alignvid_ref.generation.backbones import registry
from alignvid_ref.generation.backbones.registry import (
    backbone_for,
    find_backbone,
    load_backbone,
    require_backbone,
)
from alignvid_ref.generation.resolve import Choices, Model, find_model, model_settings
from omiti2v.errors import UserError
from omiti2v.plugins import find_plugins

MINE = """
from alignvid_ref.generation.backbones import Backbone

MINE = Backbone(
    name="mine", summary="mine", pipeline="{pipeline}", height=64, width=64, frames=9, fps=8,
    steps=2, guidance_scale=1.0, for_folders=True,
)
"""


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., EntryPoint]:
    """Adds an entry point to a backbone in a module of its own."""

    def add(name: str, module: str, *, pipeline: str = "mine.pipes:MyPipeline") -> EntryPoint:
        (tmp_path / f"{module}.py").write_text(MINE.format(pipeline=pipeline))
        monkeypatch.syspath_prepend(str(tmp_path))
        entry = EntryPoint(name, f"{module}:MINE", registry.GROUP)
        known = dict(find_plugins(registry.GROUP)) | {name: entry}
        monkeypatch.setattr(registry, "find_plugins", lambda group: known)
        return entry

    return add


def test_every_backbone_of_ours_is_registered_under_its_name_with_settings_that_fit() -> None:
    for name, entry in find_plugins(registry.GROUP).items():
        backbone = load_backbone(entry)
        assert backbone.name == name
        assert backbone.summary
        model_settings("baseline", Model(backbone, None, "r"), Choices(), dtype="float32")


def test_weights_on_the_hub_are_pinned_to_commits() -> None:
    for name in find_plugins(registry.GROUP):
        backbone = require_backbone(name, option="--backbone")
        assert all(len(source.revision) == 40 for source in backbone.parts.values())
        if backbone.parts:
            assert len(find_model(name).revision) <= 300


@pytest.mark.parametrize(
    ("pipeline", "has_image_branch", "name"),
    [
        ("WanImageToVideoPipeline", True, "wan2.1-i2v"),
        ("WanImageToVideoPipeline", False, "wan2.2-i2v"),
        ("HunyuanVideoImageToVideoPipeline", False, "hunyuanvideo-i2v"),
        ("CogVideoXImageToVideoPipeline", False, "cogvideox-i2v"),
        ("LTXImageToVideoPipeline", False, "ltx-i2v"),
        ("LTX2ImageToVideoPipeline", False, "ltx-2-i2v"),
        ("SkyReelsV2ImageToVideoPipeline", True, "skyreels-v2-i2v"),
        ("HunyuanVideo15ImageToVideoPipeline", False, "hunyuanvideo-1.5-i2v"),
        ("Kandinsky5I2VPipeline", False, "kandinsky-5-i2v"),
    ],
)
def test_a_folder_gets_the_settings_for_its_pipeline(
    pipeline: str, has_image_branch: bool, name: str
) -> None:
    chosen = backbone_for(pipeline, has_image_branch=has_image_branch, weights="mine")
    assert chosen.name == name


@pytest.mark.parametrize(
    ("pipeline", "weights", "name"),
    [
        ("WanImageToVideoPipeline", "wan2.1-i2v-14b-480p-diffusers", "wan2.1-i2v-14b-480p"),
        ("WanImageToVideoPipeline", "wan2.1-i2v-14b-480p-mine", "wan2.1-i2v"),
        ("WanImageToVideoPipeline", "wan2.1-i2v-14b-720p-diffusers", "wan2.1-i2v-720p"),
        ("HunyuanVideoFramepackPipeline", "framepack_f1", "framepack-f1"),
        ("HunyuanVideoFramepackPipeline", "framepacki2v_hy-bf16", "framepack"),
    ],
)
def test_weights_that_are_known_by_name_get_their_own_settings(
    pipeline: str, weights: str, name: str
) -> None:
    assert backbone_for(pipeline, has_image_branch=True, weights=weights).name == name


def test_text_to_video_is_run_with_an_image_only_where_the_name_says_that_it_takes_one() -> None:
    for pipeline in ("WanPipeline", "WanImageToVideoPipeline"):
        chosen = backbone_for(pipeline, has_image_branch=False, weights="wan2.2-ti2v-5b-diffusers")
        assert chosen.name == "wan2.2-ti2v-5b"
    with pytest.raises(UserError, match="pipeline WanPipeline: not known here"):
        backbone_for("WanPipeline", has_image_branch=False, weights="wan2.1-t2v-1.3b-diffusers")


def test_a_framepack_whose_name_does_not_tell_which_is_refused() -> None:
    with pytest.raises(UserError, match="give --run-as framepack or framepack-f1"):
        backbone_for("HunyuanVideoFramepackPipeline", has_image_branch=False, weights="rolf1-bf16")


def test_the_classes_that_are_known_are_named_in_the_error() -> None:
    with pytest.raises(UserError, match="pipeline SoraPipeline: not known here; there are CogVid"):
        backbone_for("SoraPipeline", has_image_branch=False, weights="")


def test_a_backbone_of_others_is_found_by_name_and_by_the_class_of_a_folder(
    register: Callable[..., EntryPoint],
) -> None:
    register("mine", "others_backbone")
    found = find_backbone("mine")
    assert found is not None
    assert found.pipeline == "mine.pipes:MyPipeline"
    assert backbone_for("MyPipeline", has_image_branch=False, weights="") is found


def test_a_backbone_of_others_does_not_take_our_folders(
    register: Callable[..., EntryPoint],
) -> None:
    register("mine", "greedy_backbone", pipeline="WanImageToVideoPipeline")
    chosen = backbone_for("WanImageToVideoPipeline", has_image_branch=True, weights="mine")
    assert chosen.name == "wan2.1-i2v"


def test_an_entry_point_of_another_name_than_its_backbone_is_refused(
    register: Callable[..., EntryPoint],
) -> None:
    entry = register("theirs", "misnamed_backbone")
    with pytest.raises(UserError, match="has the name 'mine'; give the entry point and the Back"):
        load_backbone(entry)


def test_a_backbone_in_a_file_is_named_by_module_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backbone_beside_data.py").write_text(MINE.format(pipeline="LTXPipeline"))
    monkeypatch.chdir(tmp_path)
    found = find_backbone("backbone_beside_data:MINE")
    assert found is not None
    assert found.name == "mine"
    with pytest.raises(UserError, match="backbone_beside_data:Backbone: expected a Backbone, got"):
        find_backbone("backbone_beside_data:Backbone")


def test_a_name_that_is_not_registered_is_none_or_an_error_with_those_that_are() -> None:
    assert find_backbone("frame") is None
    with pytest.raises(UserError, match=r"--run-as: expected one of .*tiny-wan.*, got 'frame'"):
        require_backbone("frame", option="--run-as")
