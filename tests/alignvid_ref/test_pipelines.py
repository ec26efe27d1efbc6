"""Whole pipelines, saved and loaded as real ones are, with and without AlignVid."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from tiny_pipelines import BUILDERS, TinyPipeline, load, save

from alignvid_ref import AlignVidConfig, FractionWindow, TimestepWindow, alignvid
from alignvid_ref.presets import PRESETS
from omiti2v.errors import UserError

# Four steps each. Flow shift s maps sigma to s sigma / (1 + (s - 1) sigma).
# Wan, shift 3: diffusers spaces the shifted sigmas 1 .. 0.003 evenly and shifts them again.
WAN = [1000.0, 857.7, 602.2, 8.9]
# Hunyuan, shift 7: sigmas 1, 0.75, 0.5, 0.25.
HUNYUAN = [1000.0, 954.5, 875.0, 700.0]
# Shift 3, the same sigmas; the second lies on the bound, where the window is closed.
SHIFT_3 = [1000.0, 900.0, 750.0, 500.0]
# 1000 training steps, trailing.
COGVIDEOX = [999.0, 749.0, 499.0, 249.0]
EXPECTED = {
    "wan2.1-i2v": (WAN, [True, False, False, False]),
    "wan2.1-t2v": (WAN, [True, False, False, False]),
    "wan2.2-i2v": (WAN, [True, False, False, False]),
    "wan2.2-ti2v": (WAN, [True, False, False, False]),
    "wan-vace": (WAN, [True, False, False, False]),
    "skyreels-v2-i2v": (WAN, [True, False, False, False]),
    # Two sections, each with its own window.
    "framepack": (HUNYUAN * 2, [True, True, False, False] * 2),
    "framepack-f1": (HUNYUAN * 2, [True, True, False, False] * 2),
    "hunyuanvideo-i2v": (HUNYUAN, [True, True, False, False]),
    "hunyuanvideo-1.5-i2v": (HUNYUAN, [True, True, False, False]),
    "cogvideox-i2v": (COGVIDEOX, [True, False, False, False]),
    "ltx-i2v": (SHIFT_3, [True, False, False, False]),
    "ltx-2-i2v": (SHIFT_3, [True, False, False, False]),
    # It gives the scheduler no sigmas, as Wan.
    "kandinsky-5-i2v": (WAN, [True, False, False, False]),
    "flux": (SHIFT_3, [True, False, False, False]),
    "flux-kontext": (SHIFT_3, [True, False, False, False]),
    "qwen-image": (SHIFT_3, [True, False, False, False]),
}


def config_for(name: str, tiny: TinyPipeline, **overrides: Any) -> AlignVidConfig:
    preset = name if name in PRESETS else "wan2.2-i2v"
    return AlignVidConfig.preset(preset, blocks=tiny.blocks, **overrides)


@pytest.fixture(scope="module", params=sorted(BUILDERS))
def loaded(request: Any, tmp_path_factory: Any) -> tuple[str, TinyPipeline]:
    name = request.param
    folder = save(BUILDERS[name](), tmp_path_factory.mktemp(name) / "pipeline")
    return name, load(name, folder)


def test_the_steps_that_were_on_are_those_computed_by_hand(
    loaded: tuple[str, TinyPipeline],
) -> None:
    name, tiny = loaded
    timesteps, on = EXPECTED[name]
    with alignvid(tiny.pipe, config_for(name, tiny)) as handle:
        tiny.run()
    assert [step.timestep for step in handle.steps] == pytest.approx(timesteps, abs=0.06)
    assert [step.on for step in handle.steps] == on


def test_it_changes_the_result_inside_the_block_and_no_bit_after_it(
    loaded: tuple[str, TinyPipeline],
) -> None:
    name, tiny = loaded
    plain = tiny.run()
    with alignvid(tiny.pipe, config_for(name, tiny)) as handle:
        attached = tiny.run()
        assert handle.active
    assert not handle.active
    assert (attached - plain).abs().max() > 1e-4
    assert torch.equal(tiny.run(), plain)


def test_gamma_of_one_changes_no_bit_of_a_whole_call(loaded: tuple[str, TinyPipeline]) -> None:
    name, tiny = loaded
    plain = tiny.run()
    with alignvid(tiny.pipe, config_for(name, tiny, gamma=1.0)):
        assert torch.equal(tiny.run(), plain)


def test_a_fraction_window_is_counted_per_call_and_per_section(
    loaded: tuple[str, TinyPipeline],
) -> None:
    name, tiny = loaded
    with alignvid(tiny.pipe, config_for(name, tiny, window=FractionWindow(0.5, 0.75))) as handle:
        tiny.run()
        tiny.run()
    runs = 4 if name.startswith("framepack") else 2
    assert [step.on for step in handle.steps] == [False, False, True, False] * runs
    assert [step.trajectory for step in handle.steps] == [
        run for run in range(runs) for _ in range(4)
    ]


def test_guidance_makes_no_difference_to_the_steps(loaded: tuple[str, TinyPipeline]) -> None:
    name, tiny = loaded
    # 1 turns guidance off in the pipelines that have it, 4 is a second pass or a doubled batch.
    for changes in ({"guidance_scale": 1.0}, {"guidance_scale": 4.0}):
        if hasattr(tiny.pipe, "guider"):  # then it is no argument of the call
            tiny.pipe.guider, changes = tiny.pipe.guider.new(**changes), {}
        with alignvid(tiny.pipe, config_for(name, tiny)) as handle:
            tiny.run(**changes)
        assert [step.on for step in handle.steps] == EXPECTED[name][1]


def test_a_window_that_no_step_is_in_warns(loaded: tuple[str, TinyPipeline]) -> None:
    name, tiny = loaded
    plain = tiny.run()
    config = config_for(name, tiny, window=TimestepWindow(0.5, 1))
    with (
        pytest.warns(UserWarning, match="AlignVid was off in a whole run of 4 steps"),
        alignvid(tiny.pipe, config),
    ):
        assert torch.equal(tiny.run(), plain)


@pytest.mark.parametrize("name", ["framepack", "hunyuanvideo-i2v", "flux-kontext"])
def test_true_guidance_in_a_second_pass_is_scaled_like_the_first(name: str) -> None:
    tiny = BUILDERS[name]()
    call = {"true_cfg_scale": 2.0, "negative_prompt": "blurry"}
    plain = tiny.run(**call)
    forwards: list[bool] = []
    with alignvid(tiny.pipe, config_for(name, tiny)) as handle:
        hook = tiny.pipe.transformer.register_forward_pre_hook(
            lambda *_: forwards.append(handle.steps[-1].on)
        )
        attached = tiny.run(**call)
        hook.remove()
    assert not torch.equal(attached, plain)
    assert forwards == [on for on in EXPECTED[name][1] for _ in range(2)]
    assert [step.on for step in handle.steps] == EXPECTED[name][1]


@pytest.mark.parametrize("name", ["wan2.1-t2v", "wan2.1-i2v", "cogvideox-i2v", "ltx-i2v"])
def test_two_prompts_in_a_batch_give_what_each_gives_alone(name: str) -> None:
    tiny = BUILDERS[name]()
    prompts = ["a red cup", "a blue cat"]

    def run(chosen: list[str], first: int) -> torch.Tensor:
        generators = [torch.Generator().manual_seed(first + index) for index in range(len(chosen))]
        changes = {"prompt": chosen, "generator": generators}
        if name in ("cogvideox-i2v", "ltx-i2v"):  # Wan takes one image for the whole batch
            changes["image"] = [tiny.call["image"]] * len(chosen)
        return tiny.run(**changes)

    with alignvid(tiny.pipe, config_for(name, tiny)):
        together = run(prompts, 0)
        alone = torch.cat([run([prompt], index) for index, prompt in enumerate(prompts)])
    torch.testing.assert_close(together, alone, atol=1e-3, rtol=1e-3)


def test_a_text_to_video_wan_with_a_timestep_per_token_is_on_at_the_same_steps() -> None:
    tiny = BUILDERS["wan2.1-t2v"]()
    tiny.pipe.register_to_config(expand_timesteps=True)  # as Wan2.2 TI2V 5B
    with alignvid(tiny.pipe, AlignVidConfig.for_pipeline(tiny.pipe)) as handle:
        tiny.run()
    assert [step.on for step in handle.steps] == EXPECTED["wan2.1-t2v"][1]


def test_both_experts_of_wan22_are_attached_and_the_window_says_which_acts() -> None:
    tiny = BUILDERS["wan2.2-i2v"]()
    experts = [tiny.pipe.transformer, tiny.pipe.transformer_2]
    classes = [type(expert) for expert in experts]
    plain = tiny.run()
    # The boundary is at t = 900: the window below it acts on the second expert alone.
    late = config_for("wan2.2-i2v", tiny, window=TimestepWindow(0, 900))
    with alignvid(tiny.pipe, late) as handle:
        assert all(type(expert) is not cls for expert, cls in zip(experts, classes, strict=True))
        attached = tiny.run()
    assert [step.on for step in handle.steps] == [False, True, True, True]
    assert not torch.equal(attached, plain)
    assert [type(expert) for expert in experts] == classes


def test_an_expert_that_the_window_never_reaches_gives_no_warning() -> None:
    tiny = BUILDERS["wan2.2-i2v"]()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with alignvid(tiny.pipe, config_for("wan2.2-i2v", tiny)):
            tiny.run()


def test_an_exception_inside_the_block_removes_it_without_a_warning() -> None:
    tiny = BUILDERS["wan2.1-t2v"]()
    plain = tiny.run()
    config = config_for("wan2.1-t2v", tiny, window=TimestepWindow(0.5, 1))

    def stop(pipe: Any, index: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        raise KeyboardInterrupt

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with pytest.raises(KeyboardInterrupt), alignvid(tiny.pipe, config):
            tiny.run(callback_on_step_end=stop)
    assert torch.equal(tiny.run(), plain)


def test_a_scheduler_exchanged_inside_the_block_is_followed() -> None:
    import diffusers

    tiny = BUILDERS["wan2.1-t2v"]()
    config = config_for("wan2.1-t2v", tiny, window=FractionWindow(0, 0.5))
    with alignvid(tiny.pipe, config) as handle:
        tiny.pipe.scheduler = diffusers.UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        )
        tiny.run()
    assert [step.on for step in handle.steps] == [True, True, False, False]


def test_a_pipeline_without_a_transformer_is_refused() -> None:
    class Unet:
        unet = object()

    with (
        pytest.raises(UserError, match="Unet has no transformer"),
        alignvid(Unet(), AlignVidConfig.preset("flux")),
    ):
        pass
