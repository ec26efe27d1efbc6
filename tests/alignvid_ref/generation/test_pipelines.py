"""Diffusers pipelines, tiny and with random weights, loaded from folders as real ones are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest
import tiny_pipelines
import torch
from diffusers.hooks import MagCacheConfig

from alignvid_ref.config import AlignVidConfig, FractionWindow
from alignvid_ref.generation.backbones import Source
from alignvid_ref.generation.generate import GeneratedVideo, GenerationReport, Plan
from alignvid_ref.generation.pipelines import bind_pipeline, choose_dtype, load_pipeline
from alignvid_ref.generation.plan import plan_model
from alignvid_ref.generation.resolve import Choices, find_model, model_settings
from alignvid_ref.generation.seeds import sample_seed
from omiti2v.dataset.frame_fit import cover
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.mp4 import encode_mp4

Make = Callable[..., GenerationReport]
SMALL = Choices(height=32, width=32, frames=5, steps=2)


@pytest.fixture
def picture(make_picture: Callable[..., np.ndarray]) -> PIL.Image.Image:
    return PIL.Image.fromarray(make_picture(0, width=32, height=32))


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "provenance.jsonl").read_text().splitlines()]


def test_alignvid_changes_every_video(
    make_videos: Make,
    plans: dict[str, Plan],
    videos_of: Callable[[Path], dict[str, bytes]],
    tmp_path: Path,
) -> None:
    made = []
    for method in ("baseline", "alignvid"):
        report = make_videos(plans[method], tmp_path / method)
        assert (report.made, report.failures) == (4, ())
        made.append(videos_of(tmp_path / method))
    assert all(made[0][name] != made[1][name] for name in made[0])


def test_blur_is_the_baseline_on_a_blurred_image(
    make_videos: Make,
    plans: dict[str, Plan],
    videos_of: Callable[[Path], dict[str, bytes]],
    edition: Edition,
    tmp_path: Path,
) -> None:
    make_videos(plans["blur"], tmp_path)
    maker = plans["baseline"].load_model()
    sharp = {}
    for sample in edition.samples:
        image = PIL.Image.open(edition.image_path(sample)).convert("RGB")
        seed = sample_seed(0, sample.id)
        soft = cover(image.filter(PIL.ImageFilter.GaussianBlur(1)), 32, 32)
        expected = encode_mp4(maker(soft, sample.prompt, seed).frames, fps=16)
        assert (tmp_path / f"{sample.id}.mp4").read_bytes() == expected
        frames = maker(cover(image, 32, 32), sample.prompt, seed).frames
        sharp[f"{sample.id}.mp4"] = encode_mp4(frames, fps=16)
    assert sharp != videos_of(tmp_path)


def test_the_provenance_says_what_a_video_was_made_with(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["alignvid"], tmp_path)
    line = lines(tmp_path)[0]
    assert line["seed"] == sample_seed(0, "s000")
    assert line["device"] == "cpu"
    # Two steps of a schedule with shift 3: at t = 1000 and t = 750.
    assert line["steps_on"] == "1/2"
    assert {"torch", "diffusers", "transformers", "av"} <= line["versions"].keys()
    settings = line["settings"]
    assert (settings["backbone"], settings["dtype"], settings["steps"]) == ("wan", "float32", 2)
    assert settings["revision"].startswith("sha256:")
    assert AlignVidConfig.from_json(settings["alignvid"]).gamma == 9.0


def test_methods_to_compare_with_change_the_video_and_say_what_it_cost(
    picture: PIL.Image.Image,
) -> None:
    choices = Choices(frames=5, steps=5, guidance_scale=2.0)
    methods: tuple[Any, ...] = ("baseline", "alg", "dymos")
    plans = {name: plan_model(name, choices, backbone="tiny-wan", device="cpu") for name in methods}
    pipe = load_pipeline(find_model("tiny-wan"), plans["baseline"].settings, device="cpu")
    clips = {
        name: bind_pipeline(pipe, plan.settings)(picture.resize((64, 64)), "a red circle", 7)
        for name, plan in plans.items()
    }
    # A fifth of the steps is on.
    assert {name: (clip.passes, clip.steps_on) for name, clip in clips.items()} == {
        "baseline": (10, None),
        "alg": (11, "1/5"),
        "dymos": (10, "1/5"),
    }
    assert len({clip.frames.tobytes() for clip in clips.values()}) == 3


def test_videos_from_before_passes_were_counted_are_kept(
    make_videos: Make, plans: dict[str, Plan], tmp_path: Path
) -> None:
    make_videos(plans["baseline"], tmp_path)
    older = lines(tmp_path)
    for line in older:
        assert line.pop("passes") == 2
        assert line["settings"].pop("method_config") is None
    (tmp_path / "provenance.jsonl").write_text("".join(json.dumps(row) + "\n" for row in older))
    report = make_videos(plans["baseline"], tmp_path)
    assert (report.made, report.kept, report.failures) == (0, 4, ())


def test_a_video_is_what_the_pipeline_gives_for_the_samples_seed(
    wan_folder: Path, plans: dict[str, Plan], picture: PIL.Image.Image
) -> None:
    """Equal to a plain diffusers call written out here, with the folder's own scheduler."""
    clip = plans["baseline"].load_model()(picture, "a red cup", 7)
    pipe = tiny_pipelines.load("wan2.1-i2v", wan_folder).pipe
    frames = pipe(
        image=picture,
        prompt="a red cup",
        height=32,
        width=32,
        num_frames=5,
        num_inference_steps=2,
        guidance_scale=1.0,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
    ).frames[0]
    assert np.array_equal(clip.frames, (frames * 255).round().astype(np.uint8))


