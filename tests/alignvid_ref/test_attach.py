"""What AlignVid computes, that it is off where it should be, and that it leaves no trace."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from alignvid_ref import AlignVidConfig, FractionWindow, TimestepWindow, apply_alignvid
from alignvid_ref.presets import PRESETS
from omiti2v.errors import UserError

ALL = sorted(PRESETS)
ON, OFF = 950.0, 800.0
FUSED = torch.nn.functional.scaled_dot_product_attention


def logit_factors(preset: str, gamma: float) -> Iterator[float]:
    """By what each attention of a forward multiplies its logits, in the order of the calls.

    From the method's definition; the tiny transformers have four blocks, of which 0 and 2 act.
    """
    acting = [gamma if block in (0, 2) else 1.0 for block in range(4)]
    if preset in ("wan2.1-i2v", "skyreels-v2-i2v"):
        # Self-attention, the image branch, the text branch.
        for factor in acting:
            yield from (1.0, factor, factor**2)
    elif preset in ("wan2.1-t2v", "wan2.2-i2v", "ltx-i2v", "kandinsky-5-i2v", "wan-vace"):
        # Kandinsky: one block of the text. VACE: the control blocks beside blocks 0 and 2.
        yield from {"kandinsky-5-i2v": (1.0,), "wan-vace": (1.0, gamma) * 2}.get(preset, ())
        # Self-attention, text cross-attention.
        for factor in acting:
            yield from (1.0, factor)
    elif preset == "ltx-2-i2v":
        # Self-attention of video and audio, text cross-attention of both, each to the other.
        for factor in acting:
            yield from (1.0, 1.0, factor, 1.0, 1.0, 1.0)
    elif preset == "hunyuanvideo-1.5-i2v":
        # One block of the text refiner, the dual-stream blocks.
        yield from (1.0, *acting)
    elif preset.startswith("framepack"):
        # One block of the text refiner, two dual-stream blocks, the single-stream blocks.
        yield from (1.0, 1.0, 1.0, *acting)
    elif preset == "hunyuanvideo-i2v":
        yield from (1.0, 1.0, *acting)
    elif preset.startswith("flux"):
        # One dual-stream block, the single-stream blocks.
        yield from (1.0, *acting)
    else:
        yield from acting


class ExplicitSoftmax:
    """Attention from its formula, softmax(factor * Q K' / sqrt(d)) V, counting its calls."""

    def __init__(self, factors: Iterator[float]) -> None:
        self.factors = list(factors)
        self.calls = 0

    def __call__(
        self, query: Any, key: Any, value: Any, attn_mask: Any = None, **_: Any
    ) -> torch.Tensor:
        factor = self.factors[self.calls]
        self.calls += 1
        logits = factor * (query @ key.transpose(-1, -2)) / math.sqrt(query.shape[-1])
        if attn_mask is not None:
            if attn_mask.dtype == torch.bool:
                logits = logits.masked_fill(~attn_mask, -math.inf)
            else:
                logits = logits + attn_mask
        weights = torch.exp(logits - logits.amax(-1, keepdim=True))
        # A query that may look at nothing, as padding, gets nothing.
        return (weights / weights.sum(-1, keepdim=True)).nan_to_num(0) @ value


@pytest.mark.parametrize("gamma", [1.35, 0.7])
@pytest.mark.parametrize("preset", ALL)
def test_equals_an_explicit_softmax_with_the_logits_of_the_method(
    preset: str, gamma: float, forward_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = forward_of(preset)
    plain = forward.at(ON)
    explicit = ExplicitSoftmax(logit_factors(preset, gamma))
    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.functional, "scaled_dot_product_attention", explicit)
        expected = forward.at(ON)
    assert explicit.calls == len(explicit.factors)

    apply_alignvid(forward.transformer, forward.config(gamma=gamma))
    got = forward.at(ON)

    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)
    assert (got - plain).abs().max() > 1e-4  # far above the tolerance: there is an effect


class ScaledByHand(nn.Module):
    def __init__(self, norm: nn.Module, factor: float) -> None:
        super().__init__()
        self.norm = norm
        self.factor = factor

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.norm(hidden) * self.factor


