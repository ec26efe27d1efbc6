"""VBench's consistency: its formula on given vectors, and its order on videos of known kinds."""

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

from evaluators.frames import Video
from evaluators.metrics import Observation
from evaluators.metrics.clip_model import ClipModel
from evaluators.metrics.consistency import (
    background_consistency,
    consistency,
    subject_consistency,
)
from evaluators.metrics.dino import load_dino
from evaluators.world import Behaviour, Scene
from omiti2v.errors import UserError

Play = Callable[[Scene, Behaviour], Observation]

RIGHT, UP = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


def test_each_frame_is_held_against_the_one_before_and_the_first() -> None:
    # Frames 2 to 4: like both; like neither; like the one before, unlike the first.
    frames = np.stack([RIGHT, RIGHT, UP, UP])
    assert consistency(frames) == pytest.approx((1 + 0 + 0.5) / 3)


def test_an_opposite_counts_as_unlike() -> None:
    assert consistency(np.stack([RIGHT, -RIGHT])) == 0.0


def test_a_single_frame_is_consistent() -> None:
    assert consistency(RIGHT[None]) == 1.0


def test_a_still_has_it_all_and_cuts_and_swaps_cost(
    tiny_clip: ClipModel, scenes: list[Scene], play: Play, make_video: Callable[..., Video]
) -> None:
    metric, name = background_consistency(tiny_clip), "background_consistency"
    one, other = (play(scene, "still") for scene in scenes[:2])
    frozen = np.repeat(one.video.frames[:1], 8, axis=0)
    cut = np.concatenate([frozen[:4], other.video.frames[4:]])
    flicker = np.where(np.arange(8)[:, None, None, None] % 2, other.video.frames, frozen)
    values = [
        metric.measure(Observation(make_video(frames), one.reference, one.sample))[name]
        for frames in (frozen, one.video.frames, cut, flicker)
    ]
    assert values[0] == pytest.approx(1.0)
    assert values == sorted(values, reverse=True)
    assert values[1] > values[2] + 0.1


@pytest.mark.parametrize("spoil", ["blur", "noise"])
def test_frames_that_are_spoilt_halfway_cost_background_consistency(
    tiny_clip: ClipModel,
    scenes: list[Scene],
    play: Play,
    make_video: Callable[..., Video],
    spoil: str,
) -> None:
    metric, name = background_consistency(tiny_clip), "background_consistency"
    one = play(scenes[0], "still")
    frames = one.video.frames.copy()
    if spoil == "blur":
        frames[4:] = np.stack([cv2.GaussianBlur(frame, (0, 0), 6) for frame in frames[4:]])
    else:
        noise = np.random.default_rng(0).normal(0, 60, frames[4:].shape)
        frames[4:] = np.clip(frames[4:] + noise, 0, 255).astype(np.uint8)
    spoilt = Observation(make_video(frames), one.reference, one.sample)
    assert metric.measure(spoilt)[name] < metric.measure(one)[name] - 0.02


@pytest.fixture(scope="module")
def timm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as timm publishes it, with random weights."""
    folder = tmp_path_factory.mktemp("timm")
    torch.manual_seed(0)
    model = timm.create_model("test_vit", pretrained=False, num_classes=0)
    save_file(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text('{"architecture": "test_vit"}')
    return folder


@pytest.fixture(scope="module")
def transformers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ViT as transformers saves it, with random weights."""
    folder = tmp_path_factory.mktemp("vit")
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    transformers.ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["timm_folder", "transformers_folder"])
@pytest.mark.parametrize("size", [(224, 224), (96, 170), (170, 96)])
def test_pictures_of_any_shape_go_through_dino_uncut(
    request: pytest.FixtureRequest, kind: str, size: tuple[int, int]
) -> None:
    dino = load_dino(str(request.getfixturevalue(kind)), what="x", device="cpu")
    pictures = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    edge = pictures.copy()
    edge[:, -20:, -20:] = 0
    vectors, changed = dino.embed_frames(pictures), dino.embed_frames(edge)
    assert vectors.shape[0] == 2
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert not np.allclose(vectors, changed, atol=1e-6)


@pytest.mark.parametrize("kind", ["timm_folder", "transformers_folder"])
def test_a_still_has_a_subject_consistency_of_one_and_a_swap_less(
    request: pytest.FixtureRequest,
    kind: str,
    scenes: list[Scene],
    play: Play,
    make_video: Callable[..., Video],
) -> None:
    dino = load_dino(str(request.getfixturevalue(kind)), what="x", device="cpu")
    metric, name = subject_consistency(dino), "subject_consistency"
    one, other = (play(scene, "still") for scene in scenes[:2])
    frozen = np.repeat(one.video.frames[:1], 6, axis=0)
    swapped = np.concatenate([frozen[:3], other.video.frames[3:6]])
    still, swap = (
        metric.measure(Observation(make_video(frames), one.reference, one.sample))[name]
        for frames in (frozen, swapped)
    )
    assert still == pytest.approx(1.0, abs=1e-5)
    assert swap < still - 1e-4


def test_a_model_that_is_no_vision_transformer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="expected a ViT of timm") as error:
        load_dino(str(tmp_path), what="subject_consistency")
    assert "\n" not in str(error.value)


def test_weights_that_do_not_fill_the_model_are_refused(transformers_folder: Path) -> None:
    folder = transformers_folder.parent / "holed"
    folder.mkdir()
    (folder / "config.json").write_bytes((transformers_folder / "config.json").read_bytes())
    save_file({"embeddings.cls_token": torch.zeros(1, 1, 32)}, folder / "model.safetensors")
    with pytest.raises(UserError, match="its weights lack") as error:
        load_dino(str(folder), what="subject_consistency")
    assert "\n" not in str(error.value)
