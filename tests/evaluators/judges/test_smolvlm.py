"""SmolVLM2 is told how long the video is, not how long its samples are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models.smolvlm import save_tiny_smolvlm

from evaluators.frames import FrameRule, Video, sample_frames
from evaluators.judges.family import LoadOptions
from evaluators.judges.smolvlm import SmolVLM
from evaluators.judges.transformers_judge import TransformersJudge


@pytest.mark.parametrize("count", [2, 5])
def test_the_length_of_the_video_is_told_whatever_frames_are_taken(
    count: int, tmp_path: Path
) -> None:
    family = SmolVLM(save_tiny_smolvlm(tmp_path / "model"), LoadOptions(dtype="float32"))
    frames = np.zeros((65 * 2, 16, 16, 3), np.uint8)
    video = Video(
        path=tmp_path / "v.mp4",
        sha256="0" * 64,
        frames=frames,
        times=np.arange(len(frames)) / 2,
        fps=2.0,
        codec="h264",
        pixel_format="yuv420p",
    )
    clip = sample_frames(video, FrameRule(count=count))
    prefix = family.prefix(clip, f"User: {family.video_token} and")
    text = family.processor.tokenizer.decode(prefix.inputs["input_ids"][0])
    assert "0:01:05" in text.replace(" ", "")
    assert "01:04" in text.replace(" ", "")  # the last frame


def test_the_fingerprint_tells_the_lengths_apart(tmp_path: Path) -> None:
    judge = TransformersJudge(save_tiny_smolvlm(tmp_path / "model"), device="cpu")
    assert judge.identity["durations"] == 2