def test_a_negative_prompt_is_read_under_guidance(
    wan_folder: Path, picture: PIL.Image.Image
) -> None:
    made = {}
    for negative in (None, "", "a blue cup"):
        choices = replace(SMALL, guidance_scale=9.0, negative_prompt=negative)
        plan = plan_model("baseline", choices, backbone=str(wan_folder), device="cpu")
        made[negative] = plan.load_model()(picture, "a red cup", 7).frames
    assert np.array_equal(made[None], made[""])
    assert (made[None] != made["a blue cup"]).any()


def test_a_flow_shift_and_a_scheduler_change_the_video(
    wan_folder: Path, picture: PIL.Image.Image
) -> None:
    made = [
        plan_model("baseline", choices, backbone=str(wan_folder), device="cpu")
        .load_model()(picture, "a red cup", 7)
        .frames
        for choices in (
            SMALL,
            replace(SMALL, flow_shift=9.0),
            replace(SMALL, solver="dpm++"),
            replace(SMALL, solver="unipc-bh2"),
        )
    ]
    for number, frames in enumerate(made):
        assert all((frames != other).any() for other in made[:number])


def test_plain_guidance_is_the_baseline_at_its_scale_and_apg_is_not(
    picture: PIL.Image.Image,
) -> None:
    choices = replace(SMALL, guidance_scale=3.0)

    def made(method: Any, **options: Any) -> np.ndarray:
        plan = plan_model(method, choices, backbone="tiny-wan", device="cpu", **options)
        return plan.load_model()(picture, "the red ball turns blue", 1).frames

    baseline = made("baseline")
    assert np.array_equal(made("guidance", guider="cfg"), baseline)
    guided = made("guidance", guider="apg")
    assert guided.shape == (5, 32, 32, 3)
    assert (guided != baseline).any()
    assert np.array_equal(made("guidance", guider="apg", offload="group"), guided)


def test_alignvid_leaves_nothing_on_the_pipeline(
    wan_folder: Path, alignvid_file: Path, picture: PIL.Image.Image
) -> None:
    model = find_model(str(wan_folder))
    config = AlignVidConfig.from_json(alignvid_file.read_text())
    settings = model_settings("alignvid", model, SMALL, dtype="float32", alignvid=config)
    pipe = load_pipeline(model, settings, device="cpu")
    plain = bind_pipeline(pipe, settings.model_copy(update={"alignvid": None}))
    before = plain(picture, "a cup", 1).frames
    changed = bind_pipeline(pipe, settings)(picture, "a cup", 1).frames
    assert (before != changed).any()
    assert np.array_equal(before, plain(picture, "a cup", 1).frames)