TWINS = {
    "wan2.1-i2v": ("blocks", {"attn2.norm_q": 1, "attn2.norm_k": 1}),
    "wan2.1-t2v": ("blocks", {"attn2.norm_k": 1}),
    "wan2.2-i2v": ("blocks", {"attn2.norm_k": 1}),
    "framepack": ("single_transformer_blocks", {"attn.norm_k": 1}),
    "framepack-f1": ("single_transformer_blocks", {"attn.norm_k": 1}),
    "wan-vace": ("blocks", {"attn2.norm_k": 1}),
    "skyreels-v2-i2v": ("blocks", {"attn2.norm_q": 1, "attn2.norm_k": 1}),
    "hunyuanvideo-i2v": ("single_transformer_blocks", {"attn.norm_k": 1}),
    "hunyuanvideo-1.5-i2v": ("transformer_blocks", {"attn.norm_k": 1, "attn.norm_added_k": 1}),
    "cogvideox-i2v": ("transformer_blocks", {"attn1.norm_k": 1}),
    "ltx-i2v": ("transformer_blocks", {"attn2.norm_k": 1}),
    "ltx-2-i2v": ("transformer_blocks", {"attn2.norm_k": 1}),
    "kandinsky-5-i2v": ("visual_transformer_blocks", {"cross_attention.key_norm": 1}),
    "flux": ("single_transformer_blocks", {"attn.norm_k": 1}),
    "flux-kontext": ("single_transformer_blocks", {"attn.norm_k": 1}),
    "qwen-image": ("transformer_blocks", {"attn.norm_k": 1, "attn.norm_added_k": 1}),
    "qwen-image-edit": ("transformer_blocks", {"attn.norm_k": 1, "attn.norm_added_k": 1}),
}


def twin_of(transformer: Any, container: str, powers: dict[str, int], gamma: float) -> Any:
    twin = copy.deepcopy(transformer)
    # Two, beside blocks 0 and 2.
    control = list(getattr(twin, "vace_blocks", ()))
    for block in (*(getattr(twin, container)[index] for index in (0, 2)), *control):
        for path, power in powers.items():
            attention, norm = path.split(".")
            module = getattr(block, attention)
            setattr(module, norm, ScaledByHand(getattr(module, norm), gamma**power))
    return twin


@pytest.mark.parametrize("gamma", [2.0, 0.5])
@pytest.mark.parametrize("preset", ALL)
def test_powers_of_two_are_bit_equal_to_a_twin_scaled_by_hand(
    preset: str, gamma: float, forward_of: Callable[..., Any]
) -> None:
    forward = forward_of(preset)
    expected = forward.at(ON, twin_of(forward.transformer, *TWINS[preset], gamma))
    plain = forward.at(ON)

    apply_alignvid(forward.transformer, forward.config(gamma=gamma))

    assert torch.equal(forward.at(ON), expected)
    assert not torch.equal(expected, plain)


@pytest.mark.parametrize(
    ("form", "powers"),
    [
        ("authors", {"attn2.norm_q": 1, "attn2.norm_k": 1}),
        ("keys", {"attn2.norm_added_k": 1, "attn2.norm_k": 2}),
        ("decoupled", {"attn2.norm_added_k": 1, "attn2.norm_k": 1}),
    ],
)
def test_each_form_of_wan_is_bit_equal_to_its_twin(
    form: str, powers: dict[str, int], forward_of: Callable[..., Any]
) -> None:
    forward = forward_of("wan2.1-i2v")
    expected = forward.at(ON, twin_of(forward.transformer, "blocks", powers, 2.0))
    apply_alignvid(forward.transformer, forward.config(form=form, gamma=2.0))
    assert torch.equal(forward.at(ON), expected)


def test_the_key_form_of_wan_gives_the_authors_numbers_and_the_decoupled_form_does_not(
    forward_of: Callable[..., Any],
) -> None:
    outputs = {}
    for form in ("authors", "keys", "decoupled"):
        forward = forward_of("wan2.1-i2v")
        apply_alignvid(forward.transformer, forward.config(form=form))
        outputs[form] = forward.at(ON)
    torch.testing.assert_close(outputs["keys"], outputs["authors"], atol=1e-5, rtol=1e-5)
    assert (outputs["decoupled"] - outputs["authors"]).abs().max() > 1e-4


def test_self_attention_of_wan_is_scaled_in_every_block_and_only_in_the_window(
    forward_of: Callable[..., Any],
) -> None:
    forward = forward_of("wan2.1-t2v")
    plain_on, plain_off = forward.at(ON), forward.at(OFF)
    twin = copy.deepcopy(forward.transformer)
    for block in twin.blocks:
        block.attn1.norm_k = ScaledByHand(block.attn1.norm_k, 2.0)
    expected = forward.at(ON, twin)

    apply_alignvid(forward.transformer, forward.config(sites={"self_key": 1}, gamma=2.0))

    assert torch.equal(forward.at(ON), expected)
    assert not torch.equal(expected, plain_on)
    assert torch.equal(forward.at(OFF), plain_off)


