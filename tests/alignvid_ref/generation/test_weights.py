"""Folders of weights: what is not safe to load is refused, and the digest says what was loaded."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation import resolve
from alignvid_ref.generation.backbones import BACKBONES, PRESETS
from alignvid_ref.generation.resolve import Choices, Model, find_model, model_settings
from alignvid_ref.generation.weights import folder_digest, pipeline_class
from omiti2v.errors import UserError


@pytest.fixture
def copy(wan_folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(wan_folder, tmp_path / "wan")
    return tmp_path / "wan"


def change_index(folder: Path, **changes: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_saved_pipeline_is_recognised_by_its_class(wan_folder: Path) -> None:
    model = find_model(str(wan_folder))
    assert model.backbone.name == "wan"
    assert model.backbone.alignvid == "wan2.1-i2v"
    assert model.backbone.flow_shift == 3.0
    assert model.revision == f"sha256:{folder_digest(wan_folder)}"


def test_wan_without_an_image_branch_is_wan22(copy: Path) -> None:
    path = copy / "transformer" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"added_kv_proj_dim": None}))
    assert find_model(str(copy)).backbone.alignvid == "wan2.2-i2v"


def test_the_digest_follows_the_weights_and_not_the_place(wan_folder: Path, copy: Path) -> None:
    assert folder_digest(copy) == folder_digest(wan_folder)
    (copy / "README.md").write_text("not loaded")
    assert folder_digest(copy) == folder_digest(wan_folder)
    path = copy / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert folder_digest(copy) != folder_digest(wan_folder)


def test_a_part_from_another_library_is_refused(copy: Path) -> None:
    change_index(copy, transformer=["os", "system"])
    with pytest.raises(UserError, match="expected a part from diffusers or transformers, got 'os'"):
        pipeline_class(copy)


def test_a_part_of_the_folders_own_code_is_refused(copy: Path) -> None:
    (copy / "transformer" / "my_model.py").write_text("raise SystemExit")
    change_index(copy, transformer=["my_model", "Model"])
    with pytest.raises(UserError, match="other code is not run"):
        find_model(str(copy))


def test_pickled_weights_are_refused(copy: Path) -> None:
    path = copy / "vae" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_suffix(".bin"))
    with pytest.raises(UserError, match="a pickle can run code"):
        find_model(str(copy))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("StableDiffusionPipeline", "not known here"), (["a", "B"], "expected a name")],
)
def test_a_pipeline_of_another_class_is_refused(copy: Path, name: object, complaint: str) -> None:
    change_index(copy, _class_name=name)
    with pytest.raises(UserError, match=complaint):
        find_model(str(copy))


def test_a_preset_for_another_pipeline_is_refused(wan_folder: Path) -> None:
    with pytest.raises(UserError, match="is for HunyuanVideoFramepackPipeline"):
        find_model(str(wan_folder), preset="framepack-f1")
    with pytest.raises(UserError, match="--preset: expected one of"):
        find_model(str(wan_folder), preset="frame")


@pytest.mark.parametrize("spec", ["nowhere", "owner/name", "a b/c@d", "owner/name/more@main"])
def test_a_model_that_is_nowhere_is_refused(spec: str) -> None:
    with pytest.raises(UserError, match="no such backbone or folder"):
        find_model(spec)


def test_a_broken_index_is_refused(copy: Path) -> None:
    (copy / "model_index.json").write_text("[")
    with pytest.raises(UserError, match="expected JSON"):
        find_model(str(copy))
    (copy / "model_index.json").unlink()
    with pytest.raises(UserError, match="can't be read"):
        find_model(str(copy))


def test_weights_on_the_hub_are_pinned_to_commits() -> None:
    for backbone in BACKBONES.values():
        if backbone.packaged is not None:
            continue
        assert all(len(source.revision) == 40 for source in backbone.parts.values())
        assert len(find_model(backbone.name).revision) <= 300


def with_packaged(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    tiny = replace(BACKBONES["tiny-wan"], packaged=folder)
    monkeypatch.setattr(resolve, "BACKBONES", {"tiny-wan": tiny})


def test_weights_that_are_not_packaged_are_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with_packaged(monkeypatch, "tiny_wan/nowhere")
    with pytest.raises(UserError, match="tiny-wan: its weights are not in this installation: "):
        find_model("tiny-wan")


def test_packaged_weights_are_a_folder_with_a_digest(
    monkeypatch: pytest.MonkeyPatch, wan_folder: Path
) -> None:
    with_packaged(monkeypatch, str(wan_folder))  # an absolute path stays itself
    model = find_model("tiny-wan")
    assert model.folder == wan_folder
    assert model.revision == f"sha256:{folder_digest(wan_folder)}"
    assert model.backbone.name == "tiny-wan"


def test_the_tiny_wan_is_run_with_blocks_that_it_has() -> None:
    tiny = BACKBONES["tiny-wan"]
    config = AlignVidConfig.preset(tiny.alignvid, **tiny.alignvid_changes)
    assert config.block_indices(5) == (0, 1, 2)
    assert config.evidence == "none"
    assert config.sites == AlignVidConfig.preset("wan2.1-i2v").sites


def settings_of(name: str, **choices: int) -> dict[str, object]:
    model = Model(BACKBONES[name], None, "r")
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


def test_each_backbone_makes_what_its_preset_says() -> None:
    for backbone in (*PRESETS.values(), *BACKBONES.values()):
        model_settings("baseline", Model(backbone, None, "r"), Choices(), dtype="float32")


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
