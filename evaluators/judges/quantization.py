"""Weights in fewer bits, by bitsandbytes."""

from __future__ import annotations

import importlib
from typing import Any

from omiti2v.errors import UserError
from omiti2v.judge_spec import Quantization


def quantization_config(kind: Quantization) -> Any:
    """What transformers is told, so that it quantizes weights while it loads them.

    Args:
        kind: "int8", or "nf4": four bits, with products in bfloat16.

    Raises:
        UserError: bitsandbytes is not installed.
    """
    try:
        importlib.import_module("bitsandbytes")
    except ImportError:
        raise UserError(
            f"quantization {kind} needs bitsandbytes, which is not installed: "
            "pip install bitsandbytes"
        ) from None
    import torch
    from transformers import BitsAndBytesConfig

    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )
