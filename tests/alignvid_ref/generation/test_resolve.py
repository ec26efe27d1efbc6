"""What `--backbone` names, and the settings that follow from a backbone and the user's choices."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation import resolve
from alignvid_ref.generation.backbones import tiny_wan
from alignvid_ref.generation.backbones.registry import require_backbone
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN
from alignvid_ref.generation.resolve import Choices, Model, find_model, model_settings
from alignvid_ref.generation.weights import folder_digest
from omiti2v.errors import UserError


def test_a_saved_pipeline_is_recognised_by_its_class(wan_folder: Path) -> None:
    model = find_model(str(wan_folder))
    assert model.backbone.name == "wan"
    # Four blocks: not those that the authors measured.
    expected = AlignVidConfig.preset("wan2.1-i2v", evidence="none", blocks="first-half")
    assert model.backbone.alignvid == expected
    assert (model.backbone.solver, model.backbone.flow_shift) == ("own", None)
    assert model.revision == f"sha256:{folder_digest(wan_folder)}"


def test_a_wan_for_first_and_last_frame_is_refused(copy: Path) -> None:
    path = copy / "transformer" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pos_embed_seq_len": 514}))
    with pytest.raises(UserError, match="first and last frame, which takes two images"):
        find_model(str(copy))


def test_a_branch_on_the_hub_is_recorded_as_the_commit_it_was(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = copy.parent / "models--owner--wan" / "snapshots" / ("a" * 40)
    cached.parent.mkdir(parents=True)
    copy.rename(cached)
    monkeypatch.setattr(resolve, "fetch", lambda source: cached)
    model = find_model("owner/wan@main")
    assert (model.revision, model.backbone.name) == ("a" * 40, "owner/wan")


def test_wan_without_an_image_branch_is_wan22(copy: Path) -> None:
    path = copy / "transformer" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"added_kv_proj_dim": None}))
    assert find_model(str(copy)).backbone.alignvid == AlignVidConfig.preset("wan2.2-i2v")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("StableDiffusionPipeline", "not known here"), (["a", "B"], "expected a name")],
)
def test_a_pipeline_of_another_class_is_refused(copy: Path, name: object, complaint: str) -> None:
    path = copy / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"_class_name": name}))
    with pytest.raises(UserError, match=complaint):
        find_model(str(copy))


def test_settings_for_another_pipeline_are_refused(wan_folder: Path) -> None:
    with pytest.raises(UserError, match="is for HunyuanVideoFramepackPipeline"):
        find_model(str(wan_folder), run_as="framepack-f1")
    with pytest.raises(UserError, match=r"--run-as: expected one of .*framepack-f1.*got 'frame'"):
        find_model(str(wan_folder), run_as="frame")


def test_a_folder_is_run_with_the_settings_asked_for_under_its_own_name(wan_folder: Path) -> None:
    backbone = find_model(str(wan_folder), run_as="tiny-wan").backbone
    assert (backbone.name, backbone.steps, backbone.height) == ("wan", 12, 64)


def test_a_name_of_settings_alone_is_a_folder_where_there_is_one(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"wan2\.1-i2v: no such backbone or folder"):
        find_model("wan2.1-i2v")
    copy.rename(copy.with_name("wan2.1-i2v"))
    monkeypatch.chdir(copy.parent)
    assert find_model("wan2.1-i2v").folder == Path("wan2.1-i2v")


@pytest.mark.parametrize("spec", ["nowhere", "owner/name", "a b/c@d", "owner/name/more@main"])
def test_a_model_that_is_nowhere_is_refused(spec: str) -> None:
    with pytest.raises(UserError, match="no such backbone or folder"):
        find_model(spec)


def test_weights_that_are_not_packaged_are_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tiny_wan, "TINY_WAN", replace(TINY_WAN, packaged=tmp_path / "nowhere"))
    with pytest.raises(UserError, match="tiny-wan: its weights are not in this installation: "):
        find_model("tiny-wan")


def test_packaged_weights_are_a_folder_with_a_digest(
    monkeypatch: pytest.MonkeyPatch, wan_folder: Path
) -> None:
    monkeypatch.setattr(tiny_wan, "TINY_WAN", replace(TINY_WAN, packaged=wan_folder))
    model = find_model("tiny-wan")
    assert model.folder == wan_folder
    assert model.revision == f"sha256:{folder_digest(wan_folder)}"
    assert model.backbone.name == "tiny-wan"


def test_weights_in_several_repositories_are_all_in_the_revision() -> None:
    assert find_model("framepack").revision == (
        "hunyuanvideo-community/HunyuanVideo@e8c2aaa66fe3742a32c11a6766aecbf07c56e773 "
        "lllyasviel/FramePackI2V_HY@86cef4396041b6002c957852daac4c91aaa47c79 "
        "lllyasviel/flux_redux_bfl@45b801affc54ff2af4e5daf1b282e0921901db87"
    )


def settings_of(name: str, **choices: int) -> dict[str, object]:
    model = Model(require_backbone(name, option="--backbone"), None, "r")
    return model_settings("baseline", model, Choices(**choices), dtype="bfloat16").model_dump()


def test_the_authors_settings_of_wan() -> None:
    expected = {
        "height": 480,
        "width": 832,
        "fit": "area",
        "frames": 81,
        "fps": 16,
        "steps": 40,
        "flow_shift": 3.0,
        "guidance_scale": 1.0,
        "solver": "unipc-bh2",
    }
    assert expected.items() <= settings_of("wan2.1-i2v-14b-480p").items()


@pytest.mark.parametrize(
    ("name", "fps", "sampling"),
    [("framepack", 30, "inverted_anti_drifting"), ("framepack-f1", 24, "vanilla")],
)
def test_the_authors_settings_of_framepack(name: str, fps: int, sampling: str) -> None:
    expected = {
        "fit": "buckets",
        "frames": 181,
        "fps": fps,
        "steps": 25,
        "guidance_scale": 10.0,
        "solver": "unipc-bh1",
        "sampling": sampling,
        "seed": 31337,
    }
    assert expected.items() <= settings_of(name).items()


@pytest.mark.parametrize(
    ("choices", "complaint"),
    [
        ({"frames": 80}, r"makes 4 n \+ 1 frames, got 80; take 77 or 81"),
        ({"height": 480}, "give both or neither"),
        ({"height": 488, "width": 832}, "--height: .* needs a multiple of 16, got 488"),
        ({"fps": 1000}, "--fps: "),
    ],
)
def test_what_a_backbone_can_not_make_is_refused(choices: dict[str, int], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        settings_of("wan2.1-i2v-14b-480p", **choices)
