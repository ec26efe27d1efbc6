"""Guiders beside the formulas of their papers, over whole runs of the tiny Wan of the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import diffusers
import pytest
import torch
from pydantic import ValidationError
from tiny_pipelines import TinyPipeline

from alignvid_ref import AlignVidConfig, TimestepWindow, alignvid
from alignvid_ref.baselines.guidance import GuidanceConfig, guidance
from alignvid_ref.baselines.wan_modular import GuidedWanPipeline
from omiti2v.errors import UserError
from omiti2v.records import describe_validation_error

Latents = Callable[[], torch.Tensor]
Guide = Callable[[int, torch.Tensor, torch.Tensor], torch.Tensor]
"""From the number of the step and the predictions with and without prompt to the one followed."""


@dataclass(frozen=True)
class Watched:
    """One run: what the transformer was given and what it predicted, in order, and the result."""

    inputs: list[dict[str, Any]]
    predictions: list[torch.Tensor]
    latents: torch.Tensor

    def written_out(self, guide: Guide, scheduler: Any) -> torch.Tensor:
        """The result, from the noise and the predictions, as a formula guides them."""
        passes = iter(self.predictions)
        latents = self.inputs[0]["hidden_states"][:, : self.latents.shape[1]]
        scheduler.set_timesteps(len(self.predictions) // 2)
        for step, timestep in enumerate(scheduler.timesteps):
            prediction = guide(step, next(passes), next(passes))
            latents = scheduler.step(prediction, timestep, latents).prev_sample
        return latents


@pytest.fixture
def watch(modular: GuidedWanPipeline, latents: Latents) -> Callable[[], Watched]:
    def run() -> Watched:
        inputs: list[dict[str, Any]] = []
        predictions: list[torch.Tensor] = []

        def keep(module: Any, args: Any, given: dict[str, Any], made: Any) -> None:
            inputs.append(given)
            predictions.append(made[0])

        hook = modular.transformer.register_forward_hook(keep, with_kwargs=True)
        made = latents()
        hook.remove()
        return Watched(inputs, predictions, made)

    return run


def cfg(scale: float) -> Guide:
    return lambda step, prompted, without: without + scale * (prompted - without)


def cfg_zero_star(scale: float, zero_init_steps: int) -> Guide:
    """arXiv 2503.18886: the best multiple of the unconditional prediction, and nothing at first."""

    def guide(step: int, prompted: torch.Tensor, without: torch.Tensor) -> torch.Tensor:
        best = (prompted * without).sum() / (without * without).sum()
        guided = (1 - scale) * best * without + scale * prompted
        return guided * (step >= zero_init_steps)

    return guide


def apg(scale: float, eta: float, momentum: float, rescale: float) -> Guide:
    """arXiv 2410.02416, algorithm 1, on each latent frame."""
    total: Any = 0.0

    def guide(step: int, prompted: torch.Tensor, without: torch.Tensor) -> torch.Tensor:
        nonlocal total
        total = prompted - without + momentum * total
        frames = []
        for prediction, update in zip(prompted.unbind(2), total.unbind(2), strict=True):
            norm = update.norm()
            if rescale and norm > rescale:
                update = update * rescale / norm
            direction = prediction / prediction.norm()
            along = (update * direction).sum() * direction
            frames.append(prediction + (scale - 1) * (update - along + eta * along))
        return torch.stack(frames, dim=2)

    return guide


CASES: dict[str, tuple[dict[str, Any], Guide]] = {
    "cfg": ({"kind": "cfg", "scale": 2.0}, cfg(2.0)),
    "apg as in the paper": ({"kind": "apg", "scale": 4.0}, apg(4.0, 0.0, -0.5, 15.0)),
    "apg with a bound that is met": (
        {"kind": "apg", "scale": 2.0, "eta": 0.25, "momentum": -0.75, "rescale": 5.0},
        apg(2.0, 0.25, -0.75, 5.0),
    ),
    "apg without any of its parts": (
        {"kind": "apg", "scale": 2.0, "eta": 1.0, "momentum": 0.0, "rescale": 0.0},
        cfg(2.0),
    ),
    "cfg-zero-star": ({"kind": "cfg-zero-star", "scale": 2.0}, cfg_zero_star(2.0, 1)),
    "cfg-zero-star, two steps": (
        {"kind": "cfg-zero-star", "scale": 2.0, "zero_init_steps": 2},
        cfg_zero_star(2.0, 2),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_that_of_the_formula(
    modular: GuidedWanPipeline, watch: Callable[[], Watched], name: str
) -> None:
    fields, guide = CASES[name]
    with guidance(modular, GuidanceConfig(**fields)):
        run = watch()
    expected = run.written_out(guide, modular.scheduler)
    torch.testing.assert_close(run.latents, expected, atol=1e-5, rtol=0)


def test_momentum_does_not_carry_over_to_the_next_video(
    modular: GuidedWanPipeline, latents: Latents
) -> None:
    with guidance(modular, GuidanceConfig(kind="apg", scale=2.0)):
        assert torch.equal(latents(), latents())


def test_alignvid_scales_both_passes(
    stock: TinyPipeline, modular: GuidedWanPipeline, watch: Callable[[], Watched]
) -> None:
    """The formula, on predictions that are those of the transformer with AlignVid."""
    config = AlignVidConfig.for_pipeline(modular)
    with guidance(modular, GuidanceConfig(kind="apg", scale=2.0)), alignvid(modular, config):
        run = watch()
    expected = run.written_out(apg(2.0, 0.0, -0.5, 15.0), modular.scheduler)
    torch.testing.assert_close(run.latents, expected, atol=1e-5, rtol=0)
    transformer = stock.pipe.transformer
    # The first step is on, the second is not.
    for number in range(4):
        given, made = run.inputs[number], run.predictions[number]
        with torch.no_grad():
            plain = transformer(**given)[0]
            with alignvid(stock.pipe, config.replace(window=TimestepWindow(0, 1000))):
                scaled = transformer(**given)[0]
        assert (plain - scaled).abs().max() > 1e-3
        torch.testing.assert_close(made, scaled if number < 2 else plain, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("kind", "scale", "passes"),
    # Those of the step that CFG-Zero* sets to zero are made, too.
    [("cfg", 1.0, 4), ("cfg", 2.0, 8), ("apg", 2.0, 8), ("cfg-zero-star", 2.0, 8)],
)
def test_guidance_takes_two_passes_a_step(
    modular: GuidedWanPipeline, watch: Callable[[], Watched], kind: Any, scale: float, passes: int
) -> None:
    with guidance(modular, GuidanceConfig(kind=kind, scale=scale)):
        assert len(watch().predictions) == passes


def test_it_leaves_nothing_on_a_modular_pipeline(modular: GuidedWanPipeline) -> None:
    attributes, config = dict(vars(modular)), dict(modular.config)
    with pytest.raises(KeyError), guidance(modular, GuidanceConfig(kind="apg", scale=2.0)):
        assert isinstance(modular.guider, diffusers.AdaptiveProjectedGuidance)
        raise KeyError
    assert vars(modular) == attributes
    assert dict(modular.config) == config


def test_a_hunyuanvideo_15_takes_it_as_it_is() -> None:
    torch.manual_seed(0)
    transformer = diffusers.HunyuanVideo15Transformer3DModel(
        in_channels=9,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=16,
        num_layers=2,
        num_refiner_layers=1,
        text_embed_dim=16,
        text_embed_2_dim=8,
        image_embed_dim=8,
        rope_axes_dim=(4, 6, 6),
        target_size=32,
        task_type="t2v",
    )
    pipe = diffusers.HunyuanVideo15Pipeline(
        transformer=transformer,
        vae=diffusers.AutoencoderKLHunyuanVideo15(
            latent_channels=4, block_out_channels=(8,) * 5, layers_per_block=1
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=5.0),
        guider=diffusers.ClassifierFreeGuidance(guidance_scale=2.0),
        **dict.fromkeys(("text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2")),
    )
    pipe.set_progress_bar_config(disable=True)
    widths = {"prompt_embeds": 16, "prompt_embeds_2": 8}
    widths |= {f"negative_{name}": width for name, width in widths.items()}
    embeds = {name: torch.randn(1, 6, width) for name, width in widths.items()}
    masks = {name.replace("embeds", "embeds_mask"): torch.ones(1, 6) for name in widths}

    def run() -> torch.Tensor:
        generator = torch.Generator().manual_seed(0)
        size = {"height": 32, "width": 32, "num_frames": 5, "num_inference_steps": 3}
        return pipe(**embeds, **masks, **size, generator=generator, output_type="latent")[0]

    plain, config = run(), dict(pipe.config)
    made = []
    for fields in ({"kind": "cfg", "scale": 2.0}, {"kind": "apg", "scale": 2.0}):
        with guidance(pipe, GuidanceConfig(**fields)):
            made.append(run())
    assert torch.equal(made[0], plain)
    assert not torch.equal(made[1], plain)
    assert torch.equal(run(), plain)
    assert dict(pipe.config) == config


def test_a_pipeline_without_a_guider_is_refused(stock: TinyPipeline) -> None:
    with (
        pytest.raises(UserError, match="WanImageToVideoPipeline takes no guider"),
        guidance(stock.pipe, GuidanceConfig(kind="apg", scale=2.0)),
    ):
        pass


@pytest.mark.parametrize("kind", ["cfg", "apg", "cfg-zero-star"])
def test_a_config_comes_back_from_its_json(kind: Any) -> None:
    config = GuidanceConfig(kind=kind, scale=2.5)
    assert GuidanceConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kind": "cfg", "scale": 2.0, "eta": 0.0}, "eta: does not go with cfg"),
        ({"kind": "cfg-zero-star", "scale": 2.0, "momentum": 0.1}, "momentum: does not go"),
        ({"kind": "apg", "scale": 0.5}, "scale: input should be greater than or equal to 1"),
        ({"kind": "apg", "scale": 2.0, "rescale": -1.0}, "rescale: input should be greater"),
        ({"kind": "apg", "scale": float("nan")}, "scale: input should be a finite number"),
        ({"kind": "fdg", "scale": 2.0}, "kind: input should be 'cfg', 'apg' or 'cfg-zero-star'"),
    ],
)
def test_what_a_kind_does_not_take_is_refused(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GuidanceConfig(**fields)
    assert complaint in describe_validation_error(caught.value)
