"""The variants on real transformers: their numbers, where they are off, and what they leave."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable
from typing import Any

import diffusers
import pytest
import torch
from diffusers.models.transformers.transformer_wan import WanAttnProcessor

from alignvid_ref import AlignVidConfig, apply_alignvid
from alignvid_ref.logits import attach
from alignvid_ref.switch import Switch
from omiti2v.errors import UserError

ON, OFF = 950.0, 800.0
KEPT_FRAME = "hunyuanvideo-i2v-token-replace"
VARIANTS = [
    ("wan2.1-i2v", "energy"),
    ("wan2.1-i2v", "conflict"),
    ("wan2.1-t2v", "energy"),
    ("framepack", "energy"),
    ("framepack", "conflict"),
    ("hunyuanvideo-i2v", "energy"),
    (KEPT_FRAME, "conflict"),
]


@pytest.fixture
def forward_with_image(forward_of: Callable[..., Any]) -> Callable[..., Any]:
    """As `forward_of`, with image keys that can outweigh the many text keys of a tiny Wan."""

    def get(preset: str) -> Any:
        forward = forward_of(preset.removesuffix("-token-replace"))
        if preset == "wan2.1-i2v":
            for block in forward.transformer.blocks:
                block.attn2.norm_added_k.weight.data *= 8.0
        if preset == KEPT_FRAME:
            # The other way to give HunyuanVideo its image: the first frame is kept clean.
            settings = {**forward.transformer.config, "image_condition_type": "token_replace"}
            torch.manual_seed(0)
            transformer = type(forward.transformer).from_config(settings).eval()
            forward = dataclasses.replace(forward, transformer=transformer)
        return forward

    return get


def always() -> Switch:
    switch = Switch()
    switch.on = True
    return switch


def residue(transformer: torch.nn.Module) -> list[Any]:
    """All that could tell that something was attached."""
    return [
        (
            name,
            type(module),
            sorted(module.__dict__),
            id(getattr(module, "processor", None)),
            sorted(vars(getattr(module, "processor", object))),
        )
        for name, module in transformer.named_modules()
    ]


def explicit_gamma(
    modulation: str, logits: torch.Tensor, image: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """The formulas, on one sample's logits of shape (heads, queries, keys)."""
    if modulation == "energy":
        return 1 + 0.35 / (1 + torch.exp(-logits.mean())) * torch.ones(logits.shape[1])
    weights = torch.exp(logits) / torch.exp(logits).sum(-1, keepdim=True)
    on_image, on_text = (weights[..., keys].sum(-1).mean(0) for keys in (image, text))
    entropy = -(weights * weights.log()).sum(-1).mean(0) / math.log(logits.shape[-1])
    conflict = (on_image - on_text).clamp(min=0) / (on_image + on_text + 1e-6) * entropy
    return 1 + conflict.clamp(0, 0.35)


