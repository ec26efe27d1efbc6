"""A Wan2.1 I2V as a modular pipeline, beside the stock one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tiny_pipelines
import torch
from tiny_pipelines import TinyPipeline

from alignvid_ref import AlignVidConfig, alignvid
from alignvid_ref.baselines.guidance import GuidanceConfig, guidance
from alignvid_ref.baselines.wan_modular import GuidedWanPipeline, as_modular
from omiti2v.errors import UserError

Latents = Callable[[], torch.Tensor]


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_plain_guidance_gives_what_the_stock_pipeline_gives(
    stock: TinyPipeline, modular: GuidedWanPipeline, latents: Latents, scale: float
) -> None:
    with guidance(modular, GuidanceConfig(kind="cfg", scale=scale)):
        torch.testing.assert_close(latents(), stock.run(guidance_scale=scale), atol=1e-5, rtol=0)


def test_alignvid_does_to_it_what_it_does_to_the_stock_pipeline(
    stock: TinyPipeline, modular: GuidedWanPipeline, latents: Latents
) -> None:
    config = AlignVidConfig.for_pipeline(modular)
    assert config == AlignVidConfig.for_pipeline(stock.pipe)
    assert config.family == "wan-i2v"
    with alignvid(stock.pipe, config):
        expected = stock.run(guidance_scale=2.0)
    with guidance(modular, GuidanceConfig(kind="cfg", scale=2.0)):
        plain = latents()
        with alignvid(modular, config) as handle:
            torch.testing.assert_close(latents(), expected, atol=1e-5, rtol=0)
        assert torch.equal(latents(), plain)
    assert [step.on for step in handle.steps] == [True, False, False, False]
    assert (expected - plain).abs().max() > 0.1


def test_the_parts_are_those_of_the_stock_pipeline(
    stock: TinyPipeline, modular: GuidedWanPipeline
) -> None:
    for name, part in stock.pipe.components.items():
        assert getattr(modular, name, None) is part


def test_a_pipeline_with_offloaded_models_goes_on_working() -> None:
    """Two calls, with the hooks of a GPU's offloading on the CPU."""
    tiny = tiny_pipelines.wan_i2v()
    call = tiny.call | {"output": "latents"}
    del call["guidance_scale"], call["output_type"]

    def run() -> torch.Tensor:
        return as_modular(tiny.pipe)(**call, generator=torch.Generator().manual_seed(0))

    plain = run()
    tiny.pipe.enable_model_cpu_offload(device="cpu")
    for _ in range(2):
        assert torch.equal(run(), plain)
        tiny.pipe.maybe_free_model_hooks()


@pytest.mark.parametrize("name", ["wan2.2-i2v", "wan2.1-t2v", "flux"])
def test_a_model_of_another_kind_is_refused(name: str) -> None:
    pipe = tiny_pipelines.BUILDERS[name]().pipe
    with pytest.raises(UserError, match=f"{type(pipe).__name__}: expected a WanImageToVideo"):
        as_modular(pipe)