def test_alignvid_that_is_never_on_is_a_failure_and_not_a_baseline(
    wan_folder: Path, alignvid_file: Path, picture: PIL.Image.Image
) -> None:
    config = AlignVidConfig.from_json(alignvid_file.read_text())
    empty = config.replace(window={"kind": "timestep", "low": 0.0, "high": 1.0})
    model = find_model(str(wan_folder))
    settings = model_settings("alignvid", model, SMALL, dtype="float32", alignvid=empty)
    make = bind_pipeline(load_pipeline(model, settings, device="cpu"), settings)
    with pytest.raises(UserError, match="AlignVid was off at every step"):
        make(picture, "a cup", 0)


def test_a_video_whose_steps_a_cache_took_over_is_a_failure_and_not_a_baseline(
    wan_folder: Path, alignvid_file: Path, picture: PIL.Image.Image
) -> None:
    model = find_model(str(wan_folder))
    config = AlignVidConfig.from_json(alignvid_file.read_text()).replace(
        window=FractionWindow(0.5, 1.0)
    )
    settings = model_settings("alignvid", model, SMALL, dtype="float32", alignvid=config)
    pipe = load_pipeline(model, settings, device="cpu")
    generate = bind_pipeline(pipe, settings)
    assert generate(picture, "a cup", 1).steps_on == "1/2"
    pipe.transformer.enable_cache(
        MagCacheConfig(
            threshold=10.0, retention_ratio=0.0, num_inference_steps=2, mag_ratios=torch.ones(2)
        )
    )
    with pytest.raises(UserError, match="on at 1 steps but scaled nothing"):
        generate(picture, "a cup", 1)


def test_a_config_for_another_depth_is_one_error_before_any_video(
    wan_folder: Path, make_videos: Make, tmp_path: Path
) -> None:
    path = tmp_path / "alignvid.json"
    path.write_text(AlignVidConfig.preset("wan2.1-i2v").to_json())
    plan = plan_model("alignvid", SMALL, backbone=str(wan_folder), alignvid=path, device="cpu")
    with pytest.raises(UserError, match="the transformer has 4 blocks"):
        make_videos(plan, tmp_path)


@pytest.mark.parametrize(("dtype", "part"), [("bfloat16", "float32"), ("float32", "float32")])
def test_the_parts_that_need_it_stay_in_float32(wan_folder: Path, dtype: Any, part: str) -> None:
    model = find_model(str(wan_folder))
    settings = model_settings("baseline", model, SMALL, dtype=dtype)
    pipe = load_pipeline(model, settings, device="cpu")
    assert pipe.transformer.dtype == pipe.text_encoder.dtype == getattr(torch, dtype)
    assert pipe.vae.dtype == pipe.image_encoder.dtype == getattr(torch, part)


def test_group_offload_changes_no_frame(
    wan_folder: Path, plans: dict[str, Plan], picture: PIL.Image.Image
) -> None:
    plan = plan_model("baseline", SMALL, backbone=str(wan_folder), device="cpu", offload="group")
    offloaded = plan.load_model()(picture, "a cup", 3).frames
    assert np.array_equal(offloaded, plans["baseline"].load_model()(picture, "a cup", 3).frames)


def test_model_offload_needs_a_gpu(wan_folder: Path) -> None:
    plan = plan_model("baseline", SMALL, backbone=str(wan_folder), device="cpu", offload="model")
    with pytest.raises(UserError, match="--offload model: needs a GPU"):
        plan.load_model()


def test_a_device_that_is_not_there_is_an_error(wan_folder: Path) -> None:
    with pytest.raises(UserError, match="--device nonsense: not usable here"):
        plan_model("baseline", SMALL, backbone=str(wan_folder), device="nonsense")


def test_the_type_follows_the_device() -> None:
    assert choose_dtype("auto", "cpu") == "float32"
    assert choose_dtype("auto", "cuda:1") == "bfloat16"
    assert choose_dtype("float16", "cpu") == "float16"


