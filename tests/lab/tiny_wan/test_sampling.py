"""A batch is what the stock pipeline makes of each clip alone."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pytest
import torch

from alignvid_ref.attach import alignvid
from alignvid_ref.baselines import AlgConfig, DymosConfig, alg, dymos
from alignvid_ref.baselines.guidance import GuidanceConfig, Kind, guidance
from alignvid_ref.baselines.wan_modular import as_modular
from alignvid_ref.config import AlignVidConfig
from evaluators.world import Scene, render_reference
from lab.tiny_wan.attention import call_inputs
from lab.tiny_wan.condition import to_video
from lab.tiny_wan.experiment.settings import default_config
from lab.tiny_wan.sampling import Method, decode_clips, encode_inputs, make_latents

STEPS = 4
STRONG = default_config().replace(gamma=2.0, blocks=None)


def stock_latents(
    pipe: Any,
    scene: Scene,
    seed: int,
    guidance_scale: float,
    config: AlignVidConfig | None,
    method: AbstractContextManager[Any] | None = None,
) -> torch.Tensor:
    call = call_inputs(scene, steps=STEPS)
    call |= {"guidance_scale": guidance_scale, "output_type": "latent"}
    with alignvid(pipe, config) if config else nullcontext(), method or nullcontext():
        made: torch.Tensor = pipe(**call, generator=torch.Generator().manual_seed(seed)).frames
    return made


def batch_latents(
    pipe: Any,
    scenes: list[Scene],
    guidance_scale: float,
    config: AlignVidConfig | None,
    method: Method | None = None,
) -> torch.Tensor:
    pictures = np.stack([render_reference(scene.stage) for scene in scenes])
    inputs = encode_inputs(pipe, pictures, [scene.sample.prompt for scene in scenes])
    return make_latents(
        pipe,
        inputs,
        range(len(scenes)),
        steps=STEPS,
        guidance_scale=guidance_scale,
        config=config,
        method=method,
    )


@pytest.mark.parametrize("guidance_scale", [1.0, 2.0])
@pytest.mark.parametrize(
    "config",
    [None, STRONG, STRONG.replace(modulation="energy"), STRONG.replace(modulation="conflict")],
    ids=["alone", "scalar", "energy", "conflict"],
)
def test_each_clip_of_a_batch_is_the_stock_pipeline_s(
    pipe: Any, scenes: list[Scene], config: AlignVidConfig | None, guidance_scale: float
) -> None:
    made = batch_latents(pipe, scenes[:3], guidance_scale, config)
    one = stock_latents(pipe, scenes[1], 1, guidance_scale, config)
    torch.testing.assert_close(made[1:2], one, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("config", [None, STRONG], ids=["alone", "with AlignVid"])
@pytest.mark.parametrize("method", [AlgConfig(), DymosConfig()], ids=["alg", "dymos"])
def test_another_method_in_a_batch_is_that_of_the_stock_pipeline(
    pipe: Any, scenes: list[Scene], method: Method, config: AlignVidConfig | None
) -> None:
    made = batch_latents(pipe, scenes[:3], 2.0, config, method)
    context = alg(pipe, method) if isinstance(method, AlgConfig) else dymos(pipe, method)
    one = stock_latents(pipe, scenes[1], 1, 2.0, config, context)
    torch.testing.assert_close(made[1:2], one, atol=2e-5, rtol=1e-4)
    assert (made - batch_latents(pipe, scenes[:3], 2.0, config)).abs().max() > 1e-4


@pytest.mark.parametrize("kind", ["apg", "cfg-zero-star"])
def test_a_guider_in_a_batch_is_that_of_the_modular_pipeline(
    pipe: Any, scenes: list[Scene], kind: Kind
) -> None:
    config = GuidanceConfig(kind=kind, scale=2.0)
    made = batch_latents(pipe, scenes[:3], 2.0, None, config)
    call = call_inputs(scenes[1], steps=STEPS)
    del call["guidance_scale"], call["output_type"]
    modular = as_modular(pipe)
    with guidance(modular, config):
        one = modular(**call, generator=torch.Generator().manual_seed(1), output="latents")
    torch.testing.assert_close(made[1:2], one, atol=2e-5, rtol=1e-4)
    assert (made - batch_latents(pipe, scenes[:3], 2.0, None)).abs().max() > 1e-3


def test_gamma_and_guidance_change_the_clips(pipe: Any, scenes: list[Scene]) -> None:
    alone = batch_latents(pipe, scenes[:2], 1.0, None)
    for made in (
        batch_latents(pipe, scenes[:2], 1.0, STRONG),
        batch_latents(pipe, scenes[:2], 2.0, None),
    ):
        assert (made - alone).abs().max() > 1e-3


def test_clips_are_frames(pipe: Any, scenes: list[Scene]) -> None:
    pictures = np.stack([render_reference(scene.stage) for scene in scenes[:2]])
    inputs = encode_inputs(pipe, pictures, ["", ""])
    made = decode_clips(pipe, make_latents(pipe, inputs, [1, 2], steps=1))
    assert made.shape == (2, 9, 64, 64, 3)
    assert made.dtype == np.uint8
    assert to_video(torch.from_numpy(made)).abs().max() <= 1
