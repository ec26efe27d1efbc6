"""AlignVid together with what people do to their pipelines, and what plain hooks get wrong there.

`HookedAlignVid` is the obvious way to write the method, with forward hooks. Where it fails without
a word, a test shows the failure beside the right result, so that these tests are known to see it.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

import accelerate.hooks
import pytest
import torch
import torch.utils.checkpoint
from diffusers.hooks import (
    FirstBlockCacheConfig,
    HookRegistry,
    MagCacheConfig,
    ModelHook,
    PyramidAttentionBroadcastConfig,
    apply_group_offloading,
)
from diffusers.models.attention_dispatch import _AttentionBackendRegistry
from peft import LoraConfig, get_peft_model
from tiny_pipelines import BUILDERS, wan_i2v_transformer
from torch import nn

from alignvid_ref import AlignVidConfig, TimestepWindow, alignvid, apply_alignvid

ON, OFF = 950.0, 800.0
# Enough for the tracing that these tests are about, without generating code.
BACKEND = "eager"


@pytest.fixture
def forward(forward_of: Callable[[str], Any]) -> Any:
    torch.compiler.reset()
    return forward_of("wan2.1-i2v")


@pytest.fixture
def expected(forward_of: Callable[[str], Any]) -> dict[float, torch.Tensor]:
    """What AlignVid gives on an untouched transformer."""
    return once_attached(forward_of("wan2.1-i2v"))


@pytest.fixture
def shallow(forward: Any) -> Any:
    """A transformer of one block, which compiles as a whole in a moment."""
    return dataclasses.replace(
        forward, transformer=wan_i2v_transformer(num_layers=1).eval(), blocks=(0,)
    )


def once_attached(made: Any) -> dict[float, torch.Tensor]:
    """What AlignVid gives on this transformer as it is now; it is removed again."""
    handle = apply_alignvid(made.transformer, made.config())
    outputs = {timestep: made.at(timestep) for timestep in (ON, OFF)}
    handle.remove()
    assert not close(outputs[ON], made.at(ON))
    return outputs


@pytest.fixture(autouse=True)
def _default_backend() -> Iterator[None]:
    """Choosing an attention backend on one model also sets it for the process."""
    before = _AttentionBackendRegistry.get_active_backend()[0]
    yield
    _AttentionBackendRegistry.set_active_backend(before)


class HookedAlignVid:
    """The method as forward hooks on the norms and a pre-hook on the transformer."""

    def __init__(self, transformer: nn.Module, config: AlignVidConfig) -> None:
        self.on = False
        self.handles = [transformer.register_forward_pre_hook(self._enter, with_kwargs=True)]
        for block in config.block_indices(len(transformer.blocks)):
            attention = transformer.blocks[block].attn2
            for norm in (attention.norm_q, attention.norm_k):
                self.handles.append(
                    norm.register_forward_hook(
                        lambda module, args, out: out * config.gamma if self.on else out
                    )
                )

    def _enter(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        self.on = float(kwargs["timestep"].max()) > 900


class RegistryAlignVid:
    """The method as hooks of diffusers' HookRegistry."""

    class _Scale(ModelHook):
        def __init__(self, owner: RegistryAlignVid) -> None:
            super().__init__()
            self.owner = owner

        def post_forward(self, module: nn.Module, out: Any) -> Any:
            return out * self.owner.gamma if self.owner.on else out

    class _Gate(ModelHook):
        def __init__(self, owner: RegistryAlignVid) -> None:
            super().__init__()
            self.owner = owner

        def pre_forward(self, module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            self.owner.on = float(kwargs["timestep"].max()) > 900
            return args, kwargs

    def __init__(self, transformer: nn.Module, config: AlignVidConfig) -> None:
        self.gamma = config.gamma
        self.on = False
        self.registries = [HookRegistry.check_if_exists_or_initialize(transformer)]
        self.registries[0].register_hook(self._Gate(self), "gate")
        for block in config.block_indices(len(transformer.blocks)):
            attention = transformer.blocks[block].attn2
            for norm in (attention.norm_q, attention.norm_k):
                registry = HookRegistry.check_if_exists_or_initialize(norm)
                registry.register_hook(self._Scale(self), "scale")
                self.registries.append(registry)

    def remove(self) -> None:
        self.registries[0].remove_hook("gate")
        for registry in self.registries[1:]:
            registry.remove_hook("scale")


def close(got: torch.Tensor, expected: torch.Tensor) -> bool:
    return torch.allclose(got, expected, atol=1e-5, rtol=1e-5)


def test_the_hooks_of_these_tests_are_right_where_nothing_else_is_done(
    forward: Any, expected: Any, forward_of: Callable[[str], Any]
) -> None:
    for implementation in (HookedAlignVid, RegistryAlignVid):
        made = forward_of("wan2.1-i2v")
        implementation(made.transformer, made.config())
        assert close(made.at(ON), expected[ON])
        assert close(made.at(OFF), expected[OFF])


def test_applied_twice_hooks_scale_twice(forward: Any, expected: Any) -> None:
    HookedAlignVid(forward.transformer, forward.config())
    HookedAlignVid(forward.transformer, forward.config())
    assert not close(forward.at(ON), expected[ON])


def test_registry_hooks_leave_attributes_behind(forward: Any) -> None:
    norm = forward.transformer.blocks[0].attn2.norm_k
    before = set(norm.__dict__)
    RegistryAlignVid(forward.transformer, forward.config()).remove()
    assert set(norm.__dict__) - before == {"forward", "_diffusers_hook"}


# torch.compile


def test_repeated_blocks_compiled_after_attaching_give_the_right_numbers(
    forward: Any, expected: Any
) -> None:
    apply_alignvid(forward.transformer, forward.config())
    forward.transformer.compile_repeated_blocks(backend=BACKEND)
    for timestep in (ON, OFF, ON):
        assert close(forward.at(timestep), expected[timestep])


@pytest.mark.slow
def test_repeated_blocks_compiled_after_attaching_give_wrong_numbers_with_hooks(
    forward: Any, expected: Any
) -> None:
    HookedAlignVid(forward.transformer, forward.config())
    forward.transformer.compile_repeated_blocks(backend=BACKEND)
    outputs = [close(forward.at(timestep), expected[timestep]) for timestep in (ON, OFF, ON)]
    assert not all(outputs)


def test_repeated_blocks_compiled_and_run_before_attaching_give_the_right_numbers(
    forward: Any, expected: Any
) -> None:
    plain = forward.at(ON)
    forward.transformer.compile_repeated_blocks(backend=BACKEND)
    forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config())
    for timestep in (ON, OFF, ON):
        assert close(forward.at(timestep), expected[timestep])
    handle.remove()
    assert close(forward.at(ON), plain)


