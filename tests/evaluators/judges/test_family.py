"""Families by the model type in a config, and how their weights get onto devices."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_models.internvl import save_tiny_internvl
from tiny_models.llava_onevision import save_tiny_llava_onevision
from tiny_models.qwen3_vl import save_tiny_qwen3_vl
from tiny_models.smolvlm import save_tiny_smolvlm
from torch import nn

from evaluators.frames import Clip
from evaluators.judges import Judge, load_judge
from evaluators.judges.family import LoadOptions, load_model
from evaluators.judges.transformers_judge import TransformersJudge
from omiti2v.errors import UserError
from omiti2v.plugins import find_plugins

SAVERS = [save_tiny_qwen3_vl, save_tiny_llava_onevision, save_tiny_internvl, save_tiny_smolvlm]


@pytest.mark.parametrize("save", SAVERS)
@pytest.mark.parametrize("protocol", ["fast", "paper"])
def test_a_model_of_every_family_is_loaded_from_its_folder_and_answers(
    save: Callable[..., Path], protocol: str, tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    folder = save(tmp_path / "some-model", answer_scale=8.0)
    short = {"max_new_tokens": 8} if protocol == "paper" else {}
    judge: Judge = load_judge(str(folder), protocol=protocol, device="cpu", **short)
    judgements = judge.judge(make_clip(3), ["Is there a red cup?", "Is the sky blue?"])
    assert {j.answer for j in judgements} <= {"yes", "no", "unknown"}
    assert judge.name == "some-model"


def test_layers_spread_over_devices_give_the_same_answers(
    answering_qwen: Path, answering_judge: TransformersJudge, make_clip: Callable[..., Clip]
) -> None:
    spread = TransformersJudge(answering_qwen, device="auto")
    questions = ["Is there a red cup?", "Wet?"]
    clip = make_clip()
    ours, theirs = (judge.judge(clip, questions) for judge in (spread, answering_judge))
    for one, other in zip(ours, theirs, strict=True):
        assert one.p_yes == pytest.approx(other.p_yes, abs=1e-5)
    assert spread.fingerprint == answering_judge.fingerprint


def test_weights_that_would_stay_on_the_disk_are_refused(tmp_path: Path) -> None:
    class Offloaded:
        """A class of models for which there is not enough memory."""

        @staticmethod
        def from_pretrained(folder: Path, **options: Any) -> tuple[nn.Module, dict[str, list[str]]]:
            model = nn.Linear(1, 1)
            model.hf_device_map = {"model.layers.0": 0, "model.layers.1": "disk"}  # type: ignore[assignment]
            return model, {"missing_keys": []}

    with pytest.raises(UserError, match="device auto: expected memory for all weights"):
        load_model(Offloaded, tmp_path, LoadOptions(device="auto"))


@pytest.mark.parametrize(
    ("module", "options", "expected"),
    [
        (
            "bitsandbytes",
            {"quantization": "int8"},
            "quantization int8 needs bitsandbytes, which is not installed: "
            "pip install bitsandbytes",
        ),
        (
            "accelerate",
            {"device": "auto"},
            'device auto needs accelerate, which is not installed: pip install "omiti2v[vlm]"',
        ),
    ],
)
def test_a_missing_package_for_an_option_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    random_qwen: Path,
    module: str,
    options: dict[str, Any],
    expected: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # makes the import fail as if not installed
    with pytest.raises(UserError) as caught:
        TransformersJudge(random_qwen, **options)
    assert str(caught.value) == expected


def test_a_missing_package_of_a_family_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = save_tiny_smolvlm(tmp_path / "model")
    monkeypatch.setitem(sys.modules, "num2words", None)
    with pytest.raises(UserError) as caught:
        TransformersJudge(folder)
    assert str(caught.value) == (
        'SmolVLM needs num2words, which is not installed: pip install "omiti2v[vlm]"'
    )


@pytest.mark.parametrize("model_type", ["llama", "internvl_chat", "llava_qwen", None, 7])
def test_a_model_of_no_known_family_is_one_line_that_names_the_families(
    random_qwen: Path, tmp_path: Path, model_type: Any
) -> None:
    folder = Path(shutil.copytree(random_qwen, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": model_type}))
    with pytest.raises(UserError) as caught:
        load_judge(str(folder))
    for family in find_plugins("omiti2v.judge_families"):
        assert family in str(caught.value)
    assert repr(model_type) in str(caught.value)
    assert '"-hf"' in str(caught.value) and "openai:MODEL" in str(caught.value)
    assert "\n" not in str(caught.value)
