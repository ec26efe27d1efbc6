"""Videos and observations from arrays and from the known-answer world, and the tiny CLIP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import timm
import torch
import transformers
from safetensors.torch import save_file

from evaluators.frames import Frames, Video
from evaluators.metrics import Metric, MetricContext, MetricDefinition, Observation
from evaluators.metrics.clip_model import ClipModel, load_clip
from evaluators.world import Behaviour, Scene, make_scenes, render_frames, render_reference
from lab.tiny_clip import WEIGHTS
from lab.tiny_judge.examples import SETTINGS, compress
from omiti2v.samples import Sample


@pytest.fixture(scope="session")
def make_video() -> Callable[..., Video]:
    def build(frames: Frames, *, fps: float = 8) -> Video:
        return Video(
            path=Path("a.mp4"),
            sha256="0" * 64,
            frames=frames,
            times=np.arange(len(frames)) / fps,
            fps=fps,
            codec="h264",
            pixel_format="yuv420p",
        )

    return build


@pytest.fixture(scope="session")
def make_observation(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> Callable[[Video], Observation]:
    def build(video: Video) -> Observation:
        return Observation(video, video.frames[0], make_samples(1)[0])

    return build


def draw_texture(width: int, height: int) -> Frames:
    """Noise at several scales, as in nature: structure everywhere for the flow to hold on to."""
    noise = np.random.default_rng(3).normal(size=(height, width, 3))
    smooth = sum(sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1.5, 3, 6, 12))
    stretched = (smooth - np.min(smooth)) * (255 / np.ptp(smooth))
    return stretched.astype(np.uint8)


@pytest.fixture(scope="session")
def texture() -> Callable[[int, int], Frames]:
    """A textured picture of a width and height."""
    return draw_texture


@pytest.fixture(scope="session")
def pan() -> Callable[..., Frames]:
    """A camera that moves sideways by so many pixels a frame."""

    def build(pixels: int, *, frames: int = 9, width: int = 384, height: int = 256) -> Frames:
        wide = draw_texture(width + pixels * frames, height)
        return np.stack([wide[:, pixels * n : pixels * n + width] for n in range(frames)])

    return build


@pytest.fixture(scope="session")
def tiny_clip() -> ClipModel:
    return load_clip(str(WEIGHTS), what="tests", device="cpu")


@pytest.fixture(scope="session")
def build(tiny_clip: ClipModel) -> Callable[..., Metric]:
    """A metric of a definition, with the tiny CLIP in each slot that is given no other weights."""

    def metric_of(definition: MetricDefinition, **weights: str) -> Metric:
        given = dict.fromkeys(definition.weights, "tiny") | weights
        clips = {"tiny": tiny_clip}
        return definition.load(
            MetricContext(name="some_metric", weights=given, device="cpu", clips=clips)
        )

    return metric_of


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    """A dozen scenes, all kinds of edit alike, of a seed that the tiny CLIP is not trained on."""
    return make_scenes(12, seed=4242, settings=SETTINGS)


@pytest.fixture(scope="session")
def play(make_video: Callable[..., Video]) -> Callable[[Scene, Behaviour], Observation]:
    """What a metric looks at where a scene's video has a behaviour, H.264 compression included."""

    made: dict[tuple[str, Behaviour], Observation] = {}

    def build(scene: Scene, behaviour: Behaviour) -> Observation:
        key = (scene.sample.id, behaviour)
        if key not in made:
            made[key] = observe(scene, behaviour)
        return made[key]

    def observe(scene: Scene, behaviour: Behaviour) -> Observation:
        frames = compress(render_frames(scene.stage, behaviour), 18)
        return Observation(make_video(frames), render_reference(scene.stage), scene.sample)

    return build


@pytest.fixture(scope="session")
def timm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as timm publishes it, with random weights."""
    folder = tmp_path_factory.mktemp("timm")
    torch.manual_seed(0)
    model = timm.create_model("test_vit", pretrained=False, num_classes=0)
    save_file(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text('{"architecture": "test_vit"}')
    return folder


@pytest.fixture(scope="session")
def transformers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ViT as transformers saves it, with random weights."""
    folder = tmp_path_factory.mktemp("vit")
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    transformers.ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