def test_compiled_and_run_before_attaching_hooks_are_off_without_a_word(forward: Any) -> None:
    plain = forward.at(ON)
    forward.transformer.compile_repeated_blocks(backend=BACKEND)
    forward.at(ON)
    HookedAlignVid(forward.transformer, forward.config())
    assert close(forward.at(ON), plain)


@pytest.mark.slow
def test_a_whole_transformer_compiled_before_attaching(shallow: Any) -> None:
    plain, expected = shallow.at(ON), once_attached(shallow)
    compiled = torch.compile(shallow.transformer, backend=BACKEND, fullgraph=True)
    assert close(shallow.at(ON, compiled), plain)
    handle = apply_alignvid(compiled, shallow.config())
    for timestep in (ON, OFF, ON):
        assert close(shallow.at(timestep, compiled), expected[timestep])
    handle.remove()
    assert close(shallow.at(ON, compiled), plain)
    assert type(compiled) is torch._dynamo.OptimizedModule


def test_a_whole_transformer_compiled_after_attaching(shallow: Any) -> None:
    plain, expected = shallow.at(ON), once_attached(shallow)
    handle = apply_alignvid(shallow.transformer, shallow.config())
    compiled = torch.compile(shallow.transformer, backend=BACKEND, fullgraph=True)
    for timestep in (ON, OFF, ON):
        assert close(shallow.at(timestep, compiled), expected[timestep])
    handle.remove()
    assert close(shallow.at(ON, compiled), plain)


@pytest.mark.slow
@pytest.mark.parametrize("first", ["compile", "attach"])
def test_a_transformer_compiled_in_place(first: str, shallow: Any) -> None:
    expected = once_attached(shallow)
    if first == "compile":
        shallow.transformer.compile(backend=BACKEND)
        shallow.at(ON)
    apply_alignvid(shallow.transformer, shallow.config())
    if first == "attach":
        shallow.transformer.compile(backend=BACKEND)
    for timestep in (ON, OFF, ON):
        assert close(shallow.at(timestep), expected[timestep])


