"""Adaptive Low-Pass Guidance, against its formula written out step by step."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import tiny_pipelines
import torch
from torch import Tensor

from alignvid_ref import AlignVidConfig, alignvid, apply_alignvid
from alignvid_ref.baselines import AlgConfig, alg, count_passes
from alignvid_ref.baselines.low_pass import low_passed
from omiti2v.errors import UserError

CONFIG = AlgConfig(scale=0.4, until=0.5)


def filtered(latents: Tensor) -> Tensor:
    """The last 16 of 36 channels, resized from 4x4 to 2x2 and back, frame by frame."""
    out = latents.clone()
    for frame in range(latents.shape[2]):
        small = torch.nn.functional.interpolate(
            latents[:, 20:, frame], (2, 2), mode="bilinear", antialias=True
        )
        out[:, 20:, frame] = torch.nn.functional.interpolate(small, (4, 4), mode="bilinear")
    return out


def reference(
    wan: Any, *, scale: float, until: float, transformer_at: Any = None, everywhere: bool = False
) -> Tensor:
    """The latents of 4 steps by the paper's formula, or with the low-passed image everywhere."""

    def velocity(number: int, latents: Tensor, t: Tensor) -> Tensor:
        chosen = transformer_at(float(t)) if transformer_at else None
        low = filtered(latents) if number / 4 < until else latents
        base = wan.forward(low if everywhere else latents, t, wan.negative, transformer=chosen)
        prompted = wan.forward(low, t, wan.prompt, transformer=chosen)
        unprompted = wan.forward(low, t, wan.negative, transformer=chosen)
        return base + scale * (prompted - unprompted)

    return wan.denoise(velocity, steps=4)


@pytest.mark.parametrize("scale", [5.0, 1.1])
def test_the_video_is_that_of_the_formula(wan: Any, scale: float) -> None:
    with alg(wan.tiny.pipe, CONFIG) as watch:
        made = wan.tiny.run(guidance_scale=scale)
    expected = reference(wan, scale=scale, until=0.5)
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
    for other in ({"until": 0}, {"until": 0.5, "everywhere": True}):
        assert (made - reference(wan, scale=scale, **other)).abs().max() > 3e-4
    assert [step.on for step in watch.steps] == [True, True, False, False]


def test_a_step_that_is_on_takes_three_passes_and_others_two(wan: Any) -> None:
    with count_passes(wan.tiny.pipe) as passes, alg(wan.tiny.pipe, CONFIG):
        wan.tiny.run()
    assert passes.count == 3 + 3 + 2 + 2


def test_outside_its_steps_no_bit_changes(wan: Any) -> None:
    """The same latents into the third step give the same out of it."""
    plain, seen = {}, {}

    def note(into: dict[int, Tensor], change: Tensor | None = None) -> Any:
        def callback(pipe: Any, number: int, t: Tensor, values: dict[str, Tensor]) -> Any:
            into[number] = values["latents"]
            return {"latents": change} if number == 1 and change is not None else values

        return callback

    with alg(wan.tiny.pipe, CONFIG):
        made = wan.tiny.run(callback_on_step_end=note(seen))
    assert torch.equal(wan.tiny.run(callback_on_step_end=note(plain, seen[1])), made)
    assert not torch.equal(plain[0], seen[0])


def test_afterwards_everything_is_as_before(wan: Any) -> None:
    transformer = wan.tiny.pipe.transformer
    plain = wan.tiny.run()
    before = {name: dict(vars(module)) for name, module in transformer.named_modules()}
    with alg(wan.tiny.pipe):
        wan.tiny.run()
        twin = copy.deepcopy(transformer)
    assert torch.equal(wan.tiny.run(), plain)
    after = {name: dict(vars(module)) for name, module in transformer.named_modules()}
    assert {name: set(values) for name, values in after.items()} == {
        name: set(values) for name, values in before.items()
    }
    assert type(transformer) is type(twin) is type(tiny_pipelines.wan_i2v_transformer())


