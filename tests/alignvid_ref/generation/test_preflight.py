"""What a run says before its first video, held against what its pipeline then does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import pytest
import tiny_pipelines
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from alignvid_ref.config import AlignVidConfig, FractionWindow, TimestepWindow
from alignvid_ref.generation.generate import GenerateVideo, GenerationReport, Job, generate_videos
from alignvid_ref.generation.model_costs import (
    count_parameters,
    forward_flops,
    vae_compression,
    video_tokens,
)
from alignvid_ref.generation.plan import plan_control, plan_model
from alignvid_ref.generation.preflight import describe_time, passes_per_step, steps_on
from alignvid_ref.generation.resolve import Choices, find_model, model_settings
from alignvid_ref.generation.solver import chosen_scheduler, planned_timesteps
from omiti2v.editions import Edition
from omiti2v.errors import UserError

SMALL = Choices(height=32, width=32, frames=5, steps=4)


def not_to_be_loaded() -> GenerateVideo:
    raise AssertionError("the model was loaded")


def dynamic(pipe: Any) -> None:
    pipe.scheduler = type(pipe.scheduler).from_config(
        pipe.scheduler.config, use_dynamic_shifting=True
    )


@pytest.mark.parametrize(
    ("name", "solver", "shift", "by_size"),
    [
        ("wan2.1-i2v", "own", None, False),
        ("wan2.1-i2v", "own", 7.0, False),
        ("wan2.1-i2v", "euler", 5.0, False),
        ("wan2.1-i2v", "dpm++", None, False),
        ("wan2.1-i2v", "unipc-bh2", 3.0, False),
        ("hunyuanvideo-i2v", "own", None, False),
        ("hunyuanvideo-i2v", "unipc-bh2", None, False),
        ("cogvideox-i2v", "own", None, False),
        ("ltx-i2v", "own", None, True),
        ("ltx-i2v", "unipc-bh2", None, True),
        ("ltx-i2v", "own", 2.0, True),
        ("framepack", "unipc-bh1", None, False),
        ("framepack", "euler", 3.0, False),
    ],
)
def test_the_timesteps_foretold_are_those_that_the_pipeline_takes(
    name: str, solver: str, shift: float | None, by_size: bool
) -> None:
    tiny = tiny_pipelines.BUILDERS[name]()
    if by_size:
        dynamic(tiny.pipe)
    pipeline = type(tiny.pipe).__name__
    settings: Any = SimpleNamespace(
        solver=solver, flow_shift=shift, pipeline=pipeline, backbone=name, **SIZE
    )
    foretold = chosen_scheduler(tiny.pipe.scheduler, settings)
    # In FramePack's tiny call a section is of 3 latent frames.
    settings.frames = 9
    compression = vae_compression(dict(tiny.pipe.vae.config) | {"_class_name": VAES.get(name)})
    tokens = video_tokens(tiny.pipe.transformer.config, compression, settings)
    timesteps = planned_timesteps(foretold, pipeline, tiny_pipelines.STEPS, tokens=tokens)
    tiny.pipe.scheduler = chosen_scheduler(tiny.pipe.scheduler, settings)
    tiny.run()
    assert timesteps == pytest.approx(tiny.pipe.scheduler.timesteps.tolist())
    assert len(timesteps) == tiny_pipelines.STEPS


SIZE = {"height": 32, "width": 32, "frames": 9}
VAES = {"ltx-i2v": "AutoencoderKLLTXVideo", "framepack": "AutoencoderKLHunyuanVideo"}


def test_timesteps_of_a_pipeline_that_is_not_known_are_not_guessed() -> None:
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    assert planned_timesteps(scheduler, "my.module:WanPipeline", 4) is None
    assert planned_timesteps(scheduler, "MochiPipeline", 4) is None


def test_the_steps_of_a_window_are_counted_as_the_gate_counts_them() -> None:
    timesteps = [1000.0, 900.5, 900.0, 10.0]
    assert steps_on(TimestepWindow(), 4, timesteps) == (0, 1)
    assert steps_on(TimestepWindow(low=0, high=900), 4, timesteps) == (2, 3)
    assert steps_on(TimestepWindow(), 4, None) is None
    assert steps_on(FractionWindow(0.5, 1), 4, None) == (2, 3)


@pytest.fixture
def told(edition: Edition, tmp_path: Path) -> Callable[..., list[str]]:
    """What is told of a run on the four samples."""

    def run(plan: Any, folder: str = "videos") -> list[str]:
        lines: list[str] = []
        ids = [sample.id for sample in edition.samples]
        generate_videos(Job(edition, ids, tmp_path / folder, plan), tell=lines.append)
        return lines

    return run


def test_a_run_tells_what_it_will_do_and_then_how_long_it_takes(
    told: Callable[..., list[str]], wan_folder: Path, alignvid_file: Path, tmp_path: Path
) -> None:
    plan = plan_model(
        "alignvid",
        replace(SMALL, guidance_scale=5.0),
        backbone=str(wan_folder),
        device="cpu",
        alignvid=alignvid_file,
    )
    count, video, model, window, memory, time = told(plan)
    assert count == "4 videos to make, 0 there already"
    assert video == "each 32x32, 5 frames at 16 a second"
    assert model.startswith("4 steps, guidance 5, two passes a step: about ")
    # With shift 3, twice: 1000, 857, 602, 9.
    assert window == "AlignVid is on at 1 of 4 steps: 1"
    recorded = json.loads((tmp_path / "videos/provenance.jsonl").read_text().splitlines()[0])
    assert recorded["steps_on"] == "1/4"
    assert memory.startswith("memory for the weights: ")
    assert "the other 3 take" in time


def test_what_is_there_is_counted_and_a_full_folder_is_silent(
    told: Callable[..., list[str]], tmp_path: Path
) -> None:
    plan = plan_control("still", Choices(height=32, width=32, frames=5))
    assert len(told(plan)) == 3
    (tmp_path / "videos" / "s001.mp4").unlink()
    assert told(plan)[0] == "1 video to make, 3 there already"
    assert told(plan) == []


def test_a_window_without_a_step_is_an_error_before_the_model_is_loaded(
    wan_folder: Path,
    alignvid_file: Path,
    make_videos: Callable[..., GenerationReport],
    tmp_path: Path,
) -> None:
    config = AlignVidConfig.from_json(alignvid_file.read_text())
    empty = config.replace(window={"kind": "timestep", "low": 10.0, "high": 500.0})
    (tmp_path / "c.json").write_text(empty.to_json())
    plan = plan_model(
        "alignvid", SMALL, backbone=str(wan_folder), device="cpu", alignvid=tmp_path / "c.json"
    )
    with pytest.raises(UserError, match=r"on at none of 4 steps.* 1000, .*give more --steps"):
        make_videos(replace(plan, load_model=not_to_be_loaded), tmp_path / "videos")


def test_a_part_that_is_no_safetensors_is_an_error_before_the_model_is_loaded(
    copy: Path, make_videos: Callable[..., GenerationReport], tmp_path: Path
) -> None:
    path = copy / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    plan = plan_model("baseline", SMALL, backbone=str(copy), device="cpu")
    with pytest.raises(UserError, match=r"vae/.*can't be read as safetensors"):
        make_videos(replace(plan, load_model=not_to_be_loaded), tmp_path / "videos")


def test_parameters_are_those_of_the_parts_as_loaded(wan_folder: Path, copy: Path) -> None:
    pipe = tiny_pipelines.load("wan2.1-i2v", wan_folder).pipe
    for name in ("transformer", "vae", "text_encoder", "image_encoder"):
        numbers = getattr(pipe, name).state_dict().values()
        stored = {(tensor.data_ptr(), tensor.numel()) for tensor in numbers}  # tied ones once
        assert count_parameters(wan_folder / name) == sum(count for _, count in stored)
    # Variants and shards that no index names are not loaded.
    file = copy / "transformer" / "diffusion_pytorch_model.safetensors"
    expected = count_parameters(copy / "transformer")
    shutil.copy(file, file.with_name("diffusion_pytorch_model.fp16.safetensors"))
    assert count_parameters(copy / "transformer") == expected
    pipe.transformer.save_pretrained(copy / "transformer", max_shard_size="20KB")
    assert len(list(file.parent.glob("*-of-*"))) > 1
    shutil.copy(next(file.parent.glob("*-of-*")), file.with_name("other.safetensors"))
    assert count_parameters(copy / "transformer") == expected


def test_the_memory_follows_the_type_of_each_part(
    wan_folder: Path, told: Callable[..., list[str]]
) -> None:
    memory = {}
    for dtype in ("float32", "bfloat16"):
        plan = plan_model("baseline", SMALL, backbone=str(wan_folder), dtype=dtype, device="cpu")  # type: ignore[arg-type]
        memory[dtype] = plan.preflight()[-1]
    counts = {name: count_parameters(wan_folder / name) for name in ("transformer", "vae")}
    for dtype, width in (("float32", 4), ("bfloat16", 2)):
        assert f"transformer {counts['transformer'] * width / 1e6:.3g} MB" in memory[dtype]
        assert f"vae {counts['vae'] * 4 / 1e6:.3g} MB" in memory[dtype]  # stays in float32


def test_the_operations_are_about_those_that_torch_counts() -> None:
    """For a Wan wide and long enough that text and embeddings weigh little, as in a real one."""
    with torch.device("meta"):  # counts, and computes nothing
        transformer = diffusers.WanTransformer3DModel(
            num_attention_heads=4,
            attention_head_dim=32,
            in_channels=16,
            out_channels=16,
            text_dim=32,
            freq_dim=32,
            ffn_dim=512,
            num_layers=8,
        )
        inputs = {
            "hidden_states": torch.zeros(1, 16, 8, 32, 32),
            "timestep": torch.zeros(1),
            "encoder_hidden_states": torch.zeros(1, 16, 32),
        }
    # The counter knows attention only as the matrix products that it is.
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        transformer(**inputs)
    settings: Any = SimpleNamespace(height=256, width=256, frames=29)
    tokens = video_tokens(transformer.config, (4, 8), settings)
    assert tokens == 8 * 16 * 16
    parameters = sum(weight.numel() for weight in transformer.parameters())
    told = forward_flops(transformer.config, parameters, tokens)
    assert told == pytest.approx(counter.get_total_flops(), rel=0.2)


def test_costs_that_the_configuration_does_not_tell_are_not_guessed() -> None:
    settings: Any = SimpleNamespace(height=32, width=32, frames=5)
    assert video_tokens({"patch_size": [1, 2, 2]}, None, settings) is None
    assert video_tokens({}, (4, 8), settings) is None
    assert forward_flops({"num_layers": 4}, 100, 8) is None
    assert forward_flops({"num_layers": 4, "num_attention_heads": 2}, 100, None) is None
    assert vae_compression({"_class_name": "AutoencoderKLCogVideoX"}) is None


@pytest.mark.parametrize(
    ("name", "guidance", "passes"),
    [
        ("wan2.1-i2v", 1.0, 1),
        ("wan2.1-i2v", 5.0, 2),
        ("cogvideox-i2v", 6.0, 2),
        ("hunyuanvideo-i2v", 6.0, 1),
    ],
)
def test_passes_are_as_many_as_the_guidance_of_the_pipeline_takes(
    name: str, guidance: float, passes: int
) -> None:
    tiny = tiny_pipelines.BUILDERS[name]()
    rows = []
    forward = tiny.pipe.transformer.forward
    tiny.pipe.transformer.forward = lambda *args, **inputs: (
        rows.append(inputs["hidden_states"].shape[0]) or forward(*args, **inputs)
    )
    tiny.run(guidance_scale=guidance)
    backbone: Any = SimpleNamespace(pipeline=type(tiny.pipe).__name__)
    settings: Any = SimpleNamespace(guidance_scale=guidance)
    assert sum(rows) / tiny_pipelines.STEPS == passes == passes_per_step(backbone, settings)


@pytest.mark.parametrize(
    ("seconds", "text"), [(41.6, "42 s"), (412, "7 min"), (150_780, "41 h 53 min")]
)
def test_times_are_told_in_units_that_fit(seconds: float, text: str) -> None:
    assert describe_time(seconds) == text


def test_framepack_tells_its_sections_and_counts_by_its_largest_shift(tmp_path: Path) -> None:
    folder = tiny_pipelines.save(tiny_pipelines.framepack(), tmp_path / "framepack")
    (tmp_path / "config.json").write_text(
        AlignVidConfig.preset("framepack", blocks=[0, 2]).to_json()
    )
    plan = plan_model(
        "alignvid",
        Choices(steps=25),
        backbone=str(folder),
        device="cpu",
        alignvid=tmp_path / "config.json",
    )
    lines = plan.preflight()
    assert lines[0] == "25 steps in each of 5 sections, guidance 10, one pass a step"
    # A share 1 - 0.9 / (s - 0.9 (s - 1)) of the steps, 44 % at shift 7.
    assert lines[1] == "AlignVid is on at 11 of 25 steps: 1-11"


def test_a_scheduler_that_is_not_possible_is_an_error_before_the_model_is_loaded(
    make_videos: Callable[..., GenerationReport], tmp_path: Path
) -> None:
    folder = tiny_pipelines.save(tiny_pipelines.cogvideox_i2v(), tmp_path / "cogvideox")
    for choice, option in (({"flow_shift": 3.0}, "--flow-shift"), ({"solver": "euler"}, "euler")):
        plan = plan_model("baseline", replace(SMALL, **choice), backbone=str(folder), device="cpu")
        with pytest.raises(UserError, match=f"{option}: is for flow matching, .*DDIM"):
            make_videos(replace(plan, load_model=not_to_be_loaded), tmp_path / "videos")


def test_a_negative_prompt_that_nothing_reads_is_refused(wan_folder: Path) -> None:
    choices = replace(SMALL, negative_prompt="blurred")
    with pytest.raises(UserError, match="--negative-prompt: wan does not read it at --guidance"):
        plan_model("baseline", choices, backbone=str(wan_folder), device="cpu")
    model = find_model(str(wan_folder))
    guided = model_settings(
        "baseline", model, replace(choices, guidance_scale=4.0), dtype="float32"
    )
    assert guided.negative_prompt == "blurred"