@pytest.mark.filterwarnings("ignore:AlignVid was off")
@pytest.mark.parametrize("preset", ALL)
def test_at_900_and_below_the_output_is_that_of_the_plain_model(
    preset: str, forward_of: Callable[..., Any]
) -> None:
    forward = forward_of(preset)
    plain = {timestep: forward.at(timestep) for timestep in (900.0, 500.0, 901.0)}
    apply_alignvid(forward.transformer, forward.config())
    assert torch.equal(forward.at(900.0), plain[900.0])
    assert torch.equal(forward.at(500.0), plain[500.0])
    assert not torch.equal(forward.at(901.0), plain[901.0])


@pytest.mark.parametrize("preset", ALL)
def test_blocks_outside_the_list_compute_what_they_did(
    preset: str, forward_of: Callable[..., Any]
) -> None:
    forward = forward_of(preset)
    blocks = getattr(forward.transformer, TWINS[preset][0])

    def outputs_of_blocks() -> list[torch.Tensor]:
        seen: list[torch.Tensor] = []
        hooks = [
            block.register_forward_hook(
                lambda module, args, out: seen.append(out[0] if isinstance(out, tuple) else out)
            )
            for block in blocks
        ]
        forward.at(ON)
        for hook in hooks:
            hook.remove()
        return seen

    plain = outputs_of_blocks()
    apply_alignvid(forward.transformer, forward.config(blocks=(2,)))
    scaled = outputs_of_blocks()
    assert torch.equal(scaled[0], plain[0])
    assert torch.equal(scaled[1], plain[1])
    assert not torch.equal(scaled[2], plain[2])


@pytest.mark.parametrize("preset", ALL)
def test_gamma_of_one_changes_no_bit(preset: str, forward_of: Callable[..., Any]) -> None:
    forward = forward_of(preset)
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config(gamma=1.0))
    assert torch.equal(forward.at(ON), plain)
    assert handle.steps[0].on


def fingerprint(transformer: nn.Module) -> list[tuple[str, type, dict[str, Any]]]:
    """Class and every attribute of every module; containers are copied to see additions."""
    return [
        (
            name,
            type(module),
            {
                key: dict(value) if isinstance(value, dict) else value
                for key, value in module.__dict__.items()
            },
        )
        for name, module in transformer.named_modules()
    ]


@pytest.mark.parametrize("preset", ALL)
def test_removal_leaves_no_attribute_no_class_and_no_changed_bit(
    preset: str, forward_of: Callable[..., Any]
) -> None:
    forward = forward_of(preset)
    plain = forward.at(ON)
    before = fingerprint(forward.transformer)
    state = set(forward.transformer.state_dict())
    handle = apply_alignvid(forward.transformer, forward.config())
    attached = fingerprint(forward.transformer)
    assert not torch.equal(forward.at(ON), plain)
    assert set(forward.transformer.state_dict()) == state

    handle.remove()

    after = fingerprint(forward.transformer)
    assert after == before
    # Even while attached, only classes differ.
    assert [(name, values) for name, _, values in attached] == [
        (name, values) for name, _, values in before
    ]
    assert torch.equal(forward.at(ON), plain)
    assert not handle.active