def test_attached_to_a_compiled_wrapper_what_is_in_it_acts_too(shallow: Any) -> None:
    expected = once_attached(shallow)
    compiled = torch.compile(shallow.transformer, backend=BACKEND)
    handle = apply_alignvid(compiled, shallow.config())
    assert torch.equal(shallow.at(ON), expected[ON])
    assert handle.acted == 2


def test_another_wrapper_than_the_attached_one_is_plain_and_warned_of(shallow: Any) -> None:
    plain = shallow.at(ON)
    wrappers = [torch.compile(shallow.transformer, backend=BACKEND) for _ in range(2)]
    handle = apply_alignvid(wrappers[0], shallow.config())
    assert close(shallow.at(ON, wrappers[1]), plain)
    with pytest.warns(UserWarning, match="was never called"):
        handle.remove()
    apply_alignvid(wrappers[0], shallow.config())
    assert not close(shallow.at(ON, shallow.transformer), plain)
    # What the gate said last is not left to a way in that it does not watch.
    assert close(shallow.at(ON, wrappers[1]), plain)


def test_a_pipeline_whose_transformer_is_compiled_while_attached(shallow: Any) -> None:
    tiny = BUILDERS["wan2.1-i2v"]()
    tiny.pipe.transformer = shallow.transformer
    with alignvid(tiny.pipe, shallow.config()) as eager:
        attached = tiny.run()
    with alignvid(tiny.pipe, shallow.config()) as handle:
        tiny.pipe.transformer = torch.compile(tiny.pipe.transformer, backend=BACKEND)
        compiled = tiny.run()
    torch.testing.assert_close(compiled, attached, atol=1e-5, rtol=1e-5)
    # Compiled code says that it scaled, not how often: one for each pass of guidance.
    assert [step.acted for step in eager.steps] == [4, 0, 0, 0]
    assert [step.acted for step in handle.steps] == [2, 0, 0, 0]


def test_attached_again_and_again_nothing_is_compiled_anew(forward: Any, expected: Any) -> None:
    compiles = 0

    def counting(graph: Any, inputs: Any) -> Any:
        nonlocal compiles
        compiles += 1
        return graph.forward

    forward.transformer.compile_repeated_blocks(backend=counting, fullgraph=True)
    forward.at(ON)
    seen = []
    for _ in range(6):
        handle = apply_alignvid(forward.transformer, forward.config())
        for timestep in (ON, OFF):
            assert close(forward.at(timestep), expected[timestep])
        assert [(step.on, step.acted) for step in handle.steps] == [(True, 1), (False, 0)]
        handle.remove()
        seen.append(compiles)
    # Plain, on and off.
    assert seen == [3] * 6


@pytest.mark.slow
def test_alternating_steps_compile_no_more_than_two_versions(forward: Any) -> None:
    apply_alignvid(forward.transformer, forward.config(blocks=None))
    compiles = 0

    def counting(graph: Any, inputs: Any) -> Any:
        nonlocal compiles
        compiles += 1
        return graph.forward

    forward.transformer.compile_repeated_blocks(backend=counting)
    for timestep in (ON, OFF):
        forward.at(timestep)
    first = compiles
    for timestep in (ON, OFF, 990.0, 100.0):
        forward.at(timestep)
    assert compiles == first


@pytest.mark.slow
def test_generated_code_gives_the_right_numbers(forward: Any, expected: Any) -> None:
    apply_alignvid(forward.transformer, forward.config())
    forward.transformer.compile_repeated_blocks()
    for timestep in (ON, OFF, ON):
        torch.testing.assert_close(forward.at(timestep), expected[timestep], atol=1e-4, rtol=1e-4)


# Weights: LoRA and fused projections


def lora(transformer: Any) -> None:
    """Add a LoRA that changes the attention's keys and queries."""
    torch.manual_seed(3)
    transformer.add_adapter(
        LoraConfig(r=2, target_modules=["to_q", "to_k"], init_lora_weights=False), "style"
    )


def test_a_lora_added_before_or_after_gives_the_same(forward_of: Callable[[str], Any]) -> None:
    before, after = forward_of("wan2.1-i2v"), forward_of("wan2.1-i2v")
    lora(before.transformer)
    plain = before.at(ON)
    apply_alignvid(before.transformer, before.config())
    apply_alignvid(after.transformer, after.config())
    lora(after.transformer)
    assert torch.equal(before.at(ON), after.at(ON))
    assert not torch.equal(before.at(ON), plain)


