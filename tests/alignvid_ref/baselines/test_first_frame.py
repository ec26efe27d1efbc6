"""DyMoS, against a softmax written out."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import tiny_pipelines
import torch
from torch import Tensor

from alignvid_ref import AlignVidConfig, alignvid
from alignvid_ref.baselines import AlgConfig, DymosConfig, alg, count_passes, dymos
from omiti2v.errors import UserError

CONFIG = DymosConfig(strength=3.0, until=0.5)
# Of a latent frame of 4x4, in patches of 2x2; the video has three.
TOKENS = 4


class Explicit:
    """Wan's self-attention as softmax(q k' / sqrt(d) + bias) v."""

    def __init__(self, bias: Tensor) -> None:
        self.bias = bias

    def __call__(
        self, attn: Any, hidden_states: Tensor, _: None, __: None, rotary_emb: Any
    ) -> Tensor:
        def heads(tokens: Tensor) -> Tensor:
            return tokens.unflatten(2, (attn.heads, -1))

        def rotated(tokens: Tensor) -> Tensor:
            turned = torch.view_as_complex(heads(tokens).unflatten(-1, (-1, 2)).double())
            angles = torch.complex(*(part[..., ::2].double() for part in rotary_emb))
            return torch.view_as_real(turned * angles).flatten(-2).float()

        query = rotated(attn.norm_q(attn.to_q(hidden_states)))
        key = rotated(attn.norm_k(attn.to_k(hidden_states)))
        logits = torch.einsum("bqhd,bkhd->bhqk", query, key) / query.shape[-1] ** 0.5
        weights = (logits + self.bias).softmax(-1)
        value = heads(attn.to_v(hidden_states))
        out: Tensor = attn.to_out[0](torch.einsum("bhqk,bkhd->bqhd", weights, value).flatten(2))
        return out


def twin_of(transformer: Any, config: DymosConfig) -> Any:
    """A copy that always does what the method does in its steps."""
    bias = torch.zeros(3 * TOKENS, 3 * TOKENS)
    bias[:, :TOKENS] = -config.strength
    if config.queries == "generated":
        bias[:TOKENS] = 0
    twin = copy.deepcopy(transformer)
    for block in twin.blocks:
        block.attn1.processor = Explicit(bias)
    return twin


def reference(wan: Any, prompted_at: Any, plain_at: Any = None) -> Tensor:
    """The latents of 4 steps; each is given the transformer of its two forwards."""

    def velocity(number: int, latents: Tensor, t: Tensor) -> Tensor:
        plain = plain_at(float(t)) if plain_at else wan.tiny.pipe.transformer
        base = wan.forward(latents, t, wan.negative, transformer=plain)
        prompted = wan.forward(latents, t, wan.prompt, transformer=prompted_at(number, float(t)))
        return base + 5.0 * (prompted - base)

    return wan.denoise(velocity, steps=4)


@pytest.mark.parametrize("queries", ["generated", "all"])
def test_the_video_is_that_of_the_written_softmax(wan: Any, queries: Any) -> None:
    config = DymosConfig(strength=3.0, until=0.5, queries=queries)
    pipe = wan.tiny.pipe
    twin = twin_of(pipe.transformer, config)
    expected = reference(wan, lambda number, t: twin if number < 2 else pipe.transformer)
    with dymos(pipe, config) as watch, count_passes(pipe) as passes:
        made = wan.tiny.run()
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)
    assert (made - reference(wan, lambda number, t: pipe.transformer)).abs().max() > 3e-4
    changed: Any = "all" if queries == "generated" else "generated"
    other = twin_of(pipe.transformer, DymosConfig(strength=3.0, queries=changed))
    given = reference(wan, lambda number, t: other if number < 2 else pipe.transformer)
    assert (made - given).abs().max() > 3e-4
    assert [step.on for step in watch.steps] == [True, True, False, False]
    assert passes.count == 2 * 4


def test_less_of_the_first_frame_reaches_the_others(wan: Any) -> None:
    """With next to nothing left of its keys, the first frame's tokens tell the others nothing."""
    pipe = wan.tiny.pipe
    layer = pipe.transformer.blocks[0].attn1
    seen: list[tuple[Any, Tensor]] = []
    hook = layer.register_forward_hook(lambda module, args, out: seen.append((args, out)))
    wan.tiny.run(num_inference_steps=1)
    hook.remove()
    args = seen[0][0]
    changed = args[0].clone()
    changed[:, :TOKENS] += 1
    with dymos(pipe, DymosConfig(strength=100.0)), torch.no_grad():
        wan.tiny.run(num_inference_steps=1, guidance_scale=1.0)  # so that a step is on
        first, second = layer(*args), layer(changed, *args[1:])
    torch.testing.assert_close(first[:, TOKENS:], second[:, TOKENS:], atol=1e-6, rtol=0)
    assert (first[:, :TOKENS] - second[:, :TOKENS]).abs().max() > 1e-3
    assert (layer(*args) - layer(changed, *args[1:]))[:, TOKENS:].abs().max() > 1e-3


