"""Weights in fewer bits: what transformers is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from evaluators.judges.family import LoadOptions, load_model


@pytest.mark.parametrize("kind", ["int8", "nf4"])
def test_it_is_passed_on_as_transformers_wants_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: Any
) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", object())  # type: ignore[arg-type]
    seen: dict[str, Any] = {}

    class Noted:
        """A class of models that notes how it is loaded."""

        @staticmethod
        def from_pretrained(folder: Path, **options: Any) -> tuple[nn.Module, dict[str, list[str]]]:
            seen.update(options)
            return nn.Linear(1, 1), {"missing_keys": []}

    load_model(Noted, tmp_path, LoadOptions(device="cpu", quantization=kind))
    config = seen["quantization_config"]
    assert (config.load_in_8bit, config.load_in_4bit) == (kind == "int8", kind == "nf4")
    assert seen["device_map"] == {"": "cpu"}
    assert seen["trust_remote_code"] is False
    if kind == "nf4":
        assert config.bnb_4bit_quant_type == "nf4"
        assert config.bnb_4bit_compute_dtype == torch.bfloat16