def test_a_lora_taken_off_while_attached_leaves_alignvid_on(forward: Any, expected: Any) -> None:
    lora(forward.transformer)
    apply_alignvid(forward.transformer, forward.config())
    forward.transformer.delete_adapters("style")
    assert torch.equal(forward.at(ON), expected[ON])


def norms_in_adapter(transformer: Any) -> None:
    """An adapter with trained copies of the norms, which run in their place."""
    config = LoraConfig(r=2, target_modules=["to_q"], modules_to_save=["norm_k"])
    get_peft_model(transformer, config)
    for block in transformer.blocks:
        block.attn2.norm_k.modules_to_save["default"].weight.data *= 3


def test_norms_that_an_adapter_replaces_are_scaled_where_they_run(forward: Any) -> None:
    norms_in_adapter(forward.transformer)
    twin = copy.deepcopy(forward.transformer)
    for block in forward.blocks:
        twin.blocks[block].attn2.norm_q.weight.data *= 2
        twin.blocks[block].attn2.norm_k.modules_to_save["default"].weight.data *= 2
    handle = apply_alignvid(forward.transformer, forward.config(gamma=2.0))
    assert torch.equal(forward.at(ON), forward.at(ON, twin))
    assert handle.acted == 4


def test_norms_that_an_adapter_replaces_while_attached_are_warned_of(forward: Any) -> None:
    config = forward.config(sites={"text_key": 1})
    handle = apply_alignvid(forward.transformer, config)
    norms_in_adapter(forward.transformer)
    forward.at(ON)
    assert [(step.on, step.acted) for step in handle.steps] == [(True, 0)]
    with (
        pytest.warns(UserWarning, match="a PEFT adapter"),
        pytest.warns(UserWarning, match="scaled nothing"),
    ):
        handle.remove()


def test_norms_that_an_adapter_replaces_in_part_are_warned_of(forward: Any) -> None:
    handle = apply_alignvid(forward.transformer, forward.config())
    norms_in_adapter(forward.transformer)
    forward.at(ON)
    assert handle.acted == 2  # the queries
    with pytest.warns(UserWarning, match="modules were replaced"):
        handle.remove()


@pytest.mark.parametrize("first", ["fuse", "attach"])
def test_fused_projections(first: str, forward: Any, expected: Any) -> None:
    if first == "fuse":
        forward.transformer.fuse_qkv_projections()
    apply_alignvid(forward.transformer, forward.config())
    if first == "attach":
        forward.transformer.fuse_qkv_projections()
    assert forward.transformer.blocks[0].attn2.fused_projections
    assert close(forward.at(ON), expected[ON])


# Attention backends


def test_a_backend_chosen_while_attached_stays_after_removal(forward: Any, expected: Any) -> None:
    handle = apply_alignvid(forward.transformer, forward.config())
    forward.transformer.set_attention_backend("_native_math")
    assert close(forward.at(ON), expected[ON])
    handle.remove()
    processors = forward.transformer.attn_processors.values()
    assert {str(processor._attention_backend.value) for processor in processors} == {"_native_math"}


@pytest.mark.parametrize("backend", ["native", "_native_math", "flex"])
def test_every_backend_that_runs_here(backend: str, forward: Any, expected: Any) -> None:
    forward.transformer.set_attention_backend(backend)
    apply_alignvid(forward.transformer, forward.config())
    torch.testing.assert_close(forward.at(ON), expected[ON], atol=1e-4, rtol=1e-4)


# Offloading and caching


def offload_model(transformer: nn.Module) -> None:
    """What `enable_model_cpu_offload` does to a model, before the first call and after each."""
    accelerate.hooks.remove_hook_from_module(transformer, recurse=True)
    accelerate.cpu_offload_with_hook(transformer, execution_device="cpu")


def test_offloaded_then_attached_it_stays_on_over_three_calls(forward: Any, expected: Any) -> None:
    offload_model(forward.transformer)
    apply_alignvid(forward.transformer, forward.config())
    for _ in range(3):
        assert torch.equal(forward.at(ON), expected[ON])
        offload_model(forward.transformer)


