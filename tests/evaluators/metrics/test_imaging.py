"""Image quality by pyiqa: how frames are scored, and pyiqa's own networks where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from evaluators.frames import Frames, Video
from evaluators.metrics import Observation, load_metrics
from evaluators.metrics.imaging import score_frames, tensors_only
from omiti2v.errors import UserError

MakeVideo = Callable[..., Video]
MakeObservation = Callable[[Video], Observation]
CPU = torch.device("cpu")


def test_the_score_is_the_mean_over_all_frames_in_the_range_zero_to_one() -> None:
    frames = np.zeros((40, 8, 8, 3), np.uint8)
    frames[20:] = 255

    def brightest(pictures: torch.Tensor) -> torch.Tensor:
        assert 0 <= float(pictures.min()) <= float(pictures.max()) <= 1
        return pictures.amax(dim=(1, 2, 3))

    assert score_frames(frames, brightest, CPU) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("size", "seen"), [((480, 832), (295, 512)), ((832, 480), (512, 295)), ((240, 416), (240, 416))]
)
def test_large_frames_are_scaled_down_in_their_own_shape(
    size: tuple[int, int], seen: tuple[int, int]
) -> None:
    shapes = []

    def note(pictures: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(pictures.shape[-2:]))
        return torch.zeros(len(pictures), 1)

    score_frames(np.zeros((1, *size, 3), np.uint8), note, CPU, long_side=512)
    assert shapes == [seen]


@pytest.mark.parametrize("name", ["imaging_quality", "iqa:niqe"])
def test_without_pyiqa_the_pip_command_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, "pyiqa", None)
    with pytest.raises(UserError, match=r'needs pyiqa, .*: pip install "omiti2v\[iqa\]"') as error:
        load_metrics([name])
    assert "\n" not in str(error.value)


class Payload:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("ran"),))


def test_no_code_runs_while_pyiqa_loads_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(Payload(), tmp_path / "evil.pth")
    with tensors_only(), pytest.raises(Exception, match=r"[Ww]eights only"):
        torch.load(tmp_path / "evil.pth", weights_only=False)
    assert not (tmp_path / "ran").exists()


def blurred(frames: Frames) -> Frames:
    return np.stack([cv2.GaussianBlur(frame, (0, 0), 6) for frame in frames])


def test_pyiqas_entropy_tells_a_blurred_pan_from_a_sharp_one(
    make_video: MakeVideo, make_observation: MakeObservation, pan: Callable[..., Frames]
) -> None:
    """The one of its metrics that needs no weights."""
    pytest.importorskip("pyiqa")
    [metric] = load_metrics(["iqa:entropy"], device="cpu")
    sharp, flat = pan(2), np.full((3, 64, 64, 3), 128, np.uint8)
    values = [
        metric.measure(make_observation(make_video(frames)))["iqa_entropy"]
        for frames in (sharp, flat)
    ]
    assert values[0] > 6
    assert values[1] == pytest.approx(0, abs=0.01)


def test_pyiqas_musiq_takes_weights_from_a_file(
    make_video: MakeVideo,
    make_observation: MakeObservation,
    pan: Callable[..., Frames],
    tmp_path: Path,
) -> None:
    """Random weights: what comes out means nothing, but it is what pyiqa's own network says."""
    pyiqa = pytest.importorskip("pyiqa")
    torch.manual_seed(0)
    network = pyiqa.create_metric("musiq-spaq", device=CPU, pretrained=False)
    torch.save(network.net.state_dict(), tmp_path / "musiq.pth")
    weights = {"musiq": str(tmp_path / "musiq.pth")}
    [metric] = load_metrics(["imaging_quality"], weights=weights, device="cpu")
    frames = pan(2, frames=2)
    found = metric.measure(make_observation(make_video(frames)))["imaging_quality"]
    pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        assert found == pytest.approx(float(network(pictures).mean()) / 100, abs=1e-5)


def test_a_metric_that_pyiqa_does_not_know_is_refused() -> None:
    pytest.importorskip("pyiqa")
    with pytest.raises(UserError, match="pyiqa has no metric 'no-such'"):
        load_metrics(["iqa:no-such"])


def test_a_metric_that_needs_a_reference_is_refused() -> None:
    pytest.importorskip("pyiqa")
    with pytest.raises(UserError, match="compares pictures with references"):
        load_metrics(["iqa:psnr"], device="cpu")