@pytest.mark.parametrize("alignvid_first", [True, False])
def test_with_alignvid_in_either_order(wan: Any, alignvid_first: bool) -> None:
    """Text logits of a Wan with weights scaled by hand, in the one step above 900."""
    pipe = wan.tiny.pipe
    config = AlignVidConfig.preset("wan2.1-i2v", gamma=2.0, blocks=(0, 2))
    twin = copy.deepcopy(pipe.transformer)
    for block in (twin.blocks[0], twin.blocks[2]):
        block.attn2.norm_q.weight.data.mul_(2)
        block.attn2.norm_k.weight.data.mul_(2)
    expected = reference(
        wan, scale=5.0, until=0.5, transformer_at=lambda t: twin if t > 900 else pipe.transformer
    )
    orders = [lambda: alg(pipe, CONFIG), lambda: alignvid(pipe, config)]
    outer, inner = reversed(orders) if alignvid_first else orders
    with outer(), inner():
        made = wan.tiny.run()
        assert type(copy.deepcopy(pipe.transformer)) is type(twin)
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
    assert (made - reference(wan, scale=5.0, until=0.5)).abs().max() > 1e-3


def test_left_while_alignvid_lies_over_it_it_is_off_and_goes_with_that(wan: Any) -> None:
    pipe = wan.tiny.pipe
    config = AlignVidConfig.preset("wan2.1-i2v", gamma=2.0, blocks=(0, 2))
    plain = wan.tiny.run()
    with alignvid(pipe, config):
        expected = wan.tiny.run()
    with alg(pipe, CONFIG):
        handle = apply_alignvid(pipe.transformer, config)
    assert torch.equal(wan.tiny.run(), expected)
    handle.remove()
    assert torch.equal(wan.tiny.run(), plain)
    assert type(pipe.transformer) is type(tiny_pipelines.wan_i2v_transformer())
    with alg(pipe, CONFIG):
        apply_alignvid(pipe.transformer, config).remove(quietly=True)


def test_one_model_that_is_both_experts_of_wan22_gets_it_once() -> None:
    tiny = tiny_pipelines.wan22_i2v()
    tiny.pipe.register_modules(transformer_2=tiny.pipe.transformer)
    plain = tiny.run()
    with count_passes(tiny.pipe) as passes, alg(tiny.pipe, AlgConfig(scale=1.0, until=1.0)):
        # Nothing is filtered, so that the formula is plain guidance.
        torch.testing.assert_close(tiny.run(), plain, atol=1e-5, rtol=1e-5)
    assert passes.count == 12


def test_each_expert_of_wan22_has_its_guidance_scale() -> None:
    tiny = tiny_pipelines.wan22_i2v()
    scales = {"guidance_scale": 5.0, "guidance_scale_2": 2.0}
    plain = tiny.run(**scales)
    with alg(tiny.pipe, AlgConfig(scale=1.0, until=1.0)):
        # Nothing is filtered, so that the formula is plain guidance.
        made = tiny.run(**scales)
    torch.testing.assert_close(made, plain, atol=1e-5, rtol=1e-5)


def test_without_guidance_it_is_refused(wan: Any) -> None:
    plain = wan.tiny.run(guidance_scale=1.0)
    with (
        pytest.raises(UserError, match="a guidance scale of 1 leaves out; give one above 1"),
        alg(wan.tiny.pipe),
    ):
        wan.tiny.run(guidance_scale=1.0)
    assert torch.equal(wan.tiny.run(guidance_scale=1.0), plain)


def test_other_pipelines_and_a_second_time_are_refused(wan: Any) -> None:
    with pytest.raises(UserError, match="alg: works on a WanImageToVideoPipeline, got WanPipeline"):
        alg(tiny_pipelines.wan_t2v().pipe).__enter__()
    with pytest.raises(UserError, match="alg: needs a Wan with the image latents beside the noise"):
        alg(tiny_pipelines.wan22_ti2v().pipe).__enter__()
    with (
        alg(wan.tiny.pipe),
        pytest.raises(UserError, match="is on this WanImageToVideoPipeline already"),
    ):
        alg(wan.tiny.pipe).__enter__()


def test_a_low_pass_keeps_what_is_even_and_takes_what_alternates() -> None:
    even = torch.full((1, 2, 3, 10, 20), 1.5, dtype=torch.bfloat16)
    assert torch.equal(low_passed(even, 0.4), even)
    stripes = torch.ones(1, 1, 1, 20, 20)
    stripes[..., ::2] = -1
    assert low_passed(stripes, 0.4).abs().mean() < 0.1