@pytest.mark.parametrize("first", ["offload", "attach"])
def test_a_pipeline_with_model_offload_over_three_calls(first: str) -> None:
    """The whole of diffusers' own code; only that both devices are the CPU."""
    tiny = BUILDERS["wan2.1-i2v"]()
    config = AlignVidConfig.preset("wan2.1-i2v", blocks=tiny.blocks)
    plain = tiny.run()
    with alignvid(tiny.pipe, config):
        attached = tiny.run()
    assert not torch.equal(attached, plain)
    if first == "offload":
        tiny.pipe.enable_model_cpu_offload(device="cpu")
    with alignvid(tiny.pipe, config):
        if first == "attach":
            tiny.pipe.enable_model_cpu_offload(device="cpu")
        for _ in range(3):
            assert torch.equal(tiny.run(), attached)
    assert torch.equal(tiny.run(), plain)


def test_registry_hooks_are_off_from_the_second_call_of_an_offloaded_pipeline() -> None:
    tiny = BUILDERS["wan2.1-i2v"]()
    plain = tiny.run()
    config = AlignVidConfig.preset("wan2.1-i2v", blocks=tiny.blocks)
    with alignvid(tiny.pipe, config):
        attached = tiny.run()
    tiny.pipe.enable_model_cpu_offload(device="cpu")
    RegistryAlignVid(tiny.pipe.transformer, config)
    assert close(tiny.run(), attached)
    assert close(tiny.run(), plain)


def test_offloaded_then_attached_registry_hooks_are_off_from_the_second_call(
    forward: Any, expected: Any
) -> None:
    plain = forward.at(ON)
    offload_model(forward.transformer)
    hooks = RegistryAlignVid(forward.transformer, forward.config())
    assert close(forward.at(ON), expected[ON])
    offload_model(forward.transformer)
    hooks.on = False
    assert close(forward.at(ON), plain)


def test_offload_added_after_and_removed(forward: Any, expected: Any) -> None:
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config())
    offload_model(forward.transformer)
    assert torch.equal(forward.at(ON), expected[ON])
    accelerate.hooks.remove_hook_from_module(forward.transformer, recurse=True)
    assert torch.equal(forward.at(ON), expected[ON])
    handle.remove()
    assert torch.equal(forward.at(ON), plain)


def test_offload_added_while_attached_and_kept_past_removal(forward: Any) -> None:
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config())
    accelerate.cpu_offload(forward.transformer, execution_device=torch.device("cpu"))
    handle.remove()
    assert torch.equal(forward.at(ON), plain)


def test_offload_added_after_registry_hooks_that_are_then_removed_crashes(forward: Any) -> None:
    hooks = RegistryAlignVid(forward.transformer, forward.config())
    accelerate.cpu_offload(forward.transformer, execution_device=torch.device("cpu"))

    def go_on() -> None:
        forward.at(ON)
        hooks.remove()
        forward.at(ON)

    with pytest.raises(RuntimeError, match="device meta"):
        go_on()


def test_sequential_offload(forward: Any, expected: Any) -> None:
    accelerate.cpu_offload(forward.transformer, execution_device=torch.device("cpu"))
    apply_alignvid(forward.transformer, forward.config())
    for _ in range(3):
        assert torch.equal(forward.at(ON), expected[ON])


@pytest.mark.parametrize("first", ["offload", "attach"])
@pytest.mark.parametrize("kind", ["block_level", "leaf_level"])
def test_group_offload(kind: str, first: str, forward: Any, expected: Any) -> None:
    def offload() -> None:
        apply_group_offloading(
            forward.transformer,
            onload_device=torch.device("cpu"),
            offload_device=torch.device("cpu"),
            offload_type=kind,
            num_blocks_per_group=1 if kind == "block_level" else None,
        )

    if first == "offload":
        offload()
    handle = apply_alignvid(forward.transformer, forward.config())
    if first == "attach":
        offload()
    for _ in range(3):
        assert torch.equal(forward.at(ON), expected[ON])
    handle.remove()
    assert not torch.equal(forward.at(ON), expected[ON])