def test_weights_that_do_not_load_are_one_error(wan_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(wan_folder, tmp_path / "wan")
    path = tmp_path / "wan" / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    plan = plan_model("baseline", SMALL, backbone=str(tmp_path / "wan"), device="cpu")
    with pytest.raises(UserError, match="can't be loaded") as caught:
        plan.load_model()
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def framepack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "framepack"
    return tiny_pipelines.save(tiny_pipelines.framepack(), folder)


@pytest.fixture(scope="module")
def tiny_prompt() -> Callable[..., Any]:
    """Gives a tiny pipeline the template and the length of prompt that it is made for."""

    def give(pipe: Any, tiny: tiny_pipelines.TinyPipeline) -> Any:
        cls = type(pipe)
        names = tiny.call.keys() & {"prompt_template", "max_sequence_length"}
        prompted = {name: tiny.call[name] for name in names}

        vars(pipe).update(tiny.lengths)

        class Prompted(cls):  # type: ignore[misc, valid-type]
            def __call__(self, **call: Any) -> Any:
                return super().__call__(**call, **prompted)

        pipe.__class__ = Prompted
        return pipe

    return give


@pytest.mark.parametrize(("preset", "frames"), [("framepack", 73), ("framepack-f1", 37)])
def test_framepack_gives_as_many_frames_as_asked_for(
    framepack_folder: Path,
    tiny_prompt: Callable[..., Any],
    picture: PIL.Image.Image,
    preset: str,
    frames: int,
) -> None:
    model = find_model(str(framepack_folder), run_as=preset)
    choices = Choices(height=32, width=32, frames=frames, steps=4)
    config = AlignVidConfig.preset(preset, blocks=[0, 2])
    settings = model_settings("alignvid", model, choices, dtype="float32", alignvid=config)
    settings = settings.model_copy(update={"vae_tiling": False})
    pipe = tiny_prompt(load_pipeline(model, settings, device="cpu"), tiny_pipelines.framepack())
    clip: GeneratedVideo = bind_pipeline(pipe, settings, model.backbone)(picture, "a cup", 0)
    assert clip.frames.shape == (frames, 32, 32, 3)
    # Each section starts anew: its first of four steps is on, at t = 999.
    sections = (frames - 1) // 36
    assert clip.steps_on == f"{sections}/{4 * sections}"


@pytest.mark.parametrize(
    ("name", "steps_on", "frames"),
    [
        # Flow shift 7: t = 1000, 954.5, 875, 700.
        ("hunyuanvideo-i2v", "2/4", 9),
        ("hunyuanvideo-1.5-i2v", "2/4", 9),
        # 999, 749, 499, 249.
        ("cogvideox-i2v", "1/4", 9),
        # Flow shift 5, of UniPC: 999, 937, 833, 624.
        ("skyreels-v2-i2v", "2/4", 5),
        # Flow shift 3: 1000, 900, 750, 500, and of Kandinsky 1000, 858, 602, 9.
        ("ltx-2-i2v", "1/4", 9),
        ("kandinsky-5-i2v", "1/4", 17),
    ],
)
def test_a_folder_gives_as_many_frames_as_asked_for(
    tiny_prompt: Callable[..., Any],
    picture: PIL.Image.Image,
    tmp_path: Path,
    name: str,
    steps_on: str,
    frames: int,
) -> None:
    tiny = tiny_pipelines.BUILDERS[name]()
    model = find_model(str(tiny_pipelines.save(tiny, tmp_path / name)))
    choices = Choices(height=32, width=32, frames=frames, steps=4)
    config = AlignVidConfig.preset(name, blocks=[0, 2])
    settings = model_settings("alignvid", model, choices, dtype="float32", alignvid=config)
    assert config.evidence == "none"
    pipe = tiny_prompt(load_pipeline(model, settings, device="cpu"), tiny)
    clip = bind_pipeline(pipe, settings, model.backbone)(picture, "a cup", 0)
    assert clip.frames.shape == (frames, 32, 32, 3)
    assert clip.steps_on == steps_on


def test_a_wan_that_was_saved_as_text_to_video_makes_one_of_an_image(
    picture: PIL.Image.Image, tmp_path: Path
) -> None:
    folder = tiny_pipelines.save(tiny_pipelines.wan22_ti2v(), tmp_path / "Wan2.2-TI2V-5B-Diffusers")
    index = json.loads((folder / "model_index.json").read_text())
    index = {name: value for name, value in index.items() if not name.startswith("image_")}
    (folder / "model_index.json").write_text(json.dumps(index | {"_class_name": "WanPipeline"}))
    choices = Choices(height=32, width=32, frames=5, steps=4)
    model = find_model(str(folder))
    assert model.backbone.alignvid == AlignVidConfig.preset("wan2.2-i2v")
    settings = model_settings(
        "alignvid", model, choices, dtype="float32", alignvid=model.backbone.alignvid
    )
    pipe = load_pipeline(model, settings, device="cpu")
    assert type(pipe).__name__ == "WanImageToVideoPipeline"
    assert pipe.config.expand_timesteps
    clip = bind_pipeline(pipe, settings, model.backbone)(picture, "a cup", 0)
    assert (clip.frames.shape, clip.steps_on) == ((5, 32, 32, 3), "1/4")
    # The same weights under a name that does not tell.
    shutil.copytree(folder, tmp_path / "mine")
    with pytest.raises(UserError, match="pipeline WanPipeline: not known here"):
        find_model(str(tmp_path / "mine"))
    named = find_model(str(tmp_path / "mine"), run_as="wan2.2-ti2v-5b")
    assert named.backbone.pipeline == "WanImageToVideoPipeline"


@pytest.mark.parametrize("name", ["wan2.2-i2v-a14b", "cogvideox-5b-i2v"])
def test_a_backbone_by_name_is_one_commit_of_one_repository(name: str) -> None:
    model = find_model(name)
    assert len(model.revision) == 40
    assert list(model.backbone.parts) == ["pipeline"]


def test_framepack_loads_its_parts_from_the_repositories_they_are_in(
    framepack_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The three repositories as folders; a snapshot is a folder, wherever it comes from."""
    from alignvid_ref.generation import pipelines

    base, own, vision = (tmp_path / name for name in ("base", "own", "vision"))
    shutil.copytree(framepack_folder, base)
    shutil.move(base / "transformer", own)
    for name in ("image_encoder", "feature_extractor"):
        shutil.move(base / name, vision / name)
    index = json.loads((base / "model_index.json").read_text())
    gone = ("image_encoder", "feature_extractor")
    index = {name: value for name, value in index.items() if name not in gone}
    index["_class_name"] = "HunyuanVideoPipeline"
    index["transformer"] = ["diffusers", "HunyuanVideoTransformer3DModel"]
    (base / "model_index.json").write_text(json.dumps(index))
    places = {
        "hunyuanvideo-community/HunyuanVideo": base,
        "lllyasviel/FramePackI2V_HY": own,
        "lllyasviel/flux_redux_bfl": vision,
    }

    def snapshot(source: Source, *, without: tuple[str, ...] = ()) -> Path:
        return places[source.hub_id]

    monkeypatch.setattr(pipelines, "fetch", snapshot)
    model = find_model("framepack")
    settings = model_settings("baseline", model, Choices(), dtype="bfloat16")
    pipe = load_pipeline(model, settings, device="cpu")
    assert type(pipe).__name__ == "HunyuanVideoFramepackPipeline"
    assert pipe.transformer.dtype == torch.bfloat16
    assert pipe.vae.dtype == pipe.image_encoder.dtype == torch.float16


@pytest.mark.parametrize(
    ("name", "frames"), [("wan2.2-i2v", 5), ("wan2.2-ti2v", 5), ("ltx-i2v", 9)]
)
def test_the_other_families_make_videos_with_alignvid(
    name: str, frames: int, make_videos: Make, tmp_path: Path
) -> None:
    folder = tiny_pipelines.save(tiny_pipelines.BUILDERS[name](), tmp_path / name)
    plan = plan_model(
        "alignvid", replace(SMALL, frames=frames, steps=4), backbone=str(folder), device="cpu"
    )
    report = make_videos(plan, tmp_path / "videos")
    assert (report.made, report.failures) == (4, ())