def logits_of(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """(tokens, heads, d) twice to (heads, queries, keys)."""
    return query.transpose(0, 1) @ key.permute(1, 2, 0) / math.sqrt(query.shape[-1])


def heads_of(attn: Any, tokens: torch.Tensor) -> torch.Tensor:
    return tokens.reshape(len(tokens), attn.heads, -1)


class ExplicitWan:
    """Wan's cross attention at the variant's temperature, one sample at a time."""

    def __init__(
        self, modulation: str, gammas: list[torch.Tensor], words: torch.Tensor | None = None
    ) -> None:
        self.modulation, self.gammas, self.words = modulation, gammas, words

    def __call__(self, attn: Any, hidden: Any, context: Any, *_: Any) -> torch.Tensor:
        outputs = []
        assert self.words is not None
        for x, both, words in zip(hidden, context, self.words, strict=True):
            image, text = both[:-512], both[-512:]
            query = heads_of(attn, attn.norm_q(attn.to_q(x)))
            branches = [(attn.norm_k(attn.to_k(text)), attn.to_v(text))]
            if attn.add_k_proj is not None:
                key = attn.norm_added_k(attn.add_k_proj(image))
                branches.insert(0, (key, attn.add_v_proj(image)))
            logits = [logits_of(query, heads_of(attn, key)) for key, _ in branches]
            joined = torch.cat(logits, -1)
            is_image = torch.arange(joined.shape[-1]) < len(image)
            # Gamma is measured on the image and the prompt's own words, and acts on all logits.
            own = torch.cat([torch.ones(len(image), dtype=torch.bool), words])
            seen, seen_image = joined[..., own], is_image[own]
            gamma = explicit_gamma(self.modulation, seen, seen_image, ~seen_image)
            self.gammas.append(gamma)
            summed = sum(
                torch.softmax(gamma[:, None] * z, -1) @ heads_of(attn, value).transpose(0, 1)
                for z, (_, value) in zip(logits, branches, strict=True)
            )
            outputs.append(attn.to_out[0](summed.transpose(0, 1).flatten(1)))
        return torch.stack(outputs)


class ExplicitJoint:
    """A single-stream block's joint attention at the variant's temperature."""

    def __init__(
        self,
        modulation: str,
        gammas: list[torch.Tensor],
        *,
        video: int,
        first_frame: int,
        image_embeds: int,
    ) -> None:
        self.modulation, self.gammas = modulation, gammas
        self.video, self.first_frame, self.image_embeds = video, first_frame, image_embeds

    def __call__(
        self, attn: Any, hidden_states: Any, encoder_hidden_states: Any, attention_mask: Any,
        image_rotary_emb: Any,
    ) -> Any:  # fmt: skip
        assert len(hidden_states) == 1
        latents = hidden_states.shape[1]
        tokens = torch.cat([hidden_states, encoder_hidden_states], 1)[0]
        query = attn.norm_q(heads_of(attn, attn.to_q(tokens)))
        key = attn.norm_k(heads_of(attn, attn.to_k(tokens)))
        cos, sin = (table[:, None] for table in image_rotary_emb)

        def rotate(part: torch.Tensor) -> torch.Tensor:
            turned = torch.stack([-part[..., 1::2], part[..., 0::2]], -1).flatten(-2)
            return part * cos + turned * sin

        query, key = (torch.cat([rotate(x[:latents]), x[latents:]]) for x in (query, key))
        valid = torch.ones(len(tokens), dtype=torch.bool)
        if attention_mask is not None:
            valid = attention_mask[0, 0, 0]
        logits = logits_of(query, key[valid])
        position = torch.arange(len(tokens))
        text = position >= latents + self.image_embeds
        image = position < latents - self.video + self.first_frame
        image |= (position >= latents) & ~text
        # Padding is neither a key nor a query of the mean.
        sampled = logits[:, valid] if self.modulation == "energy" else logits
        gamma = explicit_gamma(self.modulation, sampled, image[valid], text[valid])
        if self.modulation == "energy":
            gamma = gamma[:1].expand(len(tokens))
        self.gammas.append(gamma)
        value = heads_of(attn, attn.to_v(tokens))[valid].transpose(0, 1)
        out = torch.softmax(gamma[:, None] * logits, -1) @ value
        out = out.transpose(0, 1).flatten(1)[None]
        return out[:, :latents], out[:, latents:]


def explicit(forward: Any, modulation: str) -> tuple[Any, list[torch.Tensor]]:
    """A twin whose acting blocks are written out, and the gammas that they come to use."""
    twin = copy.deepcopy(forward.transformer)
    gammas: list[torch.Tensor] = []
    for index in forward.blocks:
        if forward.preset.startswith("wan"):
            words = forward.inputs["encoder_hidden_states"].abs().sum(-1) > 0
            assert 0 < words.sum() < words.numel()
            twin.blocks[index].attn2.processor = ExplicitWan(modulation, gammas, words)
        else:
            *_, frames, rows, columns = forward.inputs["hidden_states"].shape
            frame = (rows // twin.config.patch_size) * (columns // twin.config.patch_size)
            kept = twin.config.image_condition_type == "token_replace"
            embeds = forward.inputs.get("image_embeds")
            twin.single_transformer_blocks[index].attn.processor = ExplicitJoint(
                modulation,
                gammas,
                video=frames * frame,
                first_frame=frame if kept else 0,
                image_embeds=0 if embeds is None else embeds.shape[1],
            )
    return twin, gammas


@pytest.mark.parametrize(("preset", "modulation"), VARIANTS)
def test_equals_the_formulas_written_out(
    preset: str, modulation: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    plain = forward.at(ON)
    twin, gammas = explicit(forward, modulation)
    expected = forward.at(ON, twin)
    # Otherwise equality would say nothing.
    assert max(float(gamma.max()) for gamma in gammas) > 1.01
    assert (expected - plain).abs().max() > 1e-5
    handle = apply_alignvid(forward.transformer, forward.config(modulation=modulation))
    torch.testing.assert_close(forward.at(ON), expected, atol=1e-5, rtol=1e-5)
    handle.remove()


@pytest.mark.parametrize(("preset", "modulation"), VARIANTS)
def test_off_outside_the_window_bit_for_bit(
    preset: str, modulation: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    plain = forward.at(OFF)
    handle = apply_alignvid(forward.transformer, forward.config(modulation=modulation))
    assert torch.equal(forward.at(OFF), plain)
    handle.remove(quietly=True)


@pytest.mark.parametrize(("preset", "modulation"), VARIANTS)
def test_bounds_of_one_change_no_bit(
    preset: str, modulation: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    plain = forward.at(ON)
    config = forward.config(modulation=modulation, min_gamma=1.0, max_gamma=1.0)
    handle = apply_alignvid(forward.transformer, config)
    assert torch.equal(forward.at(ON), plain)
    handle.remove()


@pytest.mark.parametrize(("preset", "modulation"), VARIANTS)
def test_nothing_is_left_behind(
    preset: str, modulation: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    before, plain = residue(forward.transformer), forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config(modulation=modulation))
    assert residue(forward.transformer) != before
    forward.at(ON)
    handle.remove()
    assert residue(forward.transformer) == before
    assert torch.equal(forward.at(ON), plain)


def test_only_the_blocks_of_the_config_get_a_processor(
    forward_with_image: Callable[..., Any],
) -> None:
    forward = forward_with_image("wan2.1-i2v")
    remove = attach(forward.transformer, forward.config(modulation="energy"), always())
    changed = [type(b.attn2.processor) is not WanAttnProcessor for b in forward.transformer.blocks]
    assert changed == [True, False, True, False]
    remove()
    remove()


def test_a_processor_exchanged_since_is_left_alone_and_acts_no_more(
    forward_with_image: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    forward = forward_with_image("wan2.1-i2v")
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config(modulation="energy"))
    ours = forward.transformer.blocks[0].attn2.processor

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return ours(*args, **kwargs)

    forward.transformer.blocks[0].attn2.processor = wrapper
    handle.remove(quietly=True)
    assert forward.transformer.blocks[0].attn2.processor is wrapper
    assert type(forward.transformer.blocks[2].attn2.processor) is WanAttnProcessor
    assert "left as it is" in caplog.text
    assert torch.equal(forward.at(ON), plain)


def test_a_backend_chosen_while_attached_is_kept_after_removal(
    forward_with_image: Callable[..., Any],
) -> None:
    forward = forward_with_image("wan2.1-i2v")
    handle = apply_alignvid(forward.transformer, forward.config(modulation="conflict"))
    forward.at(ON)
    try:
        forward.transformer.set_attention_backend("_native_math")
        forward.at(ON)
    finally:
        # The choice is global in diffusers as well.
        handle.remove()
        backend = forward.transformer.blocks[0].attn2.processor._attention_backend
        forward.transformer.set_attention_backend("native")
        diffusers.models.attention_dispatch._AttentionBackendRegistry.set_active_backend(
            diffusers.models.attention_dispatch.AttentionBackendName("native")
        )
    assert backend == "_native_math"


@pytest.mark.parametrize("modulation", ["energy", "conflict"])
@pytest.mark.parametrize("preset", ["wan2.1-i2v", "framepack"])
def test_each_sample_of_a_batch_is_treated_as_if_alone(
    preset: str, modulation: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    generator = torch.Generator().manual_seed(3)

    def doubled(name: str, value: Any) -> Any:
        # Frame indices are shared by the batch.
        if not isinstance(value, torch.Tensor) or name.startswith("indices"):
            return value
        other = value
        if value.is_floating_point() and name not in ("timestep", "guidance"):
            other = torch.randn(value.shape, generator=generator)
        elif name == "encoder_attention_mask":
            # The second prompt is shorter, so that it has padding in the batch and none alone.
            other = value.clone()
            other[:, int(value.sum()) - 3 :] = 0
        return torch.cat([value, other])

    batch = {name: doubled(name, value) for name, value in forward.inputs.items()}
    timestep = torch.tensor([ON, ON])
    handle = apply_alignvid(forward.transformer, forward.config(modulation=modulation))
    with torch.no_grad():
        together = forward.transformer(**(batch | {"timestep": timestep}))[0]
        for i in range(2):
            alone = {
                name: value[i : i + 1]
                if isinstance(value, torch.Tensor) and not name.startswith("indices")
                else value
                for name, value in batch.items()
            }
            single = forward.transformer(**(alone | {"timestep": timestep[:1]}))[0]
            torch.testing.assert_close(together[i : i + 1], single, atol=1e-5, rtol=1e-5)
    handle.remove()


@pytest.mark.parametrize("preset", ["wan2.1-i2v", "framepack"])
def test_blocks_compiled_before_or_after_give_the_same_numbers(
    preset: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    config = forward.config(modulation="conflict")
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, config)
    expected = forward.at(ON)
    handle.remove()
    for first in ("compile", "attach"):
        torch.compiler.reset()
        twin = copy.deepcopy(forward.transformer)
        if first == "attach":
            handle = apply_alignvid(twin, config)
        blocks = twin.blocks if preset.startswith("wan") else twin.single_transformer_blocks
        name = "attn2" if preset.startswith("wan") else "attn"
        getattr(blocks[0], name).compile(backend="eager", fullgraph=True)
        if first == "compile":
            torch.testing.assert_close(forward.at(ON, twin), plain, atol=1e-5, rtol=1e-5)
            handle = apply_alignvid(twin, config)
        torch.testing.assert_close(forward.at(ON, twin), expected, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(forward.at(OFF, twin), forward.at(OFF), atol=1e-5, rtol=1e-5)
        handle.remove()
        torch.testing.assert_close(forward.at(ON, twin), plain, atol=1e-5, rtol=1e-5)
    torch.compiler.reset()


@pytest.mark.parametrize("first", ["attach", "offload"])
@pytest.mark.parametrize("preset", ["wan2.1-i2v", "framepack"])
def test_group_offloading_before_or_after_gives_the_same_numbers(
    preset: str, first: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    config = forward.config(modulation="conflict")
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, config)
    expected = forward.at(ON)
    handle.remove()
    if first == "attach":
        handle = apply_alignvid(forward.transformer, config)
    diffusers.hooks.apply_group_offloading(
        forward.transformer,
        onload_device=torch.device("cpu"),
        offload_device=torch.device("cpu"),
        offload_type="leaf_level",
    )
    if first == "offload":
        handle = apply_alignvid(forward.transformer, config)
    for _ in range(3):
        assert torch.equal(forward.at(ON), expected)
    handle.remove()
    assert torch.equal(forward.at(ON), plain)


def test_a_lora_added_while_attached_is_seen(forward_with_image: Callable[..., Any]) -> None:
    peft = pytest.importorskip("peft")
    forward = forward_with_image("wan2.1-i2v")
    config = forward.config(modulation="conflict")
    handle = apply_alignvid(forward.transformer, config)
    without = forward.at(ON)
    torch.manual_seed(0)
    targets = ["to_q", "to_k", "to_v", "add_k_proj", "add_v_proj"]
    forward.transformer.add_adapter(
        peft.LoraConfig(r=2, target_modules=targets, init_lora_weights=False)
    )
    together = forward.at(ON)
    handle.remove()
    assert (together - without).abs().max() > 1e-4
    handle = apply_alignvid(forward.transformer, config)
    assert torch.equal(forward.at(ON), together)
    handle.remove()


def test_fused_projections_give_the_same_numbers(forward_with_image: Callable[..., Any]) -> None:
    forward = forward_with_image("wan2.1-i2v")
    handle = apply_alignvid(forward.transformer, forward.config(modulation="conflict"))
    expected = forward.at(ON)
    forward.transformer.fuse_qkv_projections()
    torch.testing.assert_close(forward.at(ON), expected, atol=1e-5, rtol=1e-5)
    handle.remove()


def test_it_runs_in_bfloat16(forward_with_image: Callable[..., Any]) -> None:
    forward = forward_with_image("wan2.1-i2v")
    half = forward.transformer.to(torch.bfloat16)
    inputs = {
        name: value.to(torch.bfloat16)
        if isinstance(value, torch.Tensor) and value.is_floating_point()
        else value
        for name, value in forward.inputs.items()
    }
    handle = apply_alignvid(half, forward.config(modulation="conflict"))
    with torch.no_grad():
        out = half(**(inputs | {"timestep": torch.tensor([ON])}))[0]
    assert out.dtype == torch.bfloat16
    assert bool(out.isfinite().all())
    handle.remove()


def test_attaching_twice_is_refused(forward_with_image: Callable[..., Any]) -> None:
    forward = forward_with_image("wan2.1-i2v")
    remove = attach(forward.transformer, forward.config(modulation="energy"), always())
    with pytest.raises(UserError, match="already attached"):
        attach(forward.transformer, forward.config(modulation="conflict", blocks=(1,)), always())
    remove()


@pytest.mark.parametrize("preset", ["cogvideox-i2v", "ltx-i2v", "flux"])
def test_other_families_are_refused_with_those_that_work(
    preset: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    before = residue(forward.transformer)
    with pytest.raises(UserError, match="wan-i2v, wan, framepack, hunyuan-video"):
        apply_alignvid(forward.transformer, forward.config(modulation="energy"))
    assert residue(forward.transformer) == before


@pytest.mark.parametrize("preset", ["wan2.1-t2v", "hunyuanvideo-i2v"])
def test_conflict_is_refused_where_the_model_has_no_image_keys(
    preset: str, forward_with_image: Callable[..., Any]
) -> None:
    forward = forward_with_image(preset)
    before = residue(forward.transformer)
    with pytest.raises(UserError, match="image keys"):
        apply_alignvid(forward.transformer, forward.config(modulation="conflict"))
    assert residue(forward.transformer) == before


def test_scalar_is_sent_to_the_function_that_does_it(
    forward_with_image: Callable[..., Any],
) -> None:
    forward = forward_with_image("wan2.1-i2v")
    with pytest.raises(UserError, match="apply_alignvid"):
        attach(forward.transformer, forward.config(), always())


def test_an_unknown_processor_is_refused_and_nothing_is_changed(
    forward_with_image: Callable[..., Any],
) -> None:
    forward = forward_with_image("wan2.1-i2v")
    forward.transformer.blocks[2].attn2.processor = ExplicitWan("energy", [])
    before = residue(forward.transformer)
    with pytest.raises(UserError, match="stock processors only"):
        attach(forward.transformer, forward.config(modulation="energy"), always())
    assert residue(forward.transformer) == before


def test_context_parallelism_is_refused(forward_with_image: Callable[..., Any]) -> None:
    forward = forward_with_image("wan2.1-i2v")
    handle = apply_alignvid(forward.transformer, forward.config(modulation="energy"))
    forward.transformer.blocks[0].attn2.processor._parallel_config = object()
    with pytest.raises(UserError, match="context parallelism"):
        forward.at(ON)
    handle.remove(quietly=True)


def test_the_config_that_is_used_is_the_one_with_its_own_bounds(
    forward_with_image: Callable[..., Any],
) -> None:
    forward = forward_with_image("wan2.1-t2v")
    outputs = []
    for upper in (1.2, 2.0):
        config: AlignVidConfig = forward.config(modulation="energy", max_gamma=upper)
        handle = apply_alignvid(forward.transformer, config)
        outputs.append(forward.at(ON))
        handle.remove()
    assert not torch.equal(*outputs)
