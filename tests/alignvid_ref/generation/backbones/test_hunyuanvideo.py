"""HunyuanVideo drops frames where it joins the image to the latents; 1.5 has guidance and size."""

from __future__ import annotations

from types import SimpleNamespace

import diffusers
import pytest
from diffusers.pipelines.hunyuan_video1_5.image_processor import HunyuanVideo15ImageProcessor

from alignvid_ref.generation.backbones.hunyuanvideo import HUNYUANVIDEO, HUNYUANVIDEO_15
from omiti2v.errors import UserError


@pytest.mark.parametrize(("kind", "frames"), [("latent_concat", 13), ("token_replace", 9)])
def test_as_many_more_frames_are_asked_for_as_are_dropped(kind: str, frames: int) -> None:
    pipe = SimpleNamespace(
        transformer=SimpleNamespace(config=SimpleNamespace(image_condition_type=kind))
    )
    found = HUNYUANVIDEO.call_arguments(pipe, SimpleNamespace(frames=9))  # type: ignore[arg-type]
    assert found == {"num_frames": frames}


def pipe_15(*, guidance: float = 6.0, target_size: int = 640) -> SimpleNamespace:
    return SimpleNamespace(
        guider=diffusers.ClassifierFreeGuidance(guidance_scale=guidance, guidance_rescale=0.5),
        video_processor=HunyuanVideo15ImageProcessor(vae_scale_factor=16),
        target_size=target_size,
    )


def settings_15(**changes: float) -> SimpleNamespace:
    backbone = HUNYUANVIDEO_15
    own = {name: getattr(backbone, name) for name in ("height", "width", "guidance_scale")}
    return SimpleNamespace(**(own | changes))


def test_the_guidance_goes_to_the_guider_and_not_to_the_call() -> None:
    pipe = pipe_15()
    found = HUNYUANVIDEO_15.call_arguments(pipe, settings_15(guidance_scale=2.0))  # type: ignore[arg-type]
    assert found == {"guidance_scale": None, "height": None, "width": None}
    assert (pipe.guider.guidance_scale, pipe.guider.guidance_rescale) == (2.0, 0.5)


def test_a_size_that_the_pipeline_would_change_is_refused_with_the_one_it_makes() -> None:
    with pytest.raises(UserError, match="give --height 720 --width 1264"):
        HUNYUANVIDEO_15.call_arguments(pipe_15(target_size=960), settings_15())  # type: ignore[arg-type]
    wide = settings_15(height=720, width=1280)
    HUNYUANVIDEO_15.call_arguments(pipe_15(target_size=960), wide)  # type: ignore[arg-type]


def test_weights_distilled_for_no_guidance_are_not_run_with_any() -> None:
    pipe = pipe_15(guidance=1.0)
    with pytest.raises(UserError, match="got 6; give --guidance-scale 1"):
        HUNYUANVIDEO_15.call_arguments(pipe, settings_15())  # type: ignore[arg-type]
    HUNYUANVIDEO_15.call_arguments(pipe, settings_15(guidance_scale=1.0))  # type: ignore[arg-type]
