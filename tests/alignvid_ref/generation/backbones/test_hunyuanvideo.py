"""HunyuanVideo drops frames where it joins the image to the latents."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from alignvid_ref.generation.backbones.hunyuanvideo import HUNYUANVIDEO


@pytest.mark.parametrize(("kind", "frames"), [("latent_concat", 13), ("token_replace", 9)])
def test_as_many_more_frames_are_asked_for_as_are_dropped(kind: str, frames: int) -> None:
    pipe = SimpleNamespace(
        transformer=SimpleNamespace(config=SimpleNamespace(image_condition_type=kind))
    )
    found = HUNYUANVIDEO.call_arguments(pipe, SimpleNamespace(frames=9))  # type: ignore[arg-type]
    assert found == {"num_frames": frames}