def test_outside_its_steps_no_bit_changes_and_none_to_speak_of_at_strength_0(wan: Any) -> None:
    plain, seen = {}, {}

    def note(into: dict[int, Tensor], change: Tensor | None = None) -> Any:
        def callback(pipe: Any, number: int, t: Tensor, values: dict[str, Tensor]) -> Any:
            into[number] = values["latents"]
            return {"latents": change} if number == 1 and change is not None else values

        return callback

    with dymos(wan.tiny.pipe, CONFIG):
        made = wan.tiny.run(callback_on_step_end=note(seen))
    assert torch.equal(wan.tiny.run(callback_on_step_end=note(plain, seen[1])), made)
    assert not torch.equal(plain[0], seen[0])
    with dymos(wan.tiny.pipe, DymosConfig(strength=0)):
        made = wan.tiny.run()
    torch.testing.assert_close(made, wan.tiny.run(), atol=1e-5, rtol=1e-5)


def test_afterwards_everything_is_as_before(wan: Any) -> None:
    transformer = wan.tiny.pipe.transformer
    plain = wan.tiny.run()
    before = {name: (type(part), set(vars(part))) for name, part in transformer.named_modules()}
    with dymos(wan.tiny.pipe):
        wan.tiny.run()
        twin = copy.deepcopy(transformer)
    for left in (transformer, twin):
        parts = left.named_modules()
        assert before == {name: (type(part), set(vars(part))) for name, part in parts}
    assert torch.equal(wan.tiny.run(), plain)


@pytest.mark.parametrize("alignvid_first", [True, False])
def test_with_alignvid_in_either_order(wan: Any, alignvid_first: bool) -> None:
    """Text logits of a Wan with weights scaled by hand, in the one step above 900."""
    pipe = wan.tiny.pipe
    config = AlignVidConfig.preset("wan2.1-i2v", gamma=2.0, blocks=(0, 2))
    scaled = copy.deepcopy(pipe.transformer)
    for block in (scaled.blocks[0], scaled.blocks[2]):
        block.attn2.norm_q.weight.data.mul_(2)
        block.attn2.norm_k.weight.data.mul_(2)

    def at(t: float) -> Any:
        return scaled if t > 900 else pipe.transformer

    twins = {id(part): twin_of(part, CONFIG) for part in (scaled, pipe.transformer)}
    expected = reference(wan, lambda number, t: twins[id(at(t))] if number < 2 else at(t), at)
    orders = [lambda: dymos(pipe, CONFIG), lambda: alignvid(pipe, config)]
    outer, inner = reversed(orders) if alignvid_first else orders
    with outer(), inner():
        made = wan.tiny.run()
        assert {type(part) for part in copy.deepcopy(pipe.transformer).modules()} == {
            type(part) for part in scaled.modules()
        }
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-5)


def test_with_alg_in_either_order_it_is_the_same_video(wan: Any) -> None:
    pipe, low_pass = wan.tiny.pipe, AlgConfig(until=0.5)
    with alg(pipe, low_pass), dymos(pipe, CONFIG):
        one = wan.tiny.run()
    with dymos(pipe, CONFIG), alg(pipe, low_pass):
        other = wan.tiny.run()
    assert torch.equal(one, other)
    with alg(pipe, low_pass):
        assert not torch.equal(one, wan.tiny.run())


@pytest.mark.parametrize("name", ["wan2.2-i2v", "wan2.2-ti2v"])
def test_wan22_changes_in_its_first_steps(name: str) -> None:
    tiny = tiny_pipelines.BUILDERS[name]()
    plain = tiny.run()
    with dymos(tiny.pipe, CONFIG) as watch:
        made = tiny.run()
    assert not torch.equal(made, plain)
    assert [step.on for step in watch.steps] == [True, True, False, False]
    assert torch.equal(tiny.run(), plain)


@pytest.mark.slow
def test_blocks_compiled_while_it_is_on_give_the_same(wan: Any) -> None:
    pipe = wan.tiny.pipe
    with dymos(pipe, CONFIG):
        eager = wan.tiny.run()
    with dymos(pipe, CONFIG):
        pipe.transformer.compile_repeated_blocks(backend="eager", fullgraph=True)
        compiled = wan.tiny.run()
    torch.testing.assert_close(compiled, eager, atol=1e-5, rtol=1e-5)


def test_what_it_does_not_work_on_is_said_in_a_line(wan: Any) -> None:
    pipe = wan.tiny.pipe
    with pytest.raises(UserError, match="works on a WanImageToVideoPipeline, got HunyuanVideoFram"):
        dymos(tiny_pipelines.framepack().pipe).__enter__()
    with dymos(pipe), pytest.raises(UserError, match="dymos: is on this WanImageToVideoP"):
        dymos(pipe).__enter__()
    pipe.transformer.set_attention_backend("flex")
    with pytest.raises(UserError, match="which attention backend flex does not take"), dymos(pipe):
        wan.tiny.run()
    pipe.transformer.set_attention_backend("native")
    last = pipe.transformer.blocks[-1].attn1
    last.processor = Explicit(torch.zeros(1))
    with pytest.raises(UserError, match=r"needs diffusers' WanAttnProcessor .* got Explicit"):
        dymos(pipe).__enter__()
    assert "_baseline_dymos" not in dir(type(pipe.transformer.blocks[0].attn1))
