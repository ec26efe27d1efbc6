"""Transformers with the inputs that their pipelines give them, made once."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import torch
from tiny_pipelines import BUILDERS, qwen_image_transformer

from alignvid_ref import AlignVidConfig


@dataclass(frozen=True)
class Forward:
    """A transformer and the inputs of one forward.

    Attributes:
        transformer: The caller's own copy.
        inputs: What the pipeline passes, by keyword.
        blocks: Blocks that this tiny transformer has.
        preset: Name of its preset.
    """

    transformer: Any
    inputs: dict[str, Any]
    blocks: tuple[int, ...]
    preset: str

    def config(self, **overrides: Any) -> AlignVidConfig:
        return AlignVidConfig.preset(self.preset, **({"blocks": self.blocks} | overrides))

    def at(self, timestep: float, transformer: Any = None) -> torch.Tensor:
        """The output at a timestep between 1000 and 0."""
        unit = 1 if "flux" in self.preset or "qwen" in self.preset else 1000
        inputs = dict(self.inputs)
        # Wan passes integers where the schedule does; every model takes floats.
        inputs["timestep"] = torch.full_like(inputs["timestep"].float(), timestep * unit / 1000)
        called = self.transformer if transformer is None else transformer
        with torch.no_grad():
            return called(**inputs)[0]


@cache
def _forward(name: str) -> Forward:
    if name.startswith("qwen"):
        generator = torch.Generator().manual_seed(0)
        inputs = {
            "hidden_states": torch.randn(1, 4, 16, generator=generator),
            "encoder_hidden_states": torch.randn(1, 5, 16, generator=generator),
            "encoder_hidden_states_mask": torch.ones(1, 5, dtype=torch.bool),
            "timestep": torch.ones(1),
            "img_shapes": [[(1, 2, 2)]],
            "return_dict": False,
        }
        return Forward(qwen_image_transformer().eval(), inputs, (0, 2), name)
    tiny = BUILDERS[name]()
    seen: list[dict[str, Any]] = []
    hook = tiny.pipe.transformer.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs), with_kwargs=True
    )
    tiny.run()
    hook.remove()
    return Forward(tiny.pipe.transformer.eval(), seen[0], tiny.blocks, name)


@pytest.fixture
def forward_of() -> Callable[[str], Forward]:
    """The forward of a preset's tiny transformer, on a copy of the transformer."""

    def get(name: str) -> Forward:
        made = _forward(name)
        return Forward(copy.deepcopy(made.transformer), dict(made.inputs), made.blocks, name)

    return get