def test_removing_twice_does_nothing(forward_of: Callable[..., Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    handle = apply_alignvid(forward.transformer, forward.config())
    forward.at(ON)
    handle.remove()
    handle.remove()
    assert not handle.active


def test_attaching_twice_is_an_error_and_keeps_the_first(forward_of: Callable[..., Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config())
    once = forward.at(ON)
    with pytest.raises(UserError, match="attached to this WanTransformer3DModel already"):
        apply_alignvid(forward.transformer, forward.config(gamma=2.0))
    assert torch.equal(forward.at(ON), once)
    handle.remove()
    assert torch.equal(forward.at(ON), plain)


def test_after_removal_it_can_be_attached_again(forward_of: Callable[..., Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    first = apply_alignvid(forward.transformer, forward.config())
    once = forward.at(ON)
    first.remove()
    apply_alignvid(forward.transformer, forward.config())
    assert torch.equal(forward.at(ON), once)


def test_a_transformer_saved_while_attached_names_its_real_class(
    forward_of: Callable[..., Any], tmp_path: Any
) -> None:
    forward = forward_of("wan2.1-t2v")
    plain = forward.at(ON)
    apply_alignvid(forward.transformer, forward.config())
    forward.transformer.save_pretrained(tmp_path)
    cls = type(forward_of("wan2.1-t2v").transformer)
    loaded = cls.from_pretrained(tmp_path)
    assert type(loaded) is cls
    # Not bit for bit: loaded weights lie elsewhere in memory, plain or not.
    torch.testing.assert_close(forward.at(ON, loaded), plain, atol=1e-6, rtol=1e-6)


def test_a_timestep_passed_by_position_is_seen(forward_of: Callable[..., Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    handle = apply_alignvid(forward.transformer, forward.config())
    inputs = forward.inputs
    with torch.no_grad():
        forward.transformer(
            inputs["hidden_states"], torch.tensor([950.0]), inputs["encoder_hidden_states"]
        )
    assert [(step.timestep, step.on) for step in handle.steps] == [(950.0, True)]


def test_a_batch_is_scaled_as_its_members_are(forward_of: Callable[..., Any]) -> None:
    forward = forward_of("wan2.1-i2v")
    apply_alignvid(forward.transformer, forward.config())
    single = forward.at(ON)
    for key, value in forward.inputs.items():
        if isinstance(value, torch.Tensor):
            forward.inputs[key] = torch.cat([value, value.flip(-1) if value.ndim > 1 else value])
    double = forward.at(ON)
    torch.testing.assert_close(double[:1], single, atol=1e-5, rtol=1e-5)


def test_a_batch_of_different_timesteps_is_gated_by_the_largest(
    forward_of: Callable[..., Any],
) -> None:
    forward = forward_of("wan2.1-t2v")
    handle = apply_alignvid(forward.transformer, forward.config())
    inputs = forward.inputs
    with torch.no_grad():
        forward.transformer(
            hidden_states=inputs["hidden_states"].repeat(2, 1, 1, 1, 1),
            timestep=torch.tensor([0.0, 950.0]),
            encoder_hidden_states=inputs["encoder_hidden_states"].repeat(2, 1, 1),
        )
    assert [step.on for step in handle.steps] == [True]


@pytest.mark.parametrize(
    ("preset", "model", "message"),
    [
        ("wan2.1-i2v", "wan2.1-t2v", "needs an image branch"),
        ("wan2.1-t2v", "wan2.1-i2v", "use wan2.1-i2v"),
        ("flux", "wan2.1-t2v", "use family wan-i2v or wan"),
    ],
)
def test_settings_of_another_family_are_refused(
    preset: str, model: str, message: str, forward_of: Callable[..., Any]
) -> None:
    transformer = forward_of(model).transformer
    before = fingerprint(transformer)
    with pytest.raises(UserError, match=message):
        apply_alignvid(transformer, AlignVidConfig.preset(preset, blocks=None))
    assert fingerprint(transformer) == before


def test_the_block_list_of_a_deeper_model_is_refused(forward_of: Callable[..., Any]) -> None:
    transformer = forward_of("wan2.1-i2v").transformer
    with pytest.raises(UserError, match="has 4 blocks, the settings name block 38"):
        apply_alignvid(transformer, AlignVidConfig.preset("wan2.1-i2v"))


def test_a_model_without_a_family_is_refused() -> None:
    with pytest.raises(UserError, match="got Linear; no family here has it"):
        apply_alignvid(nn.Linear(2, 2), AlignVidConfig.preset("flux"))


def test_a_missing_norm_is_refused_and_nothing_stays_attached(
    forward_of: Callable[..., Any],
) -> None:
    forward = forward_of("hunyuanvideo-i2v")
    forward.transformer.single_transformer_blocks[2].attn.norm_k = None
    before = fingerprint(forward.transformer)
    with pytest.raises(UserError, match=r"no attn.norm_k in single_transformer_blocks.2"):
        apply_alignvid(forward.transformer, forward.config())
    assert fingerprint(forward.transformer) == before


def test_a_fraction_window_without_a_scheduler_is_refused(forward_of: Callable[..., Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    with pytest.raises(UserError, match=r"pass scheduler=pipe\.scheduler"):
        apply_alignvid(forward.transformer, forward.config(window=FractionWindow()))


def test_another_window_moves_where_it_acts(forward_of: Callable[..., Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    plain = {timestep: forward.at(timestep) for timestep in (950.0, 900.0, 600.0)}
    apply_alignvid(forward.transformer, forward.config(window=TimestepWindow(600, 900)))
    assert torch.equal(forward.at(950.0), plain[950.0])
    assert not torch.equal(forward.at(900.0), plain[900.0])
    assert torch.equal(forward.at(600.0), plain[600.0])