@pytest.mark.parametrize("first", ["cast", "attach"])
def test_layerwise_casting(first: str, forward: Any, forward_of: Callable[[str], Any]) -> None:
    def cast(transformer: Any) -> None:
        transformer.enable_layerwise_casting(
            storage_dtype=torch.bfloat16, compute_dtype=torch.float32
        )

    twin = forward_of("wan2.1-i2v").transformer
    cast(twin)
    for block in (0, 2):
        for norm in ("norm_q", "norm_k"):
            # Norms are not cast, so their weights can be scaled by hand.
            getattr(twin.blocks[block].attn2, norm).weight.data *= 2
    if first == "cast":
        cast(forward.transformer)
    apply_alignvid(forward.transformer, forward.config(gamma=2.0))
    if first == "attach":
        cast(forward.transformer)
    assert torch.equal(forward.at(ON), forward.at(ON, twin))


def test_first_block_cache_that_never_skips(expected: Any) -> None:
    tiny = BUILDERS["wan2.1-i2v"]()
    config = AlignVidConfig.preset("wan2.1-i2v", blocks=tiny.blocks)
    with alignvid(tiny.pipe, config):
        attached = tiny.run()
        tiny.pipe.transformer.enable_cache(FirstBlockCacheConfig(threshold=0.0))
        cached = tiny.run()
    torch.testing.assert_close(cached, attached, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("cache", "acted"),
    [
        ("none", [2, 2, 2, 2]),
        # Every other step is taken over from the one before.
        ("mag", [2, 0, 2, 0]),
        ("pyramid", [2, 0, 2, 0]),
        # The first block, which acts, is always computed; the other one that acts is skipped.
        ("first block", [2, 1, 1, 1]),
    ],
)
def test_of_steps_that_a_cache_skips_only_the_calls_that_ran_are_counted(
    cache: str, acted: list[int]
) -> None:
    tiny = BUILDERS["cogvideox-i2v"]()
    caches = {
        "mag": MagCacheConfig(
            threshold=10.0,
            max_skip_steps=1,
            retention_ratio=0.0,
            num_inference_steps=4,
            mag_ratios=torch.ones(4),
        ),
        "pyramid": PyramidAttentionBroadcastConfig(
            spatial_attention_block_skip_range=2,
            spatial_attention_timestep_skip_range=(-1, 1001),
            current_timestep_callback=lambda: tiny.pipe._current_timestep,
        ),
        "first block": FirstBlockCacheConfig(threshold=1e9),
    }
    if cache in caches:
        tiny.pipe.transformer.enable_cache(caches[cache])
    config = AlignVidConfig.preset("cogvideox-i2v", blocks=tiny.blocks, window=TimestepWindow(0))
    with alignvid(tiny.pipe, config) as handle:
        tiny.run()
    assert all(step.on for step in handle.steps)
    assert [step.acted for step in handle.steps] == acted


def test_bfloat16_keeps_powers_of_two_exact(forward: Any) -> None:
    twin = copy.deepcopy(forward.transformer).to(torch.bfloat16)
    for block in (0, 2):
        for norm in (twin.blocks[block].attn2.norm_q, twin.blocks[block].attn2.norm_k):
            norm.weight.data *= 2
    forward.inputs.update(
        {
            key: value.to(torch.bfloat16)
            for key, value in forward.inputs.items()
            if isinstance(value, torch.Tensor)
        }
    )
    expected = forward.at(ON, twin)
    forward.transformer.to(torch.bfloat16)
    apply_alignvid(forward.transformer, forward.config(gamma=2.0))
    assert torch.equal(forward.at(ON), expected)


def test_training_flows_through_it(forward: Any) -> None:
    apply_alignvid(forward.transformer, forward.config())
    inputs = forward.inputs | {"timestep": torch.tensor([950.0])}
    forward.transformer(**inputs)[0].sum().backward()
    assert forward.transformer.blocks[0].attn2.to_k.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("reentrant", [False, True])
def test_blocks_computed_again_in_the_backward_pass_are_scaled_again(
    reentrant: bool, forward: Any, forward_of: Callable[[str], Any]
) -> None:
    gradients = []
    for made in (forward, forward_of("wan2.1-i2v")):
        apply_alignvid(made.transformer, made.config())
        if made is forward:
            made.transformer.enable_gradient_checkpointing(
                functools.partial(torch.utils.checkpoint.checkpoint, use_reentrant=reentrant)
            )
            made.transformer.train()
        inputs = made.inputs | {"timestep": torch.tensor([950.0])}
        inputs["hidden_states"] = inputs["hidden_states"].clone().requires_grad_()
        made.transformer(**inputs)[0].sum().backward()
        gradients.append(made.transformer.blocks[0].attn2.to_k.weight.grad)
    torch.testing.assert_close(*gradients)
