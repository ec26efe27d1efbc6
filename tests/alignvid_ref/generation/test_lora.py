"""A LoRA, made by peft and saved by diffusers as people share them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tiny_pipelines
import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from alignvid_ref.generation import lora as lora_module
from alignvid_ref.generation.generate import GenerationReport, Plan
from alignvid_ref.generation.lora import find_lora
from alignvid_ref.generation.pipelines import bind_pipeline
from alignvid_ref.generation.plan import plan_model
from alignvid_ref.generation.resolve import Choices
from omiti2v.digests import sha256_of_file
from omiti2v.errors import UserError

SMALL = Choices(height=32, width=32, frames=5, steps=2)
RANK, ALPHA, TARGETS = 2, 4, ("to_q", "to_k")


@pytest.fixture(scope="module")
def lora_file(wan_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pipe = tiny_pipelines.load("wan2.1-i2v", wan_folder).pipe
    torch.manual_seed(1)
    config = LoraConfig(
        r=RANK, lora_alpha=ALPHA, target_modules=list(TARGETS), init_lora_weights=False
    )
    pipe.transformer.add_adapter(config)
    folder = tmp_path_factory.mktemp("lora")
    pipe.save_lora_weights(
        folder,
        transformer_lora_layers=get_peft_model_state_dict(pipe.transformer),
        transformer_lora_adapter_metadata=pipe.transformer.peft_config["default"].to_dict(),
        weight_name="style.safetensors",
    )
    return folder / "style.safetensors"


@pytest.fixture
def picture(make_picture: Callable[..., np.ndarray]) -> PIL.Image.Image:
    return PIL.Image.fromarray(make_picture(0, width=32, height=32))


def plan_with(wan_folder: Path, spec: object) -> Plan:
    return plan_model("baseline", SMALL, backbone=str(wan_folder), device="cpu", lora=str(spec))


def fused(pipe: Any, file: Path, weight: float) -> None:
    """W + weight * (alpha / rank) B A, written out."""
    from safetensors.torch import load_file

    found = load_file(file)
    for name, module in pipe.transformer.named_modules():
        if name.rpartition(".")[2] in TARGETS:
            down, up = (found[f"transformer.{name}.lora_{side}.weight"] for side in "AB")
            module.weight.data += weight * ALPHA / RANK * up @ down


@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_a_lora_is_its_product_added_to_the_weights(
    wan_folder: Path,
    lora_file: Path,
    plans: dict[str, Plan],
    picture: PIL.Image.Image,
    weight: float,
) -> None:
    spec = lora_file if weight == 1 else f"{lora_file}:{weight}"
    plan = plan_with(wan_folder, spec)
    frames = plan.load_model()(picture, "a cup", 3).frames
    pipe = tiny_pipelines.load("wan2.1-i2v", wan_folder).pipe
    fused(pipe, lora_file, weight)
    expected = bind_pipeline(pipe, plan.settings)(picture, "a cup", 3).frames
    plain = plans["baseline"].load_model()(picture, "a cup", 3).frames
    assert np.abs(frames.astype(int) - expected).max() <= 1  # sums in another order
    assert np.abs(frames.astype(int) - plain).max() > 5


def test_name_digest_and_weight_are_settings_and_another_weight_is_another_run(
    wan_folder: Path,
    lora_file: Path,
    make_videos: Callable[..., GenerationReport],
    tmp_path: Path,
) -> None:
    plan = plan_with(wan_folder, f"{lora_file}:0.5")
    assert plan.settings.lora == f"style.safetensors@sha256:{sha256_of_file(lora_file)}"
    assert plan.settings.lora_weight == 0.5
    make_videos(plan, tmp_path)
    with pytest.raises(UserError, match=r"lora_weight 0.5 there, 0.8 asked for"):
        make_videos(plan_with(wan_folder, f"{lora_file}:0.8"), tmp_path)


def test_a_folder_and_a_repository_are_the_one_file_in_them(
    lora_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_lora(f"{lora_file.parent}:2").file == lora_file
    monkeypatch.setattr(lora_module, "download", lambda *_, **__: lora_file.parent)
    found = find_lora("owner/style@main:0.7")
    assert (found.file, found.weight) == (lora_file, 0.7)
    assert found.recorded == f"owner/style@sha256:{sha256_of_file(lora_file)}"


def test_what_is_no_lora_is_one_line(lora_file: Path, wan_folder: Path, tmp_path: Path) -> None:
    for name in ("style.pt", "style.bin"):
        (tmp_path / name).write_bytes(b"pickle")
        with pytest.raises(UserError, match=f"{name}: expected .*safetensors.*a pickle can run"):
            find_lora(str(tmp_path / name))
    for spec in ("nowhere.safetensors", "owner/name", "nowhere.safetensors:0.5"):
        with pytest.raises(UserError, match=r"--lora [^:]*: no such file; expected FILE"):
            find_lora(spec)
    with pytest.raises(UserError, match=r"weight: expected a number, got inf"):
        find_lora(f"{lora_file}:{math.inf}")
    with pytest.raises(UserError, match=r"expected one \*.safetensors in it, got 0"):
        find_lora(str(tmp_path))


def test_a_file_that_holds_something_else_is_an_error_and_not_the_model_alone(
    wan_folder: Path, tmp_path: Path
) -> None:
    weights = wan_folder / "vae" / "diffusion_pytorch_model.safetensors"
    (tmp_path / "torn.safetensors").write_bytes(weights.read_bytes()[:100])
    for path in (weights, tmp_path / "torn.safetensors"):
        with pytest.raises(UserError, match="can't be loaded as a LoRA of WanImageTo") as caught:
            plan_with(wan_folder, path).load_model()
        assert "\n" not in str(caught.value)


def test_a_lora_of_another_model_is_an_error(
    wan_folder: Path, lora_file: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    renamed = {f"unet.{name}": value for name, value in load_file(lora_file).items()}
    save_file(renamed, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="can't be loaded as a LoRA of WanImageTo"):
        plan_with(wan_folder, tmp_path / "other.safetensors").load_model()


def test_a_model_with_two_transformers_takes_none(lora_file: Path, tmp_path: Path) -> None:
    folder = tiny_pipelines.save(tiny_pipelines.wan22_i2v(), tmp_path / "wan")
    plan = plan_model(
        "baseline",
        replace(SMALL, steps=1),
        backbone=str(folder),
        device="cpu",
        lora=str(lora_file),
    )
    with pytest.raises(UserError, match="has two transformers here"):
        plan.load_model()
